"""The query parameters of the register's lists; an array is a repeated key."""

from collections.abc import Sequence
from datetime import date

from pydantic import BaseModel, Field

from app.skolverket.codes import OrganizerType, SchoolType, UnitStatus, UnitType
from app.skolverket.records import (
    AS_OF,
    Contract,
    EducationProvider,
    History,
    Organizer,
    SchoolUnit,
)

# What an unfiltered list of the real register has been seen to hold.
_STATUSES_BY_DEFAULT = (UnitStatus.AKTIV, UnitStatus.VILANDE)


class ChangeQuery(BaseModel):
    """Asks for what has changed since a day."""

    meta_modified_after: date | None = Field(
        None, description="Entered or changed on this day or later: the day itself is included."
    )

    def _has_change(self, history: History) -> bool:
        return (
            self.meta_modified_after is None
            or history.modified_on(AS_OF) >= self.meta_modified_after
        )


class UnitQuery(ChangeQuery):
    """Asks for school units."""

    organization_number: list[str] = Field([], description="Ten digits without a hyphen.")
    school_type: list[SchoolType] = []
    status: list[UnitStatus] = Field(
        [], description="Without it the list holds AKTIV and VILANDE only."
    )
    municipality_code: list[str] = Field([], description="Four digits, a leading zero included.")
    school_unit_type: list[UnitType] = []

    def matches(self, unit: SchoolUnit) -> bool:
        here = unit.site.municipality
        return (
            _chosen(self.organization_number, unit.organizer.organization_number)
            and _chosen(self.municipality_code, here.code if here else None)
            # After what leaves few: the status is worked out from dates.
            and unit.status in (self.status or _STATUSES_BY_DEFAULT)
            and _chosen(self.school_unit_type, unit.unit_type)
            and (
                not self.school_type
                or not set(self.school_type).isdisjoint(unit.teaching.school_types)
            )
            and self._has_change(unit.history)
        )


class OrganizerQuery(ChangeQuery):
    """Asks for organizers."""

    organizer_type: list[OrganizerType] = []

    def matches(self, organizer: Organizer) -> bool:
        return _chosen(self.organizer_type, organizer.organizer_type) and self._has_change(
            organizer.history
        )


class ProviderQuery(ChangeQuery):
    """Asks for education providers."""

    grading_rights: bool | None = None

    def matches(self, provider: EducationProvider) -> bool:
        return self.grading_rights in (None, provider.has_grading_rights) and self._has_change(
            provider.history
        )


class ContractQuery(ChangeQuery):
    """Asks for contracts."""

    organizer_organization_number: str | None = None
    education_provider_organization_number: str | None = None

    def matches(self, contract: Contract) -> bool:
        return (
            self.organizer_organization_number in (None, contract.organizer.organization_number)
            and self.education_provider_organization_number
            in (None, contract.provider.organization_number)
            and self._has_change(contract.history)
        )


def _chosen(asked: Sequence[str], value: str | None) -> bool:
    return not asked or value in asked
