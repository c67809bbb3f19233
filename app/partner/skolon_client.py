"""HTTP to Skolon: the code for a token, the token for a profile, and answers to requests."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from http import HTTPStatus
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, Field, ValidationError

from app import tracing
from app.dependencies import Peer
from app.partner.arrivals import ClassGroup, Failure, Profile
from app.partner.domain.placement import Outcome, Role
from app.partner.outbox import Message
from app.settings import Settings

SCOPE = "authenticatedUser.profile.read"

T = TypeVar("T", bound=BaseModel)


class SkolonFailedError(Exception):
    """Skolon did not give what was asked of it; `outcome` says in which way."""

    def __init__(self, outcome: Outcome, status: int | None = None) -> None:
        super().__init__(outcome)
        self.outcome = outcome
        self.status = status


class SkolonRefusedError(SkolonFailedError):
    """Skolon understood the call and will not take it, however often it is made."""


class _Token(BaseModel):
    access_token: str = Field(min_length=1)


class _Session(BaseModel):
    user_id: str = Field(alias="userId", min_length=1)
    # Spelled so by Skolon.
    user_uuid: str = Field(alias="userUuId", min_length=1)
    # Absent where Skolon does not say at which school somebody works.
    school_id: str | None = Field(None, alias="schoolId")


class _Id(BaseModel):
    id: str


class _User(BaseModel):
    id: str = Field(min_length=1)
    user_type: str = Field(alias="userType")
    # Some whose identity is protected have no name here.
    first_name: str | None = Field(None, alias="firstName")
    last_name: str | None = Field(None, alias="lastName")
    email: str | None = None
    schools: list[_Id] = Field(default_factory=list)


class _UnitCode(BaseModel):
    type: str
    value: str


class _School(BaseModel):
    id: str
    name: str
    organization_number: str | None = Field(None, alias="organizationNumber")
    unit_codes: list[_UnitCode] = Field(default_factory=list, alias="unitCodes")


class _Group(BaseModel):
    id: str
    name: str = ""
    type: str = ""
    school_id: str | None = Field(None, alias="schoolId")


class _License(BaseModel):
    expiration_date: datetime | date | None = Field(None, alias="expirationDate")

    @property
    def last_day(self) -> date | None:
        expiration = self.expiration_date
        return expiration.date() if isinstance(expiration, datetime) else expiration


class _Users(BaseModel):
    users: list[_User]


class _Schools(BaseModel):
    schools: list[_School]


class _Groups(BaseModel):
    groups: list[_Group]


class _Licenses(BaseModel):
    licenses: list[_License]


class Skolon:
    """Skolon's login and Partner API, called as one registered client."""

    def __init__(self, idp: Peer, api: Peer, settings: Settings) -> None:
        self._idp = idp
        self._api = api
        # A name that lasts: this process can be reached under several addresses.
        self._issuer = settings.skolon_issuer
        self._client = {
            "client_id": settings.skolon_client_id,
            "client_secret": settings.skolon_client_secret.get_secret_value(),
        }

    async def profile(self, code: str, redirect_uri: str) -> Profile | Failure:
        """Exchange the one-time code and gather all that a placement needs."""
        try:
            token = await self._token(
                grant_type="authorization_code", code=code, redirect_uri=redirect_uri
            )
            profile = await self._profile(token)
        except SkolonFailedError as error:
            tracing.note("partner", "profile.not_fetched", why=error.outcome)
            return Failure(error.outcome)
        tracing.note(
            "partner",
            "profile.fetched",
            role=profile.role,
            classes=len(profile.classes),
            codes=len(profile.school_unit_codes),
            licenses=len(profile.license_end_dates),
        )
        return profile

    async def tell(self, message: Message) -> None:
        """Make a call that was written down, or raise SkolonFailedError."""
        token = await self._token(grant_type="client_credentials")
        try:
            await self._call(
                self._api.http.request(
                    message.method,
                    f"{self._api.url}{message.path}",
                    json=message.body,
                    headers=_bearer(token),
                )
            )
        except SkolonFailedError as error:
            if error.status is not None and _is_final(error.status):
                raise SkolonRefusedError(error.outcome, error.status) from error
            raise

    async def _profile(self, token: str) -> Profile:
        session = await self._get("user/session", {}, token, _Session)
        if session.school_id is None:
            raise SkolonFailedError(Outcome.SCHOOL_MISSING)
        of_user = {"userId": session.user_id}
        users = await self._get("user", {"uuid": session.user_uuid}, token, _Users)
        schools = await self._get("school", of_user, token, _Schools)
        groups = await self._get("group", of_user, token, _Groups)
        licenses = await self._get("license", {"userUuid": session.user_uuid}, token, _Licenses)
        user = _the_one(users.users, session.user_id)
        school = _the_one(schools.schools, session.school_id)
        return Profile(
            issuer=self._issuer,
            subject=user.id,
            role=Role.STUDENT if user.user_type == "STUDENT" else Role.TEACHER,
            first_name=user.first_name or "",
            last_name=user.last_name or "",
            email=user.email,
            school_id=school.id,
            school_name=school.name,
            organization_number=school.organization_number,
            school_unit_codes=tuple(
                unit_code.value
                for unit_code in school.unit_codes
                if unit_code.type == "SchoolUnitCode"
            ),
            school_ids=tuple(one.id for one in user.schools),
            classes=tuple(
                ClassGroup(group.id, group.name, group.school_id)
                for group in groups.groups
                if group.type == "CLASS" and group.school_id
            ),
            license_end_dates=tuple(license_.last_day for license_ in licenses.licenses),
        )

    async def _token(self, **form: str) -> str:
        answer = await self._call(
            self._idp.http.post(
                f"{self._idp.url}/oauth/access_token", data={**form, **self._client}
            )
        )
        return _parsed(answer, _Token).access_token

    async def _get(self, path: str, parameters: Mapping[str, str], token: str, shape: type[T]) -> T:
        answer = await self._call(
            self._api.http.get(
                f"{self._api.url}/v2/partner/{path}", params=parameters, headers=_bearer(token)
            )
        )
        return _parsed(answer, shape)

    async def _call(self, request: Any) -> httpx.Response:  # noqa: ANN401, an awaitable of httpx
        try:
            answer: httpx.Response = await request
        except httpx.TimeoutException as error:
            raise SkolonFailedError(Outcome.SKOLON_SLOW) from error
        except httpx.HTTPError as error:
            raise SkolonFailedError(Outcome.SKOLON_UNREACHABLE) from error
        if answer.status_code == HTTPStatus.BAD_REQUEST:
            raise SkolonFailedError(Outcome.SKOLON_CODE_REFUSED, answer.status_code)
        if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            raise SkolonFailedError(Outcome.SKOLON_BUSY, answer.status_code)
        if not answer.is_success:
            raise SkolonFailedError(Outcome.SKOLON_ERROR, answer.status_code)
        return answer


def _is_final(status: int) -> bool:
    """Say whether the same call would be answered the same; 401 is a token or a setting."""
    passing = {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
    return HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR and (
        status not in passing
    )


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Accept": "application/json"}


def _parsed(answer: httpx.Response, shape: type[T]) -> T:
    try:
        return shape.model_validate_json(answer.content)
    except ValidationError as error:
        raise SkolonFailedError(Outcome.SKOLON_GARBAGE) from error


def _the_one(records: Sequence[Any], skolon_id: str) -> Any:  # noqa: ANN401, one of the records
    for record in records:
        if record.id == skolon_id:
            return record
    raise SkolonFailedError(Outcome.SKOLON_GARBAGE)
