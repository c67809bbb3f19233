"""The placement of a person: school, class, account and place, each found or added once."""

from datetime import datetime
from functools import partial
from uuid import uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.clock import swedish_date
from app.database import find_or_add
from app.partner import register, schools
from app.partner.arrivals import ClassGroup, Profile
from app.partner.domain.identity import Email, SchoolUnitCode, folded
from app.partner.domain.licensing import Standing
from app.partner.domain.placement import school_year
from app.partner.models import (
    Account,
    Identity,
    Organization,
    Placement,
    School,
    SchoolClass,
    SchoolCode,
)
from app.partner.schools import NamedUnit


def place(
    session: Session, profile: Profile, email: Email, *, now: datetime
) -> tuple[Account, bool]:
    """Find or add school, class, account and placement; say whether the account's login is new."""
    school = _school(session, profile)
    organization = session.get_one(Organization, school.organization_id)
    _keep_codes(session, school, profile, now=now)
    account, is_new = _account(session, organization, profile, email, now=now)
    # In one order for all, so that two logins never wait for each other.
    groups = sorted(profile.classes, key=lambda group: group.skolon_id)
    classes = [_school_class(session, school, group, now=now) for group in groups]
    for school_class in classes:
        find_or_add(
            session,
            select(Placement).where(
                Placement.account_id == account.id,
                Placement.school_class_id == school_class.id,
                Placement.ended_at.is_(None),
            ),
            partial(
                Placement,
                account_id=account.id,
                school_class_id=school_class.id,
                role=profile.role,
                placed_at=now,
            ),
        )
    _end_other_placements(session, account, school, classes, now=now)
    return account, is_new


def _school(session: Session, profile: Profile) -> School:
    """Return the school, with the name that Skolon gives it today."""
    known = session.scalar(select(School).where(School.skolon_id == profile.school_id))
    if known is None:
        # A school without an organization number stands for itself.
        number = profile.organization_number or profile.school_id
        organization = schools.find_or_add_organization(session, number, profile.school_name)
        unit = NamedUnit(profile.school_name, profile.school_id)
        (school_id,) = schools.find_or_add_schools(session, organization.id, [unit])
        known = session.get_one(School, school_id)
    if known.name != profile.school_name:
        known.name, known.folded_name = profile.school_name, folded(profile.school_name)
    return known


def _keep_codes(session: Session, school: School, profile: Profile, *, now: datetime) -> None:
    """Make the open codes of the school those that Skolon shows today; ended ones stay dated."""
    today = swedish_date(now)
    shown = {
        SchoolUnitCode.parse(code).digits
        for code, standing in register.standings(session, profile.school_unit_codes).items()
        # Fictive codes are the partner's own: Skolon is told of them, it does not tell them.
        if code is not None and standing in (Standing.OFFICIAL, Standing.PLANNED)
    }
    open_codes = set(
        session.scalars(
            select(SchoolCode.digits).where(
                SchoolCode.school_id == school.id,
                SchoolCode.kind == Standing.OFFICIAL,
                SchoolCode.ended_on.is_(None),
            )
        )
    )
    for digits in sorted(shown - open_codes):
        find_or_add(
            session,
            select(SchoolCode).where(
                SchoolCode.school_id == school.id,
                SchoolCode.digits == digits,
                SchoolCode.ended_on.is_(None),
            ),
            partial(
                SchoolCode,
                school_id=school.id,
                digits=digits,
                kind=Standing.OFFICIAL,
                started_on=today,
            ),
        )
    if gone := open_codes - shown:
        session.execute(
            update(SchoolCode)
            .where(SchoolCode.school_id == school.id, SchoolCode.digits.in_(gone))
            .values(ended_on=today)
        )


def _account(
    session: Session, organization: Organization, profile: Profile, email: Email, *, now: datetime
) -> tuple[Account, bool]:
    of_identity = (
        select(Account)
        .join(Identity, Identity.account_id == Account.id)
        .where(Identity.issuer == profile.issuer, Identity.subject == profile.subject)
    )
    account = session.scalars(of_identity).one_or_none()
    is_new = account is None
    if account is None:
        # The first match is by email, inside the organization (R14); from then on by identity.
        matched = find_or_add(
            session,
            select(Account).where(
                Account.organization_id == organization.id, Account.email_key == email.key
            ),
            partial(
                Account,
                id=uuid4(),
                organization_id=organization.id,
                email=email.address,
                email_key=email.key,
                first_name=profile.first_name,
                last_name=profile.last_name,
                created_at=now,
                last_used_at=now,
            ),
        )
        identity = find_or_add(
            session,
            select(Identity).where(
                Identity.issuer == profile.issuer, Identity.subject == profile.subject
            ),
            partial(
                Identity,
                account_id=matched.id,
                issuer=profile.issuer,
                subject=profile.subject,
                first_name=profile.first_name,
                last_name=profile.last_name,
            ),
        )
        account = session.get_one(Account, identity.account_id)
    else:
        # A kept account keeps its name at the first login; later ones bring it up to date.
        account.first_name, account.last_name = profile.first_name, profile.last_name
    account.last_used_at = now
    return account, is_new


def _school_class(
    session: Session, school: School, group: ClassGroup, *, now: datetime
) -> SchoolClass:
    year = school_year(swedish_date(now))
    school_class = find_or_add(
        session,
        select(SchoolClass).where(
            SchoolClass.skolon_id == group.skolon_id, SchoolClass.school_year == year
        ),
        partial(
            SchoolClass,
            school_id=school.id,
            skolon_id=group.skolon_id,
            school_year=year,
            name=group.name,
        ),
    )
    school_class.name = group.name
    return school_class


def _end_other_placements(
    session: Session,
    account: Account,
    school: School,
    classes: list[SchoolClass],
    *,
    now: datetime,
) -> None:
    session.execute(
        update(Placement)
        .where(
            Placement.account_id == account.id,
            Placement.ended_at.is_(None),
            Placement.school_class_id.in_(
                select(SchoolClass.id).where(SchoolClass.school_id == school.id)
            ),
            Placement.school_class_id.not_in([school_class.id for school_class in classes]),
        )
        .values(ended_at=now)
    )
