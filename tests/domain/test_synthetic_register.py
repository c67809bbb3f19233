"""The synthetic register resembles the real one, and no record in it can be a real one."""

import subprocess
import sys
import tracemalloc
import zlib
from collections import Counter, defaultdict
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.se import orgnr

from app.municipalities import genitive, municipalities
from app.skolverket import synthetic
from app.skolverket.codes import OrganizerType, SchoolType, UnitStatus, UnitType
from app.skolverket.names import host
from app.skolverket.records import AS_OF, UnitHistory
from app.skolverket.sweref import sweref99_tm

DEMO_UNITS = {
    "10000001": ("Ekbackaskolan F-6", "AKTIV", "SKOLENHET", "FKLASS GR", "2990000016"),
    "10000002": ("Ekbackaskolan 7-9", "AKTIV", "SKOLENHET", "GR", "2990000016"),
    "10000003": ("Lindängsskolan", "AKTIV", "SKOLENHET", "GR", "2990000016"),
    "10000004": ("Björkhagens gymnasium", "AKTIV", "SKOLENHET", "GY", "2990000016"),
    "10000005": ("Gamla Kvarnskolan", "UPPHORT", "SKOLENHET", "GR", "2990000016"),
    "10000006": ("Strandängsskolan", "VILANDE", "SKOLENHET", "FKLASS GR FTH", "2990000016"),
    "10000007": ("Nya Hamnskolan", "PLANERAD", "SKOLENHET", "FKLASS GR FTH", "2990000016"),
    "10000008": ("Exempelstads centrala insamlingsenhet", "AKTIV", "CENTRAL", "", "2990000016"),
    "10000009": ("Åsö språkcentrum", "AKTIV", "SKOLENHET", "VUX", "2990000016"),
    "10000011": ("Friskolan Exempel", "AKTIV", "SKOLENHET", "GR", "5990010018"),
    "10000021": ("Prövoskolan", "AKTIV", "SKOLENHET", "FKLASS GR FTH", "2990000024"),
    "10000022": ("Kvarnbyskolan", "AKTIV", "SKOLENHET", "FKLASS GR FTH", "2990000024"),
    "10000023": ("Nedlagda Åskolan", "UPPHORT", "SKOLENHET", "GR", "2990000024"),
    "10000024": ("Poolängsskolan", "AKTIV", "SKOLENHET", "FKLASS GR FTH", "2990000024"),
    "10000025": ("Utgångsskolan", "AKTIV", "SKOLENHET", "GR", "2990000024"),
}
ENTERED = date(2012, 1, 1)
days = st.dates(ENTERED, date(2030, 12, 31))


def test_every_unit_code_is_eight_digits_below_the_lowest_real_one() -> None:
    codes = [*synthetic.register().units, *synthetic.register().providers]

    assert all(len(code) == 8 and code.isascii() and code.isdigit() for code in codes)
    assert 10_000_000 <= min(map(int, codes)) <= max(map(int, codes)) < 10_017_830


def test_no_code_is_both_a_school_unit_and_an_education_provider() -> None:
    register = synthetic.register()

    assert not register.units.keys() & register.providers.keys()


def test_the_code_that_nobody_knows_is_not_in_the_register() -> None:
    register = synthetic.register()

    assert "10009999" not in register.units
    assert "10009999" not in register.providers


def test_every_organization_number_is_valid_and_given_to_nobody() -> None:
    register = synthetic.register()
    numbers = [*register.organizers]
    numbers += [provider.organization_number for provider in register.providers.values()]

    assert {number[:4] for number in numbers} == {"2990", "5990", "7990", "8990"}
    assert [orgnr.validate(number) for number in numbers] == numbers
    assert all(number[2] >= "2" for number in numbers)


def test_every_organizer_and_provider_says_that_it_is_invented() -> None:
    register = synthetic.register()

    names = [organizer.name for organizer in register.organizers.values()]
    names += [provider.name for provider in register.providers.values()]

    assert all(name.endswith(" (påhittad)") for name in names)


def test_the_register_is_as_large_as_the_real_one() -> None:
    register = synthetic.register()
    statuses = Counter(unit.status for unit in register.units.values())

    assert statuses.total() - statuses[UnitStatus.UPPHORT] == 10_654
    assert statuses[UnitStatus.AKTIV] > 10_000
    assert all(statuses[status] >= 50 for status in UnitStatus)
    assert 1_050 <= len(register.organizers) <= 1_150


