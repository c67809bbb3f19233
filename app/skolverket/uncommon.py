"""What there is little of: regions, federations, the state, Sami, special and foreign schools."""

from collections.abc import Mapping, Sequence

from app.municipalities import Municipality
from app.skolverket.codes import OrganizerType, UnitType
from app.skolverket.draft import Draft
from app.skolverket.records import Organizer, Site
from app.skolverket.teaching import (
    ABROAD,
    FEDERATION,
    NATURAL_RESOURCES,
    SAMI,
    SPECIAL,
    UNIVERSITY_PREPARATORY,
    Recipe,
)

# What the organizer and the school are called, what it teaches, and in which municipalities.
Row = tuple[OrganizerType, str, str, Recipe, Sequence[str]]

# An organizer of the kind in every one of these municipalities.
_EACH: Sequence[Row] = (
    (OrganizerType.REGION, "Region {}", "Naturbruksgymnasiet {}", NATURAL_RESOURCES,
     ("0428", "0686", "1233", "1384", "1446", "1766", "2161", "2305")),
    (OrganizerType.KOMMFORB, "Kommunalförbundet {}", "Förbundsgymnasiet {}", FEDERATION,
     ("0319", "0513", "0884", "1082", "1291", "1470", "1883", "2085", "2463")),
    (OrganizerType.STAT, "Statens skolor i {}", "Statens gymnasium {}", UNIVERSITY_PREPARATORY,
     ("0380", "2480")),
)  # fmt: skip
# One organizer of the kind, with a school in every one of these municipalities.
_ONE: Sequence[Row] = (
    (OrganizerType.SAME, "Sameskolornas huvudman", "Sameskolan {}", SAMI,
     ("2361", "2506", "2510", "2523", "2584")),
    (OrganizerType.SPECIAL, "Specialskolornas huvudman", "Specialskolan {}", SPECIAL,
     ("0180", "0583", "1267", "1280", "1480", "1780", "1880", "2280", "2380", "2480")),
)  # fmt: skip
_ABROAD = {
    ("Spanien", "Europa"): ("Madrid", "Málaga", "Palma", "Marbella"),
    ("Frankrike", "Europa"): ("Paris",),
    ("Storbritannien", "Europa"): ("London",),
    ("Tyskland", "Europa"): ("Berlin", "Hamburg"),
    ("Belgien", "Europa"): ("Bryssel",),
    ("Portugal", "Europa"): ("Lissabon",),
    ("Kenya", "Afrika"): ("Nairobi",),
    ("Thailand", "Asien"): ("Bangkok", "Phuket"),
    ("Kina", "Asien"): ("Peking",),
    ("USA", "Nordamerika"): ("New York",),
    ("Chile", "Sydamerika"): ("Santiago",),
}


def add_uncommon(draft: Draft, country: Mapping[str, Municipality]) -> None:
    """Add what is run by neither a municipality nor a company, association or foundation."""
    for organizer_type, organizer_name, school_name, parts, codes in _EACH:
        for here in map(country.__getitem__, codes):
            organizer = _organizer(draft, organizer_name.format(here.name), organizer_type, here)
            draft.school(organizer, draft.site(here), school_name.format(here.name), parts)
    for organizer_type, organizer_name, school_name, parts, codes in _ONE:
        organizer = _organizer(draft, organizer_name, organizer_type, country[codes[0]])
        for here in map(country.__getitem__, codes):
            draft.school(organizer, draft.site(here), school_name.format(here.name), parts)
    for (land, continent), cities in _ABROAD.items():
        for city in cities:
            site = Site(f"{len(city)} Example Street", "", city, None, None, land, continent)
            organizer = draft.organizer(
                draft.organization_number("8990"),
                f"Stiftelsen Svensk skola i {city}",
                OrganizerType.HMANUTL,
                site,
            )
            name = f"Påhittade svenska skolan i {city}"
            draft.school(organizer, site, name, ABROAD, unit_type=UnitType.UTLAND)


def _organizer(
    draft: Draft, name: str, organizer_type: OrganizerType, seat: Municipality
) -> Organizer:
    number = draft.organization_number("2990")
    return draft.organizer(number, name, organizer_type, draft.site(seat))
