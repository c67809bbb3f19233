"""The synthetic register: as large as the real one, and the same at every start.

Every code lies below 10017830, the lowest that has been seen in the real register, and every
organization number begins with digits that are given to nobody: no record can be a real one.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import accumulate
from random import Random

from app.municipalities import Municipality, municipalities
from app.skolverket import adult_education
from app.skolverket.codes import UnitStatus
from app.skolverket.demo_units import MUNICIPALITY_CODE, TRIAL_TOWN, demo_records
from app.skolverket.draft import Draft
from app.skolverket.local_schools import LocalSchools, add_chains
from app.skolverket.names import Names
from app.skolverket.records import Register
from app.skolverket.uncommon import add_uncommon

# Real were 10,648 on 2026-09-15; the units that have closed come on top of these, and those of the
# demo's third organizer, which came later and were to change no code.
STANDING_UNITS = 10_650

_SEED = 20_260_915


@cache
def register() -> Register:
    """Return the register, which the first call writes."""
    everywhere = {place.code: place for place in municipalities()}
    demo = demo_records(everywhere[MUNICIPALITY_CODE])
    draft = Draft(Random(_SEED))  # noqa: S311, nothing is secret about invented schools
    add_uncommon(draft, everywhere)
    _add_local_schools(draft, list(everywhere.values()), demo)
    providers = adult_education.providers(draft, list(everywhere.values()))
    contracts = adult_education.contracts(draft, providers)
    units = demo.units | {unit.code: unit for unit in draft.units}
    return Register(
        units=dict(sorted(units.items())),
        organizers=demo.organizers | {o.organization_number: o for o in draft.organizers},
        providers=demo.providers | {provider.code: provider for provider in providers},
        contracts=demo.contracts
        | {(c.organizer.organization_number, c.provider.code): c for c in contracts},
    )


def _add_local_schools(draft: Draft, everywhere: Sequence[Municipality], demo: Register) -> None:
    chains = add_chains(draft, everywhere)
    standing = [
        unit
        for unit in demo.units.values()
        if unit.status is not UnitStatus.UPPHORT
        and unit.organizer.organization_number != TRIAL_TOWN
    ]
    units = STANDING_UNITS - len(standing) - len(draft.units)
    for here, share in zip(everywhere, _shares(units, everywhere), strict=True):
        demo_names = {
            unit.school_name for unit in demo.units.values() if unit.site.municipality is here
        }
        LocalSchools(draft, here, Names(draft.rng, demo_names), chains).add(share)


def _shares(units: int, everywhere: Sequence[Municipality]) -> Iterator[int]:
    """Divide the units among the municipalities; the whole numbers add up to all of them."""
    # Schools are larger in cities: twice the inhabitants have less than twice the units.
    weights = [place.thousand_inhabitants**0.7 for place in everywhere]
    given = 0
    for weight in accumulate(weights):
        share = round(units * weight / sum(weights)) - given
        given += share
        yield share