def test_school_types_are_about_as_common_as_in_the_real_register() -> None:
    found = Counter(
        school_type
        for unit in synthetic.register().units.values()
        if unit.status is not UnitStatus.UPPHORT
        for school_type in unit.teaching.school_types
    )
    # The agency's geodata, about 2026.
    real = {"FKLASS": 3618, "GR": 4748, "GY": 1313, "GRAN": 667, "GYAN": 251, "SP": 10, "SAM": 5}

    assert set(found) == set(SchoolType)
    assert {name: found[SchoolType(name)] for name in real} == pytest.approx(real, rel=0.15)


def test_most_units_are_schools_and_few_are_abroad() -> None:
    found = Counter(unit.unit_type for unit in synthetic.register().units.values())

    assert found[UnitType.SKOLENHET] > 10_000
    assert 290 <= found[UnitType.CENTRAL] < 1_000
    assert 10 <= found[UnitType.UTLAND] < 50


def test_a_central_unit_teaches_nobody_and_every_other_unit_somebody() -> None:
    for unit in synthetic.register().units.values():
        assert bool(unit.teaching.school_types) == (unit.unit_type is not UnitType.CENTRAL)


def test_there_are_290_municipalities_in_21_counties() -> None:
    places = {place.code: place.name for place in municipalities()}

    assert len(places) == len(set(places.values())) == 290
    assert len({code[:2] for code in places}) == 21
    assert sum(code.startswith("0") for code in places) == 90
    assert (places["0180"], places["1480"], places["1280"]) == ("Stockholm", "Göteborg", "Malmö")
    assert (places["0980"], places["1880"], places["2584"]) == ("Gotland", "Örebro", "Kiruna")


def test_every_municipality_lies_in_sweden() -> None:
    assert all(55 < place.latitude < 69 and 10 < place.longitude < 25 for place in municipalities())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Salem", "Salems"),
        ("Nacka", "Nacka"),
        ("Borås", "Borås"),
        ("Kalix", "Kalix"),
        ("Kalmar", "Kalmar"),
        ("Falun", "Falu"),
        ("Dals-Ed", "Dals-Eds"),
    ],
)
def test_a_municipality_has_its_name_in_the_genitive(name: str, expected: str) -> None:
    assert genitive(name) == expected


def test_every_municipality_runs_schools_in_its_own_name() -> None:
    register = synthetic.register()
    runs = {
        unit.organizer.site.municipality
        for unit in register.units.values()
        if unit.organizer.organizer_type is OrganizerType.KOMMUN
    }

    assert runs == set(municipalities())


def test_all_kinds_of_organizers_are_there() -> None:
    found = Counter(one.organizer_type for one in synthetic.register().organizers.values())

    assert set(found) == set(OrganizerType)
    # Every real municipality, and the demo's two.
    assert found[OrganizerType.KOMMUN] == 290 + 2
    assert found[OrganizerType.ENSKILD] > 700


def test_inside_a_municipality_no_name_occurs_twice() -> None:
    names = Counter(
        (unit.site.municipality, unit.name.casefold())
        for unit in synthetic.register().units.values()
    )

    assert [name for name, times in names.items() if times > 1] == []


def test_over_the_country_names_repeat() -> None:
    places = {
        unit.site.municipality
        for unit in synthetic.register().units.values()
        if unit.name == "Parkskolan"
    }

    assert len(places) >= 20


def test_many_schools_have_several_units_at_one_address() -> None:
    schools = defaultdict(list)
    for unit in synthetic.register().units.values():
        schools[unit.organizer.organization_number, unit.school_name, unit.site].append(unit)

    shared = [units for units in schools.values() if len(units) > 1]
    assert len(shared) > 1_000
    assert all(len({unit.name for unit in units}) == len(units) for units in shared)


def test_one_unit_in_ten_has_no_coordinates() -> None:
    units = synthetic.register().units.values()

    without = sum(unit.site.position is None for unit in units)

    assert 0.08 < without / len(units) < 0.13


@pytest.mark.parametrize("code", DEMO_UNITS)
def test_a_demo_unit_is_what_the_guides_say(code: str) -> None:
    unit = synthetic.register().units[code]

    assert DEMO_UNITS[code] == (
        unit.name,
        unit.status,
        unit.unit_type,
        " ".join(unit.teaching.school_types),
        unit.organizer.organization_number,
    )
    assert unit.site.municipality is not None
    assert unit.site.municipality.code == "1880"


