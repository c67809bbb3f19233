"""Edits of the roster by an administrator: at once, or by night as from the school's register.

Every edit says what it is (`schemas.rosters`), takes its turn, does all of itself or nothing, and
marks what changed so that tools learn of it.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from app.skolon.logins import PortalUser
from app.skolon.roster_edits import groups, merging, people, rollover, schools  # noqa: F401, they say how each edit is done
from app.skolon.roster_edits.nightly import apply_due, keep_for_tonight, next_due
from app.skolon.roster_edits.places import perform, take_turn
from app.skolon.roster_edits.rollover import preview
from app.skolon.schemas.rosters import AnyEdit, EditOut

__all__ = ["apply_due", "next_due", "preview", "submit"]


def submit(session: Session, administrator: PortalUser, edit: AnyEdit, *, now: datetime) -> EditOut:
    """Do the edit, or keep it for the night after seeing that it could be done."""
    take_turn(session)
    if edit.when == "tonight":
        with session.begin_nested() as trial:
            perform(edit, session, administrator, now)
            trial.rollback()
        kept = keep_for_tonight(session, administrator, edit, now)
        return EditOut(state="pending", id=str(kept.id), webhooks=0, due_at=kept.due_at)
    done = perform(edit, session, administrator, now)
    return EditOut(state="done", id=done.id, webhooks=done.webhooks, due_at=None)
