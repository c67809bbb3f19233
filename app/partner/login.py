"""What a login leaves behind: school, class, account and placement, or a refusal and no person."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.clock import swedish_date
from app.partner import browser_sessions, register
from app.partner.arrivals import Failure, Profile
from app.partner.domain.errors import InvalidEmailError
from app.partner.domain.identity import Email
from app.partner.domain.licensing import Standing
from app.partner.domain.placement import Outcome
from app.partner.models import LoginAttempt
from app.partner.placements import place

# Without the letters that are mistaken for digits or for each other on the phone.
_REFERENCE_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True)
class Login:
    """How a login ended, by what reference it is found again, and the session it opened."""

    outcome: Outcome
    reference: str
    session_token: str | None = None


def finish(session: Session, arrival: Profile | Failure, *, now: datetime) -> Login:
    """Place the person who arrives, or remember why not; only the outcome of a refusal is kept."""
    if isinstance(arrival, Failure):
        return _attempt(session, arrival.outcome, None, now=now)
    judged = _judge(session, arrival, now=now)
    if isinstance(judged, Outcome):
        return _attempt(session, judged, arrival.school_name, now=now)
    account, is_new = place(session, arrival, judged, now=now)
    outcome = Outcome.FIRST_LOGIN if is_new else Outcome.OK
    attempt = _attempt(session, outcome, arrival.school_name, now=now)
    token = browser_sessions.open_for(session, account_id=account.id, now=now)
    return Login(outcome, attempt.reference, token)


def _judge(session: Session, profile: Profile, *, now: datetime) -> Email | Outcome:
    """Return the email to place the person by, or the first thing that is wrong."""
    codes = profile.school_unit_codes
    judged = register.standings(session, codes).values()
    if not any(standing.is_usable for standing in judged):
        is_missing = all(standing is Standing.MISSING for standing in judged)
        return Outcome.SCHOOL_CODE_MISSING if is_missing else Outcome.SCHOOL_CODE_UNKNOWN
    if not (profile.email or "").strip():
        return Outcome.EMAIL_MISSING
    try:
        email = Email.parse(profile.email or "")
    except InvalidEmailError:
        return Outcome.EMAIL_MALFORMED
    today = swedish_date(now)
    if not any(end is None or end >= today for end in profile.license_end_dates):
        return Outcome.LICENSE_MISSING
    return email


def _attempt(
    session: Session, outcome: Outcome, school_name: str | None, *, now: datetime
) -> Login:
    reference = "".join(secrets.choice(_REFERENCE_LETTERS) for _ in range(8))
    session.add(
        LoginAttempt(
            reference=reference, outcome=outcome, school_name=school_name, attempted_at=now
        )
    )
    return Login(outcome, reference)