def test_the_codes_up_to_10000099_are_the_demo_records_alone() -> None:
    register = synthetic.register()
    kept = {code for code in (*register.units, *register.providers) if code < "10000100"}

    assert kept == {*DEMO_UNITS, "10000090"}


def test_the_two_ekbacka_units_are_one_school_at_one_address() -> None:
    units = synthetic.register().units
    first, second = units["10000001"], units["10000002"]

    assert first.school_name == second.school_name == "Ekbackaskolan"
    assert first.site == second.site


def test_the_demo_organizers_have_their_names() -> None:
    organizers = synthetic.register().organizers

    assert organizers["2990000016"].name == "Exempelstads kommun (påhittad)"
    assert organizers["2990000016"].organizer_type is OrganizerType.KOMMUN
    assert organizers["5990010018"].name == "Friskolan Exempel AB (påhittad)"
    assert organizers["5990010018"].organizer_type is OrganizerType.ENSKILD


def test_the_register_is_the_same_whenever_it_is_written() -> None:
    assert synthetic.register.__wrapped__() == synthetic.register()


def test_the_register_is_the_same_as_in_the_last_version() -> None:
    """Whoever has noted a code keeps it; change the number with the register, and say so."""
    told = "".join(
        f"{unit.code} {unit.name} {unit.status} {unit.organizer.organization_number}\n"
        for unit in synthetic.register().units.values()
    )

    assert zlib.crc32(told.encode()) == 2_576_840_417


def test_importing_the_register_does_not_write_it() -> None:
    program = (
        "from app.skolverket import api, synthetic; print(synthetic.register.cache_info().currsize)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )

    assert done.stdout.strip() == "0"


def test_the_register_fits_in_fifteen_megabytes() -> None:
    tracemalloc.start()
    try:
        register = synthetic.register.__wrapped__()
        size, _peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert register.units
    assert size < 15_000_000


def test_nothing_was_changed_after_the_day_the_register_was_drawn_up() -> None:
    register = synthetic.register()
    histories = [
        record.history
        for records in (register.units, register.organizers, register.providers, register.contracts)
        for record in records.values()
    ]

    assert all(
        history.registered_on <= history.modified_on(AS_OF) <= AS_OF for history in histories
    )


@given(days)
def test_a_unit_is_planned_then_open_then_dormant_then_closed(day: date) -> None:
    life = UnitHistory(
        ENTERED,
        ENTERED,
        starts_on=date(2014, 8, 18),
        dormant_from=date(2020, 7, 1),
        ended_on=date(2024, 6, 30),
    )
    order = [UnitStatus.PLANERAD, UnitStatus.AKTIV, UnitStatus.VILANDE, UnitStatus.UPPHORT]

    passed = sum(day >= turn for turn in (life.starts_on, life.dormant_from, life.ended_on) if turn)

    assert life.status_on(day) == order[passed]


@given(days)
def test_a_day_that_the_register_has_not_seen_changes_nothing(day: date) -> None:
    life = UnitHistory(ENTERED, ENTERED, starts_on=AS_OF + timedelta(days=300))

    assert life.status_on(day) is UnitStatus.PLANERAD


@given(days, days, days)
def test_the_last_change_is_never_after_the_day_one_looks_at(
    revised_on: date, ended_on: date, day: date
) -> None:
    life = UnitHistory(ENTERED, revised_on, starts_on=ENTERED, ended_on=ended_on)

    assert ENTERED <= life.modified_on(day) <= day


def test_sweref_agrees_with_the_point_in_the_published_description() -> None:
    northing, easting = sweref99_tm(59.16286545184274, 18.134313905557242)

    assert northing == pytest.approx(6562397.097, abs=0.001)
    assert easting == pytest.approx(679180.062, abs=0.001)


@given(st.floats(55, 69), st.floats(-9, 9))
def test_sweref_is_symmetric_around_its_central_meridian(latitude: float, degrees: float) -> None:
    north_of_east, east = sweref99_tm(latitude, 15 + degrees)
    north_of_west, west = sweref99_tm(latitude, 15 - degrees)

    assert north_of_east == pytest.approx(north_of_west, abs=0.001)
    assert east - 500_000 == pytest.approx(500_000 - west, abs=0.001)


@given(st.text(min_size=1))
def test_every_host_lies_under_example(name: str) -> None:
    assert host(f"Skolan {name}").endswith(".example")
    assert host(f"Skolan {name}").isascii()


def test_a_host_is_the_name_without_accents() -> None:
    assert host("Åsö språkcentrum") == "aso-sprakcentrum.example"
