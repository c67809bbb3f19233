"""The few records that demonstrations and guides name: their codes always mean the same."""

from datetime import date

from app.municipalities import Municipality
from app.skolverket.codes import AdultEducation, OrganizerType, Orientation, UnitType
from app.skolverket.records import (
    Contract,
    EducationProvider,
    History,
    Organizer,
    Register,
    SchoolUnit,
    Site,
    Teaching,
    UnitHistory,
)
from app.skolverket.teaching import ADULTS, FTH, grades, upper_secondary

# Never in the register: demonstrations use it as the code that nobody knows.
UNKNOWN_CODE = "10009999"
# Örebro; only the demo units' place on the map.
MUNICIPALITY_CODE = "1880"

_TOWN = "2990000016"
_COMPANY = "5990010018"
# Whose people try what a partner's program bears.
TRIAL_TOWN = "2990000024"
_ENTERED, _REVISED = date(2015, 12, 12), date(2026, 5, 4)
_OPEN = UnitHistory(_ENTERED, _REVISED, date(2012, 8, 20))
_CLOSED = UnitHistory(_ENTERED, date(2024, 5, 31), date(2012, 8, 20), ended_on=date(2024, 6, 30))
_DORMANT = UnitHistory(
    _ENTERED, date(2025, 6, 12), date(2012, 8, 20), dormant_from=date(2025, 7, 1)
)
_PLANNED = UnitHistory(date(2026, 5, 4), date(2026, 8, 28), date(2027, 8, 16))

# Code, unit, school, street, organizer, teaching, history.
_UNITS = (
    ("10000001", "Ekbackaskolan F-6", "Ekbackaskolan", "Ekbackavägen 1", _TOWN,
     grades("F", "6"), _OPEN),
    ("10000002", "Ekbackaskolan 7-9", "Ekbackaskolan", "Ekbackavägen 1", _TOWN,
     grades("7", "9"), _OPEN),
    ("10000003", "Lindängsskolan", "Lindängsskolan", "Lindängsgatan 12", _TOWN,
     grades("4", "9"), _OPEN),
    ("10000004", "Björkhagens gymnasium", "Björkhagens gymnasium", "Björkhagsallén 3", _TOWN,
     upper_secondary("EK", "NA", "SA", "TE"), _OPEN),
    ("10000005", "Gamla Kvarnskolan", "Gamla Kvarnskolan", "Kvarnstigen 5", _TOWN,
     grades("1", "6"), _CLOSED),
    ("10000006", "Strandängsskolan", "Strandängsskolan", "Strandvägen 20", _TOWN,
     grades("F", "3", FTH), _DORMANT),
    ("10000007", "Nya Hamnskolan", "Nya Hamnskolan", "Hamngatan 7", _TOWN,
     grades("F", "9", FTH), _PLANNED),
    ("10000008", "Exempelstads centrala insamlingsenhet", "Exempelstads centrala insamlingsenhet",
     "Stortorget 1", _TOWN, Teaching(), _OPEN),
    ("10000009", "Åsö språkcentrum", "Åsö språkcentrum", "Åsövägen 9", _TOWN, ADULTS, _OPEN),
    ("10000011", "Friskolan Exempel", "Friskolan Exempel", "Parkgatan 11", _COMPANY,
     grades("1", "9"), _OPEN),
    ("10000021", "Prövoskolan", "Prövoskolan", "Prövogatan 21", TRIAL_TOWN,
     grades("F", "9", FTH), _OPEN),
    ("10000022", "Kvarnbyskolan", "Kvarnbyskolan", "Kvarnbyvägen 22", TRIAL_TOWN,
     grades("F", "6", FTH), _OPEN),
    ("10000023", "Nedlagda Åskolan", "Nedlagda Åskolan", "Åvägen 23", TRIAL_TOWN,
     grades("1", "6"), _CLOSED),
    ("10000024", "Poolängsskolan", "Poolängsskolan", "Poolängsvägen 24", TRIAL_TOWN,
     grades("F", "6", FTH), _OPEN),
    ("10000025", "Utgångsskolan", "Utgångsskolan", "Utgången 25", TRIAL_TOWN,
     grades("7", "9"), _OPEN),
)  # fmt: skip


def demo_records(municipality: Municipality) -> Register:
    """Return three organizers, their units and an education provider, in the given municipality."""
    entered = History(_ENTERED, _REVISED)
    organizers = {
        number: Organizer(number, name, organizer_type, _site(street, municipality), entered)
        for number, name, organizer_type, street in (
            (_TOWN, "Exempelstads kommun (påhittad)", OrganizerType.KOMMUN, "Stortorget 1"),
            (_COMPANY, "Friskolan Exempel AB (påhittad)", OrganizerType.ENSKILD, "Parkgatan 11"),
            (TRIAL_TOWN, "Prövoköpings kommun (påhittad)", OrganizerType.KOMMUN, "Prövogatan 1"),
        )
    }
    units = {
        code: SchoolUnit(
            code,
            name,
            school,
            UnitType.SKOLENHET if teaching.school_types else UnitType.CENTRAL,
            organizers[number],
            _site(street, municipality),
            teaching,
            history,
            Orientation.ALLMAN
            if teaching.grades or teaching.programmes
            else Orientation.EJ_RELEVANT,
        )
        for code, name, school, street, number, teaching, history in _UNITS
    }
    provider = EducationProvider(
        "10000090",
        "5990010026",
        "Exempelkurser för vuxna AB (påhittad)",
        folk_high_school=None,
        has_grading_rights=True,
        adult_education=(AdultEducation.VUXGR, AdultEducation.VUXSFI),
        site=_site("Skolgatan 90", municipality),
        history=entered,
    )
    adults = units["10000009"]
    contract = Contract(adults.organizer, provider, adults, is_active=True, history=entered)
    return Register(
        units, organizers, {provider.code: provider}, {(_TOWN, provider.code): contract}
    )


def _site(street: str, municipality: Municipality) -> Site:
    """Return an address in the town; equal streets give equal positions."""
    house = int(street.rsplit(" ", 1)[1])
    position = (municipality.latitude + house / 1000, municipality.longitude + house / 500)
    return Site(street, f"703{house:02d}", "Exempelstad", municipality, position)
