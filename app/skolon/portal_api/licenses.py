"""Licenses as JSON: the list, one, making, handing on, assigning and withdrawing."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from app.clock import swedish_date
from app.dependencies import Clock, Database
from app.skolon import licenses
from app.skolon.licenses import Bundle, LicenseRow, Target, Wanted
from app.skolon.models import User
from app.skolon.portal_api.access import A_PAGE, PortalToken, administrator_with
from app.skolon.schemas import Text
from app.skolon.schemas.portal import OwnSchool
from app.skolon.schemas.portal_licenses import (
    Assigned,
    AssignIn,
    DistributeIn,
    GroupShown,
    LicenseShown,
    LicensesPage,
    MadeLicenses,
    NewLicense,
    OrganizationLicenses,
    OrganizationLicenseShown,
    PeoplePage,
    Person,
    ToolCount,
)
from app.skolon.schemas.provenance import assumed

router = APIRouter()

Search = Annotated[Text, Query(description="part of a name", json_schema_extra=assumed())]
After = Annotated[Text, Query(description="`next` of the page before", json_schema_extra=assumed())]
Limit = Annotated[int, Query(ge=1, le=200, json_schema_extra=assumed())]


@router.get("/licenses", name="skolon:list_portal_licenses", openapi_extra=A_PAGE)
def list_licenses(
    token: PortalToken,
    database: Database,
    clock: Clock,
    search: Search = "",
    client_id: Annotated[Text, Query(json_schema_extra=assumed())] = "",
    after: After = "",
    limit: Limit = 50,
) -> LicensesPage:
    """List the licenses at the administrator's schools, by tool and school."""
    with database.read() as session:
        found = licenses.in_portal(
            session,
            administrator_with(session, token, clock),
            Wanted(search, client_id, after, limit),
            swedish_date(clock()),
        )
        return LicensesPage(
            licenses=[_shown(row) for row in found.rows],
            tools=[
                ToolCount(
                    client_id=count.tool.client_id,
                    tool=count.tool.name,
                    total=count.total,
                    available=count.available,
                )
                for count in found.counts
            ],
            next=found.next,
        )


@router.post("/licenses", name="skolon:make_portal_licenses", status_code=201, openapi_extra=A_PAGE)
def make_licenses(
    asked: NewLicense, token: PortalToken, database: Database, clock: Clock
) -> MadeLicenses:
    """Make licenses by hand; nobody has them until they are assigned."""
    with database.write() as session:
        administrator = administrator_with(session, token, clock)
        made = licenses.make(session, administrator, asked, now=clock())
        return MadeLicenses(
            licenses=[one.public_id for one in made.licenses],
            organization_license_id=made.whole.id if made.whole else None,
        )


@router.get("/licenses/{license_id}", name="skolon:read_portal_license", openapi_extra=A_PAGE)
def read_license(
    license_id: Text, token: PortalToken, database: Database, clock: Clock
) -> LicenseShown:
    """Say what a license is, and who has it."""
    with database.read() as session:
        return _one(session, token, clock, license_id)


@router.get(
    "/licenses/{license_id}/people", name="skolon:list_people_of_license", openapi_extra=A_PAGE
)
def list_people(
    license_id: Text,
    token: PortalToken,
    database: Database,
    clock: Clock,
    after: After = "",
    limit: Limit = 50,
) -> PeoplePage:
    """List those who have a seat of the license, by name."""
    with database.read() as session:
        administrator = administrator_with(session, token, clock)
        row = licenses.one(session, administrator, license_id, swedish_date(clock()))
        people, more = licenses.covered(session, row.license, after, limit)
        return PeoplePage(people=[_person(user) for user in people], next=more)


@router.post(
    "/licenses/{license_id}/assign", name="skolon:assign_portal_license", openapi_extra=A_PAGE
)
def assign(
    license_id: Text, to: AssignIn, token: PortalToken, database: Database, clock: Clock
) -> Assigned:
    """Assign a license; of single ones, as many as there are people."""
    with database.write() as session:
        administrator = administrator_with(session, token, clock)
        target = Target(to.users, to.group, to.doubles)
        given = licenses.assign(session, administrator, license_id, target, now=clock())
        return Assigned(
            licenses=[one.public_id for one in given],
            covered=licenses.count_covered(session, given),
        )


@router.post(
    "/licenses/{license_id}/withdraw", name="skolon:withdraw_portal_license", openapi_extra=A_PAGE
)
def withdraw(
    license_id: Text, token: PortalToken, database: Database, clock: Clock
) -> LicenseShown:
    """Take a license back from its school, its group or its holder."""
    with database.write() as session:
        administrator = administrator_with(session, token, clock)
        licenses.withdraw(session, administrator, license_id, now=clock())
        return _one(session, token, clock, license_id)


@router.get(
    "/organization-licenses", name="skolon:list_organization_licenses", openapi_extra=A_PAGE
)
def list_organization_licenses(
    token: PortalToken, database: Database, clock: Clock
) -> OrganizationLicenses:
    """List the organization's licenses, and which schools have their part."""
    with database.read() as session:
        administrator = administrator_with(session, token, clock)
        return OrganizationLicenses(
            organization_licenses=[_bundle(one) for one in licenses.bundles(session, administrator)]
        )


@router.post(
    "/organization-licenses/{license_id}/distribute",
    name="skolon:distribute_license",
    openapi_extra=A_PAGE,
)
def distribute(
    license_id: UUID, to: DistributeIn, token: PortalToken, database: Database, clock: Clock
) -> OrganizationLicenseShown:
    """Hand an organization's license on to schools, where it is assigned in a second step."""
    with database.write() as session:
        administrator = administrator_with(session, token, clock)
        licenses.distribute(session, administrator, license_id, to.schools, now=clock())
        return _bundle(licenses.bundle(session, administrator, license_id))


def _one(session: Session, token: str, clock: Clock, license_id: str) -> LicenseShown:
    administrator = administrator_with(session, token, clock)
    return _shown(licenses.one(session, administrator, license_id, swedish_date(clock())))


def _shown(row: LicenseRow) -> LicenseShown:
    license_, group = row.license, row.group
    return LicenseShown(
        id=license_.public_id,
        client_id=row.tool.client_id,
        tool=row.tool.name,
        type=license_.type,
        audience=license_.audience,
        school=OwnSchool(id=row.school.public_id, name=row.school.name),
        group=GroupShown(id=group.public_id, name=group.name) if group else None,
        student_seats=license_.student_seats,
        teacher_seats=license_.teacher_seats,
        is_demo=license_.is_demo,
        starts_on=license_.starts_on,
        ends_on=license_.ends_on,
        state=row.state,
        holder=_person(row.holder) if row.holder else None,
        covered=row.covered,
        organization_license_id=license_.bundle_id,
    )


def _bundle(bundle: Bundle) -> OrganizationLicenseShown:
    return OrganizationLicenseShown(
        id=bundle.license.id,
        client_id=bundle.tool.client_id,
        tool=bundle.tool.name,
        audience=bundle.license.audience,
        is_demo=bundle.license.is_demo,
        starts_on=bundle.license.starts_on,
        ends_on=bundle.license.ends_on,
        schools=[OwnSchool(id=school.public_id, name=school.name) for school in bundle.schools],
    )


def _person(user: User) -> Person:
    return Person(id=user.public_id, name=f"{user.first_name} {user.last_name}", role=user.role)
