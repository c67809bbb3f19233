"""Adding, renaming and deleting schools, and their school unit codes."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.skolon import changes, coverage, removals
from app.skolon.domain.errors import NamedTwiceError, SoAlreadyError, UnknownCodeError
from app.skolon.logins import PortalUser
from app.skolon.models import (
    Group,
    License,
    LicensePool,
    Organization,
    School,
    SchoolMembership,
    SchoolUnitCode,
    User,
)
from app.skolon.roster_edits.places import (
    Done,
    leave_schools,
    only_organization,
    perform,
    school_of,
)
from app.skolon.schemas.rosters import (
    AddCode,
    AddSchool,
    DeleteSchool,
    RemoveCode,
    RenameSchool,
    ReplaceCode,
)


@perform.register
def add_code(edit: AddCode, session: Session, administrator: PortalUser, now: datetime) -> Done:
    school = school_of(session, administrator, edit.school)
    if edit.code in _codes(session, school):
        raise SoAlreadyError
    session.add(SchoolUnitCode(school_id=school.id, code=edit.code, added_at=now))
    return _marked(session, school, now)


@perform.register
def remove_code(
    edit: RemoveCode, session: Session, administrator: PortalUser, now: datetime
) -> Done:
    school = school_of(session, administrator, edit.school)
    if edit.code not in _codes(session, school):
        raise UnknownCodeError
    session.execute(
        delete(SchoolUnitCode).where(
            SchoolUnitCode.school_id == school.id, SchoolUnitCode.code == edit.code
        )
    )
    return _marked(session, school, now)


@perform.register
def replace_code(
    edit: ReplaceCode, session: Session, administrator: PortalUser, now: datetime
) -> Done:
    school = school_of(session, administrator, edit.school)
    codes = _codes(session, school)
    if edit.code not in codes:
        raise UnknownCodeError
    if edit.new_code in codes:
        raise SoAlreadyError
    # It keeps its place among the school's codes.
    session.execute(
        update(SchoolUnitCode)
        .where(SchoolUnitCode.school_id == school.id, SchoolUnitCode.code == edit.code)
        .values(code=edit.new_code)
        .execution_options(synchronize_session=False)
    )
    return _marked(session, school, now)


@perform.register
def add_school(edit: AddSchool, session: Session, administrator: PortalUser, now: datetime) -> Done:
    only_organization(administrator)
    if len({*edit.codes}) != len(edit.codes):
        raise NamedTwiceError
    school = School(
        organization_id=administrator.organization.id,
        name=edit.name,
        kind=edit.unit,
        change_number=0,
    )
    session.add(school)
    session.flush()
    session.add_all(
        SchoolUnitCode(school_id=school.id, code=code, added_at=now) for code in edit.codes
    )
    return _marked(session, school, now)


@perform.register
def rename_school(
    edit: RenameSchool, session: Session, administrator: PortalUser, now: datetime
) -> Done:
    only_organization(administrator)
    school = school_of(session, administrator, edit.school)
    if school.name == edit.name:
        raise SoAlreadyError
    school.name = edit.name
    return _marked(session, school, now)


@perform.register
def delete_school(
    edit: DeleteSchool, session: Session, administrator: PortalUser, now: datetime
) -> Done:
    only_organization(administrator)
    school = school_of(session, administrator, edit.school)
    at_school = select(Group.id).where(Group.school_id == school.id, Group.deleted_at.is_(None))
    told = removals.remove_groups(session, session.scalars(at_school).all(), now=now)
    members = select(SchoolMembership.user_id).where(SchoolMembership.school_id == school.id)
    user_ids = session.scalars(members).all()
    leave_schools(session, user_ids, [school.id], now=now)
    for table in (License, LicensePool):
        is_there = table.deleted_at.is_(None)
        of_school = License.owner_school_id if table is License else LicensePool.school_id
        session.execute(
            update(table)
            .where(of_school == school.id, is_there)
            .values(deleted_at=now)
            .execution_options(synchronize_session=False)
        )
    school.deleted_at = now
    coverage.settle(session, License.owner_school_id == school.id, now=now)
    changes.mark(session, School, School.id == school.id, now=now)
    changes.mark(session, Organization, Organization.id == school.organization_id, now=now)
    changes.mark(session, User, User.id.in_(user_ids), now=now)
    return Done(school.public_id, told)


def _codes(session: Session, school: School) -> Sequence[str]:
    return session.scalars(
        select(SchoolUnitCode.code).where(SchoolUnitCode.school_id == school.id)
    ).all()


def _marked(session: Session, school: School, now: datetime) -> Done:
    session.flush()
    changes.mark(session, School, School.id == school.id, now=now)
    return Done(school.public_id)
