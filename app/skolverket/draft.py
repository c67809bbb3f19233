"""A register while it is being written, unit by unit."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import count
from random import Random
from typing import TypeVar, cast

from stdnum import luhn

from app.municipalities import Municipality
from app.skolverket import names
from app.skolverket.codes import OrganizerType, Orientation, UnitStatus, UnitType
from app.skolverket.demo_units import UNKNOWN_CODE
from app.skolverket.records import AS_OF, History, Organizer, SchoolUnit, Site, UnitHistory
from app.skolverket.teaching import Part, Recipe

# Above the demo records' codes and below 10017830, the lowest code seen in the real register.
CODES = range(10_000_100, 10_017_830)

_DAY = timedelta(days=1)
# 9,520 of 10,648 real units had coordinates in September 2026.
_WITHOUT_POSITION = 0.1
_POSTAL_DISTRICTS = {
    "01": "1", "03": "75", "04": "63", "05": "58", "06": "55", "07": "35", "08": "39", "09": "62",
    "10": "37", "12": "2", "13": "30", "14": "4", "17": "65", "18": "70", "19": "72", "20": "78",
    "21": "80", "22": "85", "23": "83", "24": "90", "25": "97",
}  # fmt: skip


Drawn = TypeVar("Drawn")


class Draft:
    """A register being written; every choice comes from one seeded source of chance."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.units: list[SchoolUnit] = []
        self.organizers: list[Organizer] = []
        # The code says nothing about the unit, so neither may the order.
        shuffled = rng.sample(CODES, len(CODES))
        self._codes = (str(code) for code in shuffled if code != int(UNKNOWN_CODE))
        self._serials = count(20_000)

    def drawn(self, weighted: Sequence[tuple[int, Drawn]]) -> Drawn:
        """Return one of the alternatives; each stands behind its weight."""
        weights, alternatives = zip(*weighted, strict=True)
        return cast("Drawn", self.rng.choices(alternatives, weights)[0])

    def code(self) -> str:
        return next(self._codes)

    def organization_number(self, prefix: str, serial: int | None = None) -> str:
        """Return ten digits, of which the prefix is given to nobody and the last is Luhn's."""
        body = f"{prefix}{serial or next(self._serials):05d}"
        return body + luhn.calc_check_digit(body)

    def organizer(
        self,
        number: str,
        name: str,
        organizer_type: OrganizerType,
        site: Site,
    ) -> Organizer:
        organizer = Organizer(number, f"{name} (påhittad)", organizer_type, site, self.history())
        self.organizers.append(organizer)
        return organizer

    def school(
        self,
        organizer: Organizer,
        site: Site,
        name: str,
        parts: Recipe,
        status: UnitStatus = UnitStatus.AKTIV,
        unit_type: UnitType = UnitType.SKOLENHET,
    ) -> None:
        """Add the units of one school: they share its name, its address and its fate."""
        history = self._unit_history(status)
        for part in parts:
            self.units.append(
                SchoolUnit(
                    self.code(),
                    name + part.suffix if part.suffix else name,
                    name,
                    unit_type,
                    organizer,
                    site,
                    part.teaching,
                    history,
                    _orientation(name, part),
                )
            )

    def site(self, municipality: Municipality) -> Site:
        district = _POSTAL_DISTRICTS[municipality.code[:2]]
        number = self.rng.randrange(10 ** (5 - len(district)))
        return Site(
            names.street(self.rng),
            f"{district}{number:0{5 - len(district)}d}",
            municipality.name,
            municipality,
            self._position(municipality),
        )

    def history(self) -> History:
        registered_on = self._day(date(2012, 1, 1), date(2026, 3, 1))
        return History(registered_on, self._day(registered_on, AS_OF))

    def _unit_history(self, status: UnitStatus) -> UnitHistory:
        """Return a life that has led to the status on the day the register was drawn up."""
        match status:
            case UnitStatus.PLANERAD:
                registered_on = self._day(date(2025, 10, 1), AS_OF)
                starts_on = self.rng.choice((date(2027, 1, 11), date(2027, 8, 16)))
                return UnitHistory(registered_on, self._day(registered_on, AS_OF), starts_on)
            case UnitStatus.VILANDE:
                life = self._life(date(2022, 6, 1))
                return UnitHistory(*life, dormant_from=self._day(date(2023, 7, 1), AS_OF))
            case UnitStatus.UPPHORT:
                life = self._life(date(2018, 6, 1))
                return UnitHistory(*life, ended_on=self._day(date(2019, 1, 1), AS_OF))
            case UnitStatus.AKTIV:
                return UnitHistory(*self._life(date(2026, 3, 1)))

    def _life(self, latest: date) -> tuple[date, date, date]:
        """Return when a unit was entered, last corrected and opened."""
        registered_on = self._day(date(2012, 1, 1), latest)
        opening = registered_on + self.rng.randrange(180) * _DAY
        return registered_on, self._day(registered_on, AS_OF), opening

    def _day(self, first: date, last: date) -> date:
        return first + self.rng.randrange((last - first).days + 1) * _DAY

    def _position(self, municipality: Municipality) -> tuple[float, float] | None:
        if self.rng.random() < _WITHOUT_POSITION:
            return None
        return (
            municipality.latitude + self.rng.uniform(-0.05, 0.05),
            municipality.longitude + self.rng.uniform(-0.1, 0.1),
        )


def _orientation(name: str, part: Part) -> Orientation:
    if not (part.teaching.grades or part.teaching.programmes):
        return Orientation.EJ_RELEVANT
    return Orientation.WALDORF if name.startswith("Waldorf") else Orientation.ALLMAN
