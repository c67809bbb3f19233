"""Renewing the partner's copy of the register: many small answers, kept until they are a whole.

An interrupted refresh goes on where it stopped; the copy changes only when everything is there.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from app.municipalities import municipalities
from app.partner.models import RegisterCopy, RegisterPage, RegisterUnit
from app.partner.skolverket_client import RegisterReader, UnitRecord, UnitRow

# An unfinished refresh that is older than this is begun anew.
PAGES_LAST = timedelta(days=1)
# A source that suddenly knows less than this share of the copy is broken, not smaller.
SMALLEST_SHARE = 0.5

_UNIT_TYPES = ("SKOLENHET", "CENTRAL", "UTLAND")
SCHOOL_TYPES = ("FKLASS", "FTH", "OPPFTH", "GR", "GRAN", "SP", "SAM", "GY", "GYAN", "VUX")


class ShrunkRegisterError(ValueError):
    """The source knows far fewer units than the copy; the copy is left as it was."""


class Facet(StrEnum):
    """By which filter units are asked for; what a list row leaves out is told by its filter."""

    ALL = "all"
    UNIT_TYPE = "school_unit_type"
    SCHOOL_TYPE = "school_type"
    MUNICIPALITY = "municipality_code"
    ORGANIZER = "organization_number"
    PROVIDER = "education_provider"


@dataclass(frozen=True, slots=True)
class Step:
    """One call of a refresh."""

    facet: Facet
    value: str = ""

    @property
    def key(self) -> str:
        return f"{self.facet}={self.value}"


Rows = Sequence[UnitRow]


async def plan(reader: RegisterReader) -> list[Step]:
    """Return all calls of a full refresh; the organizers are asked for now."""
    numbers = await reader.organization_numbers()
    return [
        Step(Facet.ALL),
        Step(Facet.PROVIDER),
        *(Step(Facet.UNIT_TYPE, value) for value in _UNIT_TYPES),
        *(Step(Facet.SCHOOL_TYPE, value) for value in SCHOOL_TYPES),
        *(Step(Facet.MUNICIPALITY, place.code) for place in municipalities()),
        *(Step(Facet.ORGANIZER, number) for number in numbers),
    ]


async def fetch(reader: RegisterReader, steps: Sequence[Step]) -> AsyncIterator[tuple[Step, Rows]]:
    """Make the calls, one after the other."""
    for step in steps:
        if step.facet is Facet.PROVIDER:
            yield step, await reader.providers()
        else:
            filters = {step.facet.value: step.value} if step.value else {}
            yield step, await reader.units(filters)


def remaining(session: Session, steps: Sequence[Step], *, now: datetime) -> list[Step]:
    """Return the calls that an earlier, interrupted refresh has not made."""
    session.execute(delete(RegisterPage).where(RegisterPage.fetched_at < now - PAGES_LAST))
    done = set(session.scalars(select(RegisterPage.step)))
    return [step for step in steps if step.key not in done]


def keep(session: Session, step: Step, rows: Rows, *, now: datetime) -> None:
    """Keep an answer until all of them are there."""
    kept = [[row.school_unit_code, row.name, row.status] for row in rows]
    session.merge(RegisterPage(step=step.key, rows=json.dumps(kept), fetched_at=now))


def finish(session: Session, steps: Sequence[Step], *, now: datetime) -> int:
    """Put the kept answers in place of the copy, and return how many units there are."""
    wanted = {step.key: step for step in steps}
    units: dict[str, dict[str, str | None]] = {}
    pages = session.execute(
        select(RegisterPage.step, RegisterPage.rows).where(RegisterPage.step.in_(wanted))
    )
    told = [(wanted[key], json.loads(rows)) for key, rows in pages]
    # Providers first: a code that is also a unit's is the unit's.
    for facet in (Facet.PROVIDER, Facet.ALL):
        for _, rows in (page for page in told if page[0].facet is facet):
            for code, name, status in rows:
                units[code] = _bare(code, name, status)
    for step, rows in (page for page in told if page[0].value):
        for code, _, _ in rows:
            _add(units.get(code), step)
    return replace(session, list(units.values()), now=now)


def replace(session: Session, units: Sequence[Mapping[str, str | None]], *, now: datetime) -> int:
    """Put these units in place of the copy, unless they are suspiciously few."""
    copy = session.get(RegisterCopy, 1)
    if not units or (copy is not None and len(units) < copy.unit_count * SMALLEST_SHARE):
        raise ShrunkRegisterError
    session.execute(delete(RegisterUnit))
    session.execute(insert(RegisterUnit), list(units))
    session.execute(delete(RegisterPage))
    session.merge(RegisterCopy(id=1, refreshed_at=now, unit_count=len(units)))
    return len(units)


def since(session: Session) -> date | None:
    """Return the day from which changes are to be asked for, or nothing without a copy."""
    copy = session.get(RegisterCopy, 1)
    # An edit shows the day after, so the day before the last refresh is asked for once more.
    return None if copy is None else copy.refreshed_at.date() - timedelta(days=1)


def change(session: Session, records: Sequence[UnitRecord], *, now: datetime) -> int:
    """Bring units up to date that have changed, and return how many."""
    for record in records:
        session.merge(RegisterUnit(**record.model_dump()))
    session.flush()
    copy = session.get_one(RegisterCopy, 1)
    copy.refreshed_at = now
    copy.unit_count = session.scalar(select(func.count()).select_from(RegisterUnit)) or 0
    return len(records)


def _bare(code: str, name: str, status: str) -> dict[str, str | None]:
    return {
        "school_unit_code": code,
        "name": name,
        "status": status,
        "organization_number": None,
        "municipality_code": None,
        "unit_type": None,
        "school_types": "",
    }


def _add(unit: dict[str, str | None] | None, step: Step) -> None:
    if unit is None:
        return
    match step.facet:
        case Facet.UNIT_TYPE:
            unit["unit_type"] = step.value
        case Facet.SCHOOL_TYPE:
            unit["school_types"] = f"{unit['school_types']} {step.value}".strip()
        case Facet.MUNICIPALITY:
            unit["municipality_code"] = step.value
        case Facet.ORGANIZER:
            unit["organization_number"] = step.value
