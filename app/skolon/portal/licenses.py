"""Licenses of the administrator's schools: the list, one of them, assigning and withdrawing."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response

from app import pages
from app.clock import swedish_date
from app.dependencies import Clock, Database
from app.skolon import licenses, logins
from app.skolon.browser import SessionToken, go
from app.skolon.domain.errors import DoubleAssignmentError
from app.skolon.domain.licenses import Doubles, LicenseState, LicenseType
from app.skolon.licenses import Target, Wanted
from app.skolon.portal.log_in import administering
from app.skolon.schemas import Text

router = APIRouter(prefix="/portal")


@router.get("/licenses", name="skolon:portal_licenses")
def list_licenses(
    request: Request,
    database: Database,
    clock: Clock,
    token: SessionToken,
    search: Annotated[Text, Query()] = "",
    tool: Annotated[Text, Query()] = "",
    after: Annotated[Text, Query()] = "",
) -> Response:
    with administering(request, database, token, clock) as (session, administrator):
        today = swedish_date(clock())
        wanted = Wanted(search, tool, after)
        found = licenses.in_portal(session, administrator, wanted, today)
        return pages.page(
            request,
            "skolon/licenses.html",
            administrator=administrator,
            found=found,
            stacks=licenses.stacked(found.rows),
            wanted=wanted,
            bundles=[] if after else licenses.bundles(session, administrator),
            today=today,
        )


@router.get("/licenses/{license_id}", name="skolon:portal_license")
def show_license(
    license_id: Text,
    request: Request,
    database: Database,
    clock: Clock,
    token: SessionToken,
    search: Annotated[Text, Query()] = "",
    after: Annotated[Text, Query()] = "",
) -> Response:
    """Show whom a license covers, or whom it can be given to."""
    with administering(request, database, token, clock) as (session, administrator):
        today = swedish_date(clock())
        row = licenses.one(session, administrator, license_id, today)
        is_free = row.state is LicenseState.AVAILABLE
        is_single = row.license.type is LicenseType.SINGLE
        if is_free and is_single:
            people, more = licenses.people_at(session, row.license, search, after)
        else:
            people, more = licenses.covered(session, row.license, after)
        return pages.page(
            request,
            "skolon/license.html",
            administrator=administrator,
            row=row,
            free=licenses.free_like(session, row.license, today) if is_free and is_single else 0,
            people=people,
            more=more,
            have_one=licenses.have_one(session, row.license, people, today) if is_free else set(),
            groups=licenses.groups_at(session, row.school.id)
            if is_free and row.license.type in (LicenseType.SINGLE, LicenseType.GROUP)
            else [],
            search=search,
        )


@router.post("/licenses/{license_id}/assign", name="skolon:assign_license")
def assign(
    license_id: Text,
    request: Request,
    database: Database,
    clock: Clock,
    token: SessionToken,
    user: Annotated[list[Text] | None, Form()] = None,
    group: Annotated[Text, Form()] = "",
    doubles: Annotated[Doubles, Form()] = Doubles.WARN,
) -> Response:
    """Assign a license to whom it is for (R16); people who have one already need a second word."""
    users = user or []
    try:
        with database.write() as session:
            administrator = logins.portal_user(session, token, now=clock())
            licenses.assign(
                session,
                administrator,
                license_id,
                Target(users, group or None, doubles),
                now=clock(),
            )
    except DoubleAssignmentError as double:
        with database.read() as session:
            administrator = logins.portal_user(session, token, now=clock())
            return pages.page(
                request,
                "skolon/double_assignment.html",
                administrator=administrator,
                row=licenses.one(session, administrator, license_id, swedish_date(clock())),
                people=double.people,
                users=users,
                group=group,
            )
    return go(request, "/portal/licenses")


@router.post("/licenses/{license_id}/withdraw", name="skolon:withdraw_license")
def withdraw(
    license_id: Text, request: Request, database: Database, clock: Clock, token: SessionToken
) -> Response:
    with database.write() as session:
        administrator = logins.portal_user(session, token, now=clock())
        licenses.withdraw(session, administrator, license_id, now=clock())
    return go(request, "/portal/licenses")
