"""How logins ended and what support does about it: by reference, or the newest of all."""

from datetime import datetime

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from app.errors import NotFoundError
from app.partner import cursors
from app.partner.domain.code_cases import CaseStatus
from app.partner.domain.identity import folded
from app.partner.domain.placement import Outcome
from app.partner.models import CodeCase, LoginAttempt, Organization, School
from app.partner.schemas import (
    LoginOut,
    LoginPage,
    LoginRow,
    OpenCaseOut,
    OrganizationOut,
    WordingOut,
)
from app.partner.support_wording import SUPPORT_STEPS
from app.partner.wording import REFUSED_LOGINS


class UnknownReferenceError(NotFoundError):
    """No login of the last months has this reference."""

    code = "unknown_reference"


def read(session: Session, reference: str, *, cases_at: str) -> LoginOut:
    """Return how a login ended, by its reference as people write it; cases are at that address."""
    plain = "".join(reference.upper().replace("-", " ").split())
    # What is no letter or digit is in no reference; PostgreSQL would not even compare with a NUL.
    if not (plain.isascii() and plain.isalnum()):
        raise UnknownReferenceError
    attempt = session.scalar(select(LoginAttempt).where(LoginAttempt.reference == plain))
    if attempt is None:
        raise UnknownReferenceError
    row = _row(attempt)
    heading, advice = REFUSED_LOGINS.get(row.outcome, (None, None))
    return LoginOut(
        **row.model_dump(),
        heading=WordingOut.of(heading) if heading else None,
        advice=WordingOut.of(advice) if advice else None,
        next_step=WordingOut.of(SUPPORT_STEPS[row.outcome]),
        code_cases=[] if row.is_success else _open_cases(session, row.school, cases_at),
    )


def page(
    session: Session,
    *,
    outcome: Outcome | None,
    since: datetime,
    limit: int,
    cursor: str | None,
) -> LoginPage:
    """List logins, newest first, and count how all since then ended."""
    query = select(LoginAttempt).where(LoginAttempt.attempted_at >= since)
    if outcome:
        query = query.where(LoginAttempt.outcome == outcome)
    if cursor:
        attempted_at, row_id = cursors.keys_of(cursor, 2)
        query = query.where(
            tuple_(LoginAttempt.attempted_at, LoginAttempt.id)
            < (cursors.instant(attempted_at), cursors.row_id(row_id))
        )
    newest_first = query.order_by(LoginAttempt.attempted_at.desc(), LoginAttempt.id.desc())
    rows = session.scalars(newest_first.limit(limit + 1)).all()
    shown = rows[:limit]
    counts = session.execute(
        select(LoginAttempt.outcome, func.count())
        .where(LoginAttempt.attempted_at >= since)
        .group_by(LoginAttempt.outcome)
        .order_by(LoginAttempt.outcome)
    )
    return LoginPage(
        since=since,
        counts={Outcome(ended): count for ended, count in counts},
        logins=[_row(attempt) for attempt in shown],
        next_cursor=(
            cursors.cursor_of(shown[-1].attempted_at, shown[-1].id) if len(rows) > limit else None
        ),
    )


def _row(attempt: LoginAttempt) -> LoginRow:
    outcome = Outcome(attempt.outcome)
    return LoginRow(
        reference=attempt.reference,
        outcome=outcome,
        is_success=outcome.is_success,
        attempted_at=attempt.attempted_at,
        school=attempt.school_name,
    )


def _open_cases(session: Session, school: str | None, cases_at: str) -> list[OpenCaseOut]:
    # By name, all that is kept of a refused login: of schools that share it, all are shown.
    rows = session.execute(
        select(CodeCase.id, CodeCase.due_on, Organization.organization_number, Organization.name)
        .join(School, School.id == CodeCase.school_id)
        .join(Organization, Organization.id == School.organization_id)
        .where(School.folded_name == folded(school or ""), CodeCase.status == CaseStatus.OPEN)
        .order_by(CodeCase.due_on, CodeCase.id)
        .limit(20)
    )
    return [
        OpenCaseOut(
            id=row.id,
            organization=OrganizationOut(
                organization_number=row.organization_number, name=row.name
            ),
            due_on=row.due_on,
            url=f"{cases_at}/{row.id}",
        )
        for row in rows
    ]
