"""The schools of one municipality: its own, and the independent ones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.municipalities import Municipality, genitive
from app.skolverket.codes import OrganizerType, UnitStatus, UnitType
from app.skolverket.draft import Draft
from app.skolverket.names import Names
from app.skolverket.records import Organizer
from app.skolverket.teaching import (
    ADULT_EDUCATION,
    CENTRAL_UNIT,
    COMPULSORY_SCHOOLS,
    LEISURE_CENTERS,
    UPPER_SECONDARY_SCHOOLS,
    Recipe,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of school: how often an independent organizer runs it, and how it is named."""

    recipes: Sequence[tuple[int, Recipe]]
    name: Callable[[Names], str]
    independent_share: float
    independent_name: Callable[[Names], str]


# Independent are 17 % of the compulsory units and 35 % of the upper secondary ones (2021).
_COMPULSORY = Kind(COMPULSORY_SCHOOLS, Names.compulsory_school, 0.18, Names.independent_school)
_UPPER_SECONDARY = Kind(
    UPPER_SECONDARY_SCHOOLS, Names.upper_secondary_school, 0.38, Names.upper_secondary_school
)
_ADULTS = Kind(ADULT_EDUCATION, Names.adult_education, 0.0, Names.adult_education)
_LEISURE = Kind(LEISURE_CENTERS, Names.leisure_center, 0.1, Names.leisure_center)
_KINDS = ((50, _COMPULSORY), (15, _UPPER_SECONDARY), (9, _ADULTS), (21, _LEISURE))

_STANDING = ((965, UnitStatus.AKTIV), (25, UnitStatus.VILANDE), (10, UnitStatus.PLANERAD))
_CLOSED = ((1, UnitStatus.UPPHORT),)
# Of the independent schools this share belongs to chains; the others have an organizer each.
_CHAINS, _CHAIN_SHARE = 35, 0.5
_LEGAL_FORMS = (
    (70, ("5990", "{} AB")),
    (18, ("7990", "{} ekonomisk förening")),
    (12, ("8990", "Stiftelsen {}")),
)


def add_chains(draft: Draft, municipalities: Sequence[Municipality]) -> list[Organizer]:
    """Add the companies that run schools in many places."""
    names = Names(draft.rng)
    return [
        draft.organizer(
            draft.organization_number("5990"),
            f"{names.company()} Skolor AB",
            OrganizerType.ENSKILD,
            draft.site(draft.rng.choice(municipalities)),
        )
        for _ in range(_CHAINS)
    ]


class LocalSchools:
    """Writes one municipality into the draft."""

    def __init__(
        self, draft: Draft, municipality: Municipality, names: Names, chains: Sequence[Organizer]
    ) -> None:
        self._draft = draft
        self._here = municipality
        self._names = names
        self._chains = chains
        self._municipal = draft.organizer(
            # The number shows which municipality it stands for.
            draft.organization_number("2990", 10_000 + int(municipality.code)),
            f"{genitive(municipality.name)} kommun",
            OrganizerType.KOMMUN,
            draft.site(municipality),
        )

    def add(self, standing: int) -> None:
        """Add so many units that stand, and a tenth as many that have closed."""
        self._draft.school(
            self._municipal,
            self._draft.site(self._here),
            f"{genitive(self._here.name)} centrala insamlingsenhet",
            CENTRAL_UNIT,
            unit_type=UnitType.CENTRAL,
        )
        self._add_schools(1, ((1, _COMPULSORY),), _STANDING)
        self._add_schools(standing - 2, _KINDS, _STANDING)
        self._add_schools(standing // 10, ((1, _COMPULSORY),), _CLOSED)

    def _add_schools(
        self,
        units: int,
        kinds: Sequence[tuple[int, Kind]],
        statuses: Sequence[tuple[int, UnitStatus]],
    ) -> None:
        draft = self._draft
        while units > 0:
            kind = draft.drawn(kinds)
            parts = draft.drawn(kind.recipes)[:units]
            is_independent = draft.rng.random() < kind.independent_share
            name = (kind.independent_name if is_independent else kind.name)(self._names)
            organizer = self._independent_organizer(name) if is_independent else self._municipal
            draft.school(organizer, draft.site(self._here), name, parts, draft.drawn(statuses))
            units -= len(parts)

    def _independent_organizer(self, school: str) -> Organizer:
        if self._draft.rng.random() < _CHAIN_SHARE:
            return self._draft.rng.choice(self._chains)
        prefix, legal_form = self._draft.drawn(_LEGAL_FORMS)
        return self._draft.organizer(
            self._draft.organization_number(prefix),
            legal_form.format(f"{school} i {self._here.name}"),
            OrganizerType.ENSKILD,
            self._draft.site(self._here),
        )
