"""Every setting; nothing else reads the environment."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.patience import PATIENCE_SECONDS

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")


class Mode(StrEnum):
    SANDBOX = "sandbox"
    PRODUCTION = "production"


class Company(StrEnum):
    PARTNER = "partner"
    SKOLON = "skolon"
    SKOLVERKET = "skolverket"


class Settings(BaseSettings):
    """What can be set, each as the environment variable SKOLON_MOCK_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="SKOLON_MOCK_", extra="forbid")

    mode: Annotated[
        Mode, Field(description="`sandbox`: demo worlds and a movable clock; `production`: neither")
    ] = Mode.SANDBOX
    only: Annotated[
        Company | None, Field(description="serve one company alone instead of all three")
    ] = None
    data_directory: Annotated[
        Path, Field(description="where the SQLite files and the signing key are kept")
    ] = Path("data")
    database_url: Annotated[
        SecretStr | None,
        Field(description="`postgresql://...` of a server; without it, SQLite files are used"),
    ] = None
    database_direct_url: Annotated[
        SecretStr | None,
        Field(description="the same server past PgBouncer, if the one above leads through it"),
    ] = None
    database_prefix: Annotated[
        str,
        Field(
            description="how the names of the databases on that server begin",
            pattern=r"^[a-z][a-z0-9_]{0,15}$",
        ),
    ] = "skolon_mock"
    skolon_idp_url: Annotated[
        str | None, Field(description="another Skolon's login; without it, the one in here")
    ] = None
    skolon_api_url: Annotated[
        str | None, Field(description="another Skolon's API; without it, the one in here")
    ] = None
    partner_url: Annotated[
        str | None, Field(description="another partner's address; without it, the one in here")
    ] = None
    register_url: Annotated[
        str | None,
        Field(description="another register's address before `/skolenhetsregistret`"),
    ] = None
    database_timeout: Annotated[
        float,
        Field(
            description="seconds that a request waits for the database before it is refused",
            ge=1,
            le=60,
        ),
    ] = PATIENCE_SECONDS
    request_timeout: Annotated[
        float, Field(description="seconds to wait for another company", gt=0, le=60)
    ] = 5.0
    allowed_hosts: Annotated[
        tuple[str, ...],
        NoDecode,
        Field(description="host names that may be used in addresses, comma-separated"),
    ] = LOOPBACK_HOSTS
    webhook_hosts: Annotated[
        tuple[str, ...],
        NoDecode,
        Field(description="hosts besides this machine that webhooks may go to, comma-separated"),
    ] = ()
    max_body_bytes: Annotated[
        int, Field(description="larger request bodies are refused with 413", ge=1024)
    ] = 1_048_576
    max_upload_bytes: Annotated[
        int, Field(description="the same of an uploaded sandbox", ge=1024)
    ] = 268_435_456
    most_sandboxes: Annotated[
        int, Field(description="how many sandboxes and snapshots there may be", ge=1)
    ] = 500
    sandbox_idle_hours: Annotated[
        float | None,
        Field(description="sandboxes that nobody used for so long are deleted", gt=0),
    ] = None
    admin_key: Annotated[
        SecretStr | None,
        Field(description="bearer key of `/sandboxes`; without it, only loopback may call it"),
    ] = None
    signing_key: Annotated[
        SecretStr | None,
        Field(description="signs short-lived cookies; without it, one is kept beside the worlds"),
    ] = None
    webhook_secret: Annotated[
        SecretStr | None,
        Field(description="what Skolon's webhooks must be signed with; without it, none need be"),
    ] = None
    account_retention_days: Annotated[
        int, Field(description="days after which unused accounts are forgotten", ge=1, le=36_500)
    ] = 730
    skolon_client_id: Annotated[str, Field(description="the partner's OAuth client at Skolon")] = (
        "skolonmockdemoclient000000000001"
    )
    skolon_client_secret: Annotated[SecretStr, Field(description="that client's secret")] = (
        SecretStr("skolonmock-demo-secret-not-for-production")
    )
    partner_api_key: Annotated[
        SecretStr, Field(description="the key with which Skolon posts license requests")
    ] = SecretStr("skolonmock-demo-api-key-of-skolon")
    partner_name: Annotated[str, Field(description="the partner's name on pages")] = "Binogi"
    support_address: Annotated[
        str, Field(description="where refused users are sent, an email address")
    ] = "support@binogi.se"
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Field(description="what is logged from on")
    ] = "info"

    @property
    def skolon_issuer(self) -> str:
        """The name by which Skolon's people are told from those of other issuers."""
        return self.skolon_idp_url or "skolon-mock"

    @model_validator(mode="before")
    @classmethod
    def _split_hosts(cls, values: dict[str, object]) -> dict[str, object]:
        texts = {name: values.get(name) for name in ("allowed_hosts", "webhook_hosts")}
        return values | {
            name: tuple(host.strip() for host in text.split(",") if host.strip())
            for name, text in texts.items()
            if isinstance(text, str)
        }

    @model_validator(mode="after")
    def _refuse_demo_credentials_in_production(self) -> Self:
        if self.mode is Mode.PRODUCTION:
            unsafe = [
                name
                for name in ("skolon_client_id", "skolon_client_secret", "signing_key")
                if getattr(self, name) == type(self).model_fields[name].default
            ]
            if unsafe:
                message = f"production mode needs its own values for: {', '.join(unsafe)}"
                raise ValueError(message)
        return self
