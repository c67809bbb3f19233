"""What the partner knows of somebody who arrives, in two statements: the codes, and the rest."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, exists, func, literal, select
from sqlalchemy.orm import Session, aliased

from app import tracing
from app.partner import register
from app.partner.arrivals import Profile
from app.partner.domain.errors import InvalidEmailError
from app.partner.domain.identity import Email, folded
from app.partner.domain.licensing import RequestStatus, Standing
from app.partner.domain.placement import Outcome, refusal_of
from app.partner.models import (
    Identity,
    License,
    LicenseRequest,
    Organization,
    School,
    SchoolCode,
)


class OvertakenError(Exception):
    """What was recognized no longer holds: another transaction was first. Begin again."""


@dataclass(frozen=True, slots=True)
class Recognized:
    """The rows that this person, their school and its organization have already, if any."""

    standings: dict[str, Standing]
    account_id: UUID | None
    identity_id: UUID | None
    # As Skolon told the name last.
    first_name: str | None
    last_name: str | None
    school_id: UUID | None
    school_name: str | None
    organization_id: UUID | None
    # A unit that was listed by its name before Skolon's id of it was known.
    named_school_id: UUID | None
    open_codes: str | None
    has_asked: bool
    is_confirmed: bool
    has_begun: bool
    begins_on: date | None


def _select_known() -> Select[tuple[object, ...]]:
    by_number = (
        select(Organization.id)
        .where(Organization.organization_number == bindparam("number"))
        .scalar_subquery()
    )
    organization_id = func.coalesce(School.organization_id, by_number)
    listed = aliased(School)
    of_organization = LicenseRequest.organization_id == organization_id
    of_school = License.school_id == School.id
    arrival = select(literal(1).label("one")).subquery("arrival")
    return (
        select(
            Identity.account_id,
            Identity.id.label("identity_id"),
            Identity.first_name,
            Identity.last_name,
            School.id.label("school_id"),
            School.name.label("school_name"),
            organization_id.label("organization_id"),
            select(listed.id)
            .where(
                listed.organization_id == by_number,
                listed.folded_name == bindparam("folded_name"),
                listed.skolon_id.is_(None),
            )
            .scalar_subquery()
            .label("named_school_id"),
            select(func.aggregate_strings(SchoolCode.digits, ","))
            .where(
                SchoolCode.school_id == School.id,
                SchoolCode.kind == Standing.OFFICIAL,
                SchoolCode.ended_on.is_(None),
            )
            .scalar_subquery()
            .label("open_codes"),
            exists().where(of_organization).label("has_asked"),
            exists()
            .where(
                of_organization,
                LicenseRequest.status.in_((RequestStatus.CONFIRMED, RequestStatus.ACTIVATED)),
            )
            .label("is_confirmed"),
            exists().where(of_school, License.starts_on <= bindparam("today")).label("has_begun"),
            select(func.min(License.starts_on))
            .where(of_school)
            .scalar_subquery()
            .label("begins_on"),
        )
        .select_from(arrival)
        .outerjoin(
            Identity,
            and_(Identity.issuer == bindparam("issuer"), Identity.subject == bindparam("subject")),
        )
        .outerjoin(School, School.skolon_id == bindparam("skolon_id"))
    )


# Built once: it takes four times as long to build it, and to find it in SQLAlchemy's cache, as
# SQLite takes to answer it.
_KNOWN = _select_known()


def recognize(session: Session, profile: Profile, *, today: date) -> Recognized:
    """Look up the person by Skolon's id, never by email, and the school by its."""
    standings = register.standings(session, profile.school_unit_codes)
    row = session.execute(
        _KNOWN,
        {
            "number": profile.organization_number or profile.school_id,
            "folded_name": folded(profile.school_name),
            "today": today,
            "issuer": profile.issuer,
            "subject": profile.subject,
            "skolon_id": profile.school_id,
        },
    ).one()
    usable = {code: standing for code, standing in standings.items() if code is not None}
    return Recognized(usable, **row._mapping)  # noqa: SLF001, the documented way to a row's names


def judge(profile: Profile, known: Recognized, *, today: date) -> Email | Outcome:
    """Return the email to place the person by, or the first thing that is wrong."""
    if not (profile.email or "").strip():
        email: Email | Outcome = Outcome.EMAIL_MISSING
    else:
        try:
            email = Email.parse(profile.email or "")
        except InvalidEmailError:
            email = Outcome.EMAIL_MALFORMED
    refusal = refusal_of(known.standings.values())
    counted = Counter(standing.value for standing in known.standings.values())
    tracing.note("partner", "codes.judged", rule="R5", outcome=refusal or "usable", **counted)
    wrong_email = email if isinstance(email, Outcome) else None
    tracing.note("partner", "email.judged", rule="R12", outcome=wrong_email or "usable")
    if refusal is not None or isinstance(email, Outcome):
        return refusal or email
    refusal = _refusal_of_license(profile, known, today)
    number = len(profile.license_end_dates)
    tracing.note(
        "partner", "license.judged", rule="R16", outcome=refusal or "usable", number=number
    )
    return refusal or email


def _refusal_of_license(profile: Profile, known: Recognized, today: date) -> Outcome | None:
    if not profile.license_end_dates:
        return Outcome.LICENSE_MISSING
    if all(end is not None and end < today for end in profile.license_end_dates):
        return Outcome.LICENSE_EXPIRED
    if known.begins_on is not None and not known.has_begun:
        return Outcome.LICENSE_NOT_STARTED
    # Who never asked may have bought in another way; who asked waits for the answer (R7).
    if known.has_asked and not known.is_confirmed:
        return Outcome.ORGANIZATION_NOT_CONFIRMED
    return None
