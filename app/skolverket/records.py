"""What the register holds: school units, organizers, education providers and their contracts."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from app.municipalities import Municipality
from app.skolverket.codes import (
    AdultEducation,
    OrganizerType,
    Orientation,
    SchoolType,
    UnitStatus,
    UnitType,
)

# The day the register was drawn up. Nothing is known about later days, so nothing changes on them.
AS_OF = date(2026, 9, 15)


@dataclass(frozen=True, slots=True)
class History:
    """When something was entered in the register, and last corrected."""

    registered_on: date
    revised_on: date

    def is_known_on(self, day: date) -> bool:
        return self.registered_on <= day

    def modified_on(self, day: date) -> date:
        """Return the last change before or on the day, the entry itself if there is none."""
        return max(change for change in self._changes() if change <= max(day, self.registered_on))

    def _changes(self) -> list[date]:
        return [self.registered_on, self.revised_on]


@dataclass(frozen=True, slots=True)
class UnitHistory(History):
    """The life of a school unit, from which its status on any day follows."""

    starts_on: date
    dormant_from: date | None = None
    ended_on: date | None = None

    def status_on(self, day: date) -> UnitStatus:
        known = min(day, AS_OF)
        if self.ended_on and self.ended_on <= known:
            return UnitStatus.UPPHORT
        if known < self.starts_on:
            return UnitStatus.PLANERAD
        if self.dormant_from and self.dormant_from <= known:
            return UnitStatus.VILANDE
        return UnitStatus.AKTIV

    def _changes(self) -> list[date]:
        later = [day for day in (self.dormant_from, self.ended_on) if day]
        return [self.registered_on, self.revised_on, *later]


@dataclass(frozen=True, slots=True)
class Site:
    """An address and, if they are known, its latitude and longitude."""

    street: str
    postal_code: str
    locality: str
    municipality: Municipality | None
    position: tuple[float, float] | None
    country: str | None = None
    continent: str = "Europa"


@dataclass(frozen=True, slots=True)
class Teaching:
    """What a unit teaches: school types, and what each of them is divided into."""

    school_types: tuple[SchoolType, ...] = ()
    grades: tuple[str, ...] = ()
    programmes: tuple[str, ...] = ()
    adult_education: tuple[AdultEducation, ...] = ()


@dataclass(frozen=True, slots=True)
class Organizer:
    """Huvudman: the municipality, company or foundation that answers for schools."""

    organization_number: str
    name: str
    organizer_type: OrganizerType
    site: Site
    history: History


@dataclass(frozen=True, slots=True)
class SchoolUnit:
    """Skolenhet: what has an eight-digit code; several can make up one school."""

    code: str
    name: str
    school_name: str
    unit_type: UnitType
    organizer: Organizer
    site: Site
    teaching: Teaching
    history: UnitHistory
    orientation: Orientation = Orientation.EJ_RELEVANT

    @property
    def status(self) -> UnitStatus:
        return self.history.status_on(AS_OF)


@dataclass(frozen=True, slots=True)
class EducationProvider:
    """Utbildningsanordnare for adults; its code looks like a school unit's and is none."""

    code: str
    organization_number: str
    name: str
    folk_high_school: str | None
    has_grading_rights: bool
    adult_education: tuple[AdultEducation, ...]
    site: Site
    history: History


@dataclass(frozen=True, slots=True)
class Contract:
    """Entreprenad: a provider teaches adults at a unit of an organizer."""

    organizer: Organizer
    provider: EducationProvider
    unit: SchoolUnit
    is_active: bool
    history: History


@dataclass(frozen=True)
class Register:
    """The whole register, by the keys that its addresses use."""

    units: dict[str, SchoolUnit]
    organizers: dict[str, Organizer]
    providers: dict[str, EducationProvider]
    contracts: dict[tuple[str, str], Contract]

    def units_of(self, organization_numbers: Sequence[str]) -> Iterable[SchoolUnit]:
        """Return the units of these organizers, without looking through all; none named, all."""
        if not organization_numbers:
            return self.units.values()
        return [
            unit
            for number in dict.fromkeys(organization_numbers)
            for unit in self._by_organizer.get(number, ())
        ]

    @cached_property
    def _by_organizer(self) -> defaultdict[str, list[SchoolUnit]]:
        units = defaultdict[str, list[SchoolUnit]](list)
        for unit in self.units.values():
            units[unit.organizer.organization_number].append(unit)
        return units
