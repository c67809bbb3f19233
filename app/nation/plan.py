"""Which organizations and schools a nation of some scale has, and how many people each.

The schools are those of the synthetic register, so that a license request can be checked there.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import accumulate, count
from random import Random

from app.municipalities import municipalities
from app.population import Owner, Person, School
from app.skolverket.codes import UnitStatus
from app.skolverket.demo_units import MUNICIPALITY_CODE, demo_records
from app.skolverket.names import host
from app.skolverket.records import Organizer, SchoolUnit
from app.skolverket.synthetic import register

PUPILS, TEACHERS, CLASSES, SCHOOLS = 1_600_000, 140_000, 80_000, 10_650
# So few that every odd case is among them.
FEWEST_OWNERS, FEWEST_SCHOOLS = 6, 24

# Median and spread of the pupils of a unit, by what is taught there; the first that fits.
_SIZES = (
    ({"GRAN", "GYAN"}, (12, 0.6)),
    ({"SP", "SAM"}, (60, 0.5)),
    ({"GR"}, (214, 0.7)),
    ({"GY"}, (200, 0.9)),
)
# How the schools of a customer are licensed, by turns; None has no license. Close to a third of
# the people then have a seat.
_LICENSES = (
    "organization", "school", "group", "pool", None, "handed_on", "expired", "organization",
    *("organization", "organization", "school", "organization", "organization", "pool",
      "organization", "organization", "school", "organization", "organization", "organization") * 4,
)  # fmt: skip
# What every third and some other organizations have asked, by turns; the others never asked.
_REQUESTS = {
    **dict.fromkeys(range(0, 24, 3), "activated"),
    1: "received", 2: "declined", 4: "received", 5: "confirmed",
}  # fmt: skip
_OVERDUE = 4


def owners_of(scale: float, *, now: datetime) -> list[Owner]:
    """Return the organizations with their schools; of two calls alike, the same."""
    units = _units_by_organizer()
    # From the largest down, in even steps: so a small nation has large and small ones, too.
    largest_first = sorted(units.items(), key=lambda one: (-len(one[1]), one[0]))
    number = max(FEWEST_OWNERS, round(len(units) * min(scale, 1)))
    chosen = [largest_first[step * len(units) // number][1] for step in range(number)]
    wanted = max(FEWEST_SCHOOLS, round(SCHOOLS * min(scale, 1)))
    total = sum(len(one) for one in chosen)
    numbers, preschools = count(1), count()
    owners = []
    for position, own in enumerate(chosen):
        owner = _owner(position, own[0][0].organizer, now)
        share = max(1, round(len(own) * min(1, wanted / total)))
        for school in own[:share]:
            owner.schools.append(_school(next(numbers), owner, school))
        if next(preschools) % 4 == 0:
            # Preschools are in no register, so they have no code.
            name = f"Förskolan {owner.schools[0].name}"
            owner.schools.insert(0, School(next(numbers), owner, name, "preschool", (), None, ()))
        owners.append(owner)
    _give_people(owners, scale)
    return owners


def begun_on(today: date) -> date:
    """Return the first day of the school year."""
    return date(today.year if today.month >= 7 else today.year - 1, 7, 1)  # noqa: PLR2004, July


def _units_by_organizer() -> dict[str, list[list[SchoolUnit]]]:
    """Return the schools of each organizer: units of one school, of which some are taken as one."""
    everywhere = {place.code: place for place in municipalities()}
    demo = demo_records(everywhere[MUNICIPALITY_CODE]).organizers
    by_name: dict[tuple[str, str, str], list[SchoolUnit]] = defaultdict(list)
    for unit in register().units.values():
        number = unit.organizer.organization_number
        if unit.status is not UnitStatus.UPPHORT and number not in demo:
            place = unit.site.municipality.code if unit.site.municipality else ""
            by_name[number, place, unit.school_name].append(unit)
    found: dict[str, list[list[SchoolUnit]]] = defaultdict(list)
    of_several = count()
    for (number, _, _), units in by_name.items():
        # Every tenth school of several units is one school of several codes in Skolon.
        is_whole = len(units) > 1 and next(of_several) % 10 == 0
        found[number] += [units] if is_whole else [[unit] for unit in units]
    for schools in found.values():
        # When only some are taken, those come first that show most.
        schools.sort(key=lambda units: (-min(len(units), 2), _spread(units[0]) == 0, units[0].code))
    return found


def _owner(position: int, organizer: Organizer, now: datetime) -> Owner:
    request = _REQUESTS.get(position % 24)
    days = {"received": 20 if position % 24 == _OVERDUE else 1}.get(request or "", 25)
    domain = host(organizer.name.removesuffix(" (påhittad)"))
    administrator = Person(
        position + 1, "staff", "Adam" if position % 2 else "Eva", "Administratör",
        f"administrator{position}@{domain}", f"administrator{position}@{domain}",
    )  # fmt: skip
    return Owner(
        number=position + 1,
        organization_number=organizer.organization_number,
        name=organizer.name,
        municipality=organizer.site.municipality.name if organizer.site.municipality else "",
        # One organization in twelve shares nobody ahead of time.
        is_approving=position % 12 != 3,  # noqa: PLR2004, a customer among them
        administrator=administrator,
        request=request,
        asked_at=now - timedelta(days=days),
        is_licensed=request == "activated",
    )


def _school(number: int, owner: Owner, units: Sequence[SchoolUnit]) -> School:
    first = units[0]
    grades = tuple(grade for unit in units for grade in unit.teaching.grades)
    kind = "administrative" if first.unit_type == "CENTRAL" else "school"
    name = first.school_name if len(units) > 1 else first.name
    codes = tuple(unit.code for unit in units)
    school = School(number, owner, name, kind, codes, first.status.value, grades)
    # For the time being what the school weighs.
    rng = Random(f"school {first.code}")  # noqa: S311, nothing is secret about invented schools
    for unit in units:
        median, spread = _size(unit)
        school.pupils += round(median * rng.lognormvariate(0, spread)) if median else 0
    return school


def _size(unit: SchoolUnit) -> tuple[int, float]:
    types = {str(one) for one in unit.teaching.school_types}
    return next((size for kinds, size in _SIZES if types & kinds), (0, 0.0))


def _spread(unit: SchoolUnit) -> int:
    return _size(unit)[0]


def _give_people(owners: Sequence[Owner], scale: float) -> None:
    """Divide the nation's people among the schools by what these weigh, and license some."""
    schools = [school for owner in owners for school in owner.schools]
    weights = [school.pupils for school in schools]
    licenses = count()
    for school, pupils, teachers, classes in zip(
        schools,
        _shares(round(PUPILS * scale), weights),
        _shares(round(TEACHERS * scale), weights),
        _shares(round(CLASSES * scale), weights),
        strict=True,
    ):
        school.pupils, school.teachers = pupils, max(teachers, 1)
        school.classes = max(classes, 1) if pupils else 0
        if school.owner.is_licensed and pupils:
            school.license = _LICENSES[next(licenses) % len(_LICENSES)]


def _shares(total: int, weights: Sequence[int]) -> Iterator[int]:
    """Divide a number by weights; the whole numbers add up to it."""
    given, whole = 0, sum(weights)
    for weight in accumulate(weights):
        share = round(total * weight / whole) - given
        given += share
        yield share
