"""Where the switches of this sandbox stand, read in the statement that needs to know."""

from functools import lru_cache

from sqlalchemy import ScalarSelect, select, update
from sqlalchemy.orm import Session

from app.database import find_or_add
from app.skolon.models import SwitchPositions
from app.skolon.schemas.switches import Switches


def column() -> ScalarSelect[str | None]:
    """Return a column that any statement can fetch along; `parsed` makes switches of it."""
    return select(SwitchPositions.positions).where(SwitchPositions.id == 1).scalar_subquery()


@lru_cache(maxsize=256)
def parsed(positions: str | None) -> Switches:
    """Return the switches that a column held."""
    return Switches.model_validate_json(positions or "{}")


def read(session: Session) -> Switches:
    return parsed(session.scalar(select(column())))


def reset(session: Session) -> None:
    """Put every switch back; the row stays, so that whoever changes it meanwhile finds it."""
    session.execute(update(SwitchPositions).values(positions="{}"))


def change(session: Session, changes: Switches) -> Switches:
    """Set the switches that are given; the others stay."""
    row = find_or_add(
        session,
        select(SwitchPositions).with_for_update(),
        lambda: SwitchPositions(id=1, positions="{}"),
    )
    given = parsed(row.positions).model_dump(exclude_defaults=True)
    changed = Switches.model_validate(given | changes.model_dump(exclude_unset=True))
    row.positions = changed.model_dump_json(exclude_defaults=True)
    return changed
