"""Education providers, and their contracts to teach adults for municipalities."""

from collections.abc import Sequence

from app.municipalities import Municipality
from app.skolverket.codes import AdultEducation, OrganizerType, SchoolType
from app.skolverket.draft import Draft
from app.skolverket.names import Names
from app.skolverket.records import Contract, EducationProvider

_PROVIDERS = 60
_PARTS = (
    (4, (AdultEducation.VUXGY,)),
    (3, (AdultEducation.VUXGR, AdultEducation.VUXSFI)),
    (2, (AdultEducation.VUXGR, AdultEducation.VUXGY, AdultEducation.VUXSFI)),
)
_HAS_GRADING_RIGHTS = ((4, True), (1, False))
_IS_ACTIVE = ((5, True), (1, False))
_CONTRACTS = ((8, 0), (3, 1), (1, 2))


def providers(draft: Draft, municipalities: Sequence[Municipality]) -> list[EducationProvider]:
    """Return companies and, every third, associations with a folk high school."""
    names = Names(draft.rng)
    found = []
    for number in range(_PROVIDERS):
        school = None if number % 3 else names.folk_high_school()
        name = f"Föreningen {school}" if school else f"{names.company()} Utbildning AB"
        provider = EducationProvider(
            draft.code(),
            draft.organization_number("8990" if school else "5990"),
            f"{name} (påhittad)",
            school,
            draft.drawn(_HAS_GRADING_RIGHTS),
            draft.drawn(_PARTS),
            draft.site(draft.rng.choice(municipalities)),
            draft.history(),
        )
        found.append(provider)
    return found


def contracts(draft: Draft, choice: Sequence[EducationProvider]) -> list[Contract]:
    """Let adults at some municipal units be taught by one or two of the providers."""
    return [
        Contract(unit.organizer, provider, unit, draft.drawn(_IS_ACTIVE), draft.history())
        for unit in draft.units
        if SchoolType.VUX in unit.teaching.school_types
        and unit.organizer.organizer_type is OrganizerType.KOMMUN
        for provider in draft.rng.sample(choice, draft.drawn(_CONTRACTS))
    ]
