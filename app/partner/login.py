"""What a login leaves behind: school, class, account and placement, or a refusal and no person."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app import tracing
from app.clock import swedish_date
from app.partner import browser_sessions
from app.partner.arrivals import Failure, Profile
from app.partner.domain.placement import Outcome
from app.partner.models import LoginAttempt
from app.partner.placements import place
from app.partner.recognition import judge, recognize

# Without the letters that are mistaken for digits or for each other on the phone.
REFERENCE_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"

# Without an object that would have to be made, flushed and expired.
_ATTEMPTED = insert(LoginAttempt)


@dataclass(frozen=True, slots=True)
class Login:
    """How a login ended, by what reference it is found again, and whose it was."""

    outcome: Outcome
    reference: str
    account_id: UUID | None = None


def finish(session: Session, arrival: Profile | Failure, *, now: datetime) -> Login:
    """Place the person who arrives, or remember why not; only the outcome of a refusal is kept.

    Raises OvertakenError when the same is being done elsewhere; begin again in a new transaction.
    """
    if isinstance(arrival, Failure):
        return _attempt(session, Login(arrival.outcome, _reference()), None, now=now)
    today = swedish_date(now)
    tracing.concerns(arrival.subject)
    known = recognize(session, arrival, today=today)
    judged = judge(arrival, known, today=today)
    if isinstance(judged, Outcome):
        return _attempt(session, Login(judged, _reference()), arrival.school_name, now=now)
    placed = place(session, arrival, known, judged, now=now)
    outcome = Outcome.FIRST_LOGIN if placed.is_first else Outcome.OK
    if not (arrival.first_name.strip() or arrival.last_name.strip()):
        outcome = Outcome.OK_WITHOUT_NAME
    done = Login(outcome, _reference(), placed.account_id)
    return _attempt(session, done, arrival.school_name, now=now)


def open_session(session: Session, done: Login, *, replaces: str, now: datetime) -> str:
    """Log the browser in, under a new token instead of the one that it had."""
    return browser_sessions.open_for(
        session, account_id=done.account_id, replaces=replaces, now=now
    )


def _attempt(session: Session, done: Login, school_name: str | None, *, now: datetime) -> Login:
    tracing.refers_to(done.reference)
    tracing.note("partner", "login.judged", outcome=done.outcome)
    attempt = {
        "id": uuid4(),
        "reference": done.reference,
        "outcome": done.outcome,
        "school_name": school_name,
        "attempted_at": now,
    }
    session.connection().execute(_ATTEMPTED, attempt)
    return done


def _reference() -> str:
    return "".join(secrets.choice(REFERENCE_LETTERS) for _ in range(8))
