"""HTTP to Skolverket's register of school units, API v2.

A unit's own record names its principal, and no person is to come in here: a full copy is made of
lists, whose filters tell what their rows leave out, and of a record only the fields below are read.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import TypeVar

import httpx
from pydantic import BaseModel, Field, ValidationError

from app.dependencies import Peer
from app.partner.domain.licensing import PROVIDER_STATUS

# All at once: an unfiltered list leaves out what is planned or closed.
STATUSES = ("AKTIV", "VILANDE", "PLANERAD", "UPPHORT")
# The whole register comes in one answer; its known clients allow two minutes for that.
LIST_TIMEOUT = 120.0
TRIES = 4

T = TypeVar("T", bound=BaseModel)


class RegisterFailedError(Exception):
    """The register did not answer, or not in its own shape."""


class UnitRow(BaseModel):
    """A row of the register's list of units."""

    school_unit_code: str = Field(alias="schoolUnitCode", pattern="^[0-9]{8}$")
    name: str
    status: str


class UnitRecord(BaseModel):
    """A unit's own record, as far as the copy holds it."""

    school_unit_code: str
    name: str
    status: str
    organization_number: str | None
    municipality_code: str | None
    unit_type: str | None
    school_types: str


class _Attributes(BaseModel):
    name: str = Field(alias="displayName")
    status: str
    municipality_code: str | None = Field(None, alias="municipalityCode")
    unit_type: str | None = Field(None, alias="schoolUnitType")
    school_types: list[str] = Field(default_factory=list, alias="schoolTypes")


class _Unit(BaseModel):
    school_unit_code: str = Field(alias="schoolUnitCode", pattern="^[0-9]{8}$")
    attributes: _Attributes


class _Included(BaseModel):
    organization_number: str | None = Field(None, alias="organizationNumber")


class _Record(BaseModel):
    data: _Unit
    included: _Included = Field(default_factory=_Included)


class _ProviderRow(BaseModel):
    code: str = Field(alias="educationProviderCode")
    name: str = Field(alias="displayName")


class _ProviderRows(BaseModel):
    attributes: list[_ProviderRow]


class _Providers(BaseModel):
    data: _ProviderRows


class _OrganizerRow(BaseModel):
    organization_number: str = Field(alias="organizationNumber")


class _UnitRows(BaseModel):
    attributes: list[UnitRow]


class _OrganizerRows(BaseModel):
    attributes: list[_OrganizerRow]


class _Units(BaseModel):
    data: _UnitRows


class _Organizers(BaseModel):
    data: _OrganizerRows


@dataclass(frozen=True, slots=True)
class RegisterReader:
    """Reads the register politely: a pause before each call, patience when it fails."""

    register: Peer
    pause: float = 0.0

    async def units(
        self, filters: Mapping[str, str], changed_since: date | None = None
    ) -> Sequence[UnitRow]:
        """Return the units that fit the filters, whatever their status."""
        parameters: dict[str, str | Sequence[str]] = {"status": STATUSES, **filters}
        if changed_since is not None:
            parameters["meta_modified_after"] = changed_since.isoformat()
        return (await self._get("school-units", parameters, _Units)).data.attributes

    async def providers(self) -> Sequence[UnitRow]:
        """Return those who teach adults: their codes look like a unit's and are none."""
        answer = await self._get("education-providers", {}, _Providers)
        return [
            UnitRow(schoolUnitCode=row.code, name=row.name, status=PROVIDER_STATUS)
            for row in answer.data.attributes
        ]

    async def unit(self, school_unit_code: str) -> UnitRecord:
        """Return one unit's record without the persons that it names."""
        answer = await self._get(f"school-units/{school_unit_code}", {}, _Record)
        found = answer.data.attributes
        return UnitRecord(
            school_unit_code=answer.data.school_unit_code,
            name=found.name,
            status=found.status,
            organization_number=answer.included.organization_number,
            municipality_code=found.municipality_code,
            unit_type=found.unit_type,
            school_types=" ".join(found.school_types),
        )

    async def organization_numbers(self) -> list[str]:
        """Return the organization numbers of all organizers."""
        answer = await self._get("organizers", {}, _Organizers)
        return [row.organization_number for row in answer.data.attributes]

    async def _get(
        self, path: str, parameters: Mapping[str, str | Sequence[str]], shape: type[T]
    ) -> T:
        url = f"{self.register.url}/skolenhetsregistret/v2/{path}"
        for tried in range(TRIES):
            await asyncio.sleep(self.pause * 2**tried)
            try:
                answer = await self.register.http.get(url, params=parameters, timeout=LIST_TIMEOUT)
            except httpx.HTTPError:
                continue
            if answer.is_success:
                try:
                    return shape.model_validate_json(answer.content)
                except ValidationError as error:
                    message = "the register's answer is not in its own shape"
                    raise RegisterFailedError(message) from error
            may_pass = answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
            if not may_pass and answer.status_code != HTTPStatus.TOO_MANY_REQUESTS:
                break
        message = "the register does not answer"
        raise RegisterFailedError(message)
