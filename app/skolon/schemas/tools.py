"""Tools as they are registered; at the real Skolon that is a page of the partner portal."""

from datetime import date
from typing import Annotated, ClassVar, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    model_validator,
)

from app.skolon.domain.licenses import Audience, LicenseType
from app.skolon.domain.oauth import SCOPES
from app.skolon.domain.webhooks import LOOPBACK
from app.skolon.schemas.license_requests import SensibleDate

Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
Id = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]


_WRONG = "must be https, http to this machine, or a path at this sandbox's partner"
_WRONG_FOR_WEBHOOKS = "must be an http address, or a path at this sandbox's partner"


def _is_address(text: str) -> str:
    """Accept https, http to one's own machine, and a path at this world's partner."""
    scheme, host = _parts(text, _WRONG)
    if not (host is None or scheme == "https" or host in LOOPBACK):
        raise ValueError(_WRONG)
    return text


def _is_webhook_address(text: str) -> str:
    """Accept any host: where a webhook may really go, a setting says when it is sent."""
    _parts(text, _WRONG_FOR_WEBHOOKS)
    return text


def _parts(text: str, wrong: str) -> tuple[str, str | None]:
    """Return the scheme and host of an address; a path at this world's partner has no host."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError(wrong) from error
    is_path = text.startswith("/") and not text.startswith("//")
    is_url = parts.scheme in {"http", "https"} and bool(host)
    if not (is_path or is_url) or "#" in text or "@" in parts.netloc:
        raise ValueError(wrong)
    return parts.scheme, None if is_path else host


_PRINTABLE = StringConstraints(max_length=2000, pattern=r"^[!-~]+$")
Address = Annotated[str, _PRINTABLE, AfterValidator(_is_address)]
WebhookAddress = Annotated[str, _PRINTABLE, AfterValidator(_is_webhook_address)]
ScopeName = Annotated[str, StringConstraints(pattern=r"^[\x21\x23-\x5B\x5D-\x7E]{1,100}$")]


class Strict(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


class ToolChange(Strict):
    """What of a tool is to be different; what is left out stays."""

    name: Name = Field("", description="what people call it")
    provider: Name = Field("", description="the company that sells it")
    external_id: Name = Field("", description="`appExtId` in API v1")
    launch_url: Address = Field("", description="where its tile leads")
    redirect_uris: list[Address] = Field(default_factory=list, max_length=50)
    scopes: list[ScopeName] = Field(default_factory=lambda: list(SCOPES), max_length=50)
    data_edits_url: WebhookAddress | None = Field(None, description="told that something changed")
    remove_user_url: WebhookAddress | None = Field(None, description="told to forget a person")
    remove_class_url: WebhookAddress | None = Field(None, description="told to forget a class")


class ToolIn(ToolChange):
    """A new tool."""

    name: Name = Field(description="what people call it")
    launch_url: Address = Field(description="where its tile leads")
    client_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._~-]{1,100}$")] | None = (
        Field(None, description="made up when left out")
    )
    client_secret: Annotated[SecretStr, Field(min_length=16, max_length=200)] | None = Field(
        None, description="made up when left out"
    )


class ToolOut(BaseModel):
    client_id: str
    name: str
    provider: str
    external_id: str
    launch_url: str
    redirect_uris: list[str]
    scopes: list[str]
    data_edits_url: str | None
    remove_user_url: str | None
    remove_class_url: str | None
    webhook_secret: str = Field(description="for signatures, if the switch asks for them")


class RegisteredTool(ToolOut):
    client_secret: str = Field(description="shown this once")


class NewSecret(BaseModel):
    client_secret: str


class LicenseIn(Strict):
    """A license that is put on a school by hand."""

    client_id: Id
    school: Id = Field(description="the school's id, uuid or name")
    type: LicenseType = LicenseType.SCHOOL
    audience: Audience = Audience.ALL
    starts_on: SensibleDate | None = Field(None, description="today when left out")
    ends_on: SensibleDate | None = Field(None, description="the end of the school year")
    is_demo: bool = False
    is_assigned: bool = True
    group: Id | None = Field(None, description="of a group license: the group's id, uuid or name")
    student_seats: Annotated[int, Field(ge=0, le=100_000)] | None = None
    teacher_seats: Annotated[int, Field(ge=0, le=100_000)] | None = None
    user: Id | None = Field(None, description="of a single license: id, uuid or persona")

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        if (self.type is LicenseType.GROUP) != (self.group is not None):
            raise ValueError("a group license has a group, and no other license has one")
        if self.user is not None and self.type is not LicenseType.SINGLE:
            raise ValueError("only a single license has a user")
        return self


class LicenseMade(BaseModel):
    id: str
    school_id: str
    type: LicenseType
    starts_on: date
    ends_on: date
    is_assigned: bool
    seats: int = Field(description="people whom it covers")
