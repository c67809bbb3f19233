"""Licenses that an organization's administrator makes by hand, and hands on to schools."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response
from sqlalchemy import select

from app import pages
from app.clock import swedish_date
from app.dependencies import Clock, Database
from app.skolon import license_requests, licenses, logins
from app.skolon.browser import SessionToken, go, read_form
from app.skolon.domain.licenses import Audience, LicenseType
from app.skolon.models import School
from app.skolon.portal.dates import day_of
from app.skolon.portal.log_in import administering
from app.skolon.schemas import Text
from app.skolon.schemas.portal_licenses import NewLicense

router = APIRouter(prefix="/portal")


@router.get("/new-license", name="skolon:new_license")
def new_license(
    request: Request,
    database: Database,
    clock: Clock,
    token: SessionToken,
    tool_search: Annotated[Text, Query()] = "",
) -> Response:
    with administering(request, database, token, clock) as (session, administrator):
        licenses.organization_administrator(administrator)
        tools, has_more = license_requests.providers(session, tool_search)
        return pages.page(
            request,
            "skolon/new_license.html",
            administrator=administrator,
            tools=tools,
            has_more=has_more,
            tool_search=tool_search,
            schools=session.scalars(
                select(School).where(administrator.own_schools()).order_by(School.name)
            ).all(),
            types=LicenseType,
            audiences=Audience,
            today=swedish_date(clock()),
        )


@router.post("/new-license", name="skolon:make_license")
def make_license(
    request: Request,
    database: Database,
    clock: Clock,
    token: SessionToken,
    client_id: Annotated[Text, Form()],
    type: Annotated[LicenseType, Form()],  # noqa: A002, what the form calls it
    audience: Annotated[Audience, Form()] = Audience.ALL,
    school: Annotated[Text, Form()] = "",
    group: Annotated[Text, Form()] = "",
    number: Annotated[Text, Form()] = "",
    student_seats: Annotated[Text, Form()] = "",
    teacher_seats: Annotated[Text, Form()] = "",
    starts_on: Annotated[Text, Form()] = "",
    ends_on: Annotated[Text, Form()] = "",
    is_demo: Annotated[bool, Form()] = False,
) -> Response:
    """Make licenses by hand: in reality a store delivers them."""
    asked = read_form(
        NewLicense,
        {
            "client_id": client_id,
            "type": type,
            "audience": audience,
            "school": school,
            "group": group,
            "number": number,
            "student_seats": student_seats,
            "teacher_seats": teacher_seats,
            "starts_on": day_of(starts_on) if starts_on else "",
            "ends_on": day_of(ends_on) if ends_on else "",
            "is_demo": is_demo,
        },
    )
    with database.write() as session:
        administrator = logins.portal_user(session, token, now=clock())
        made = licenses.make(session, administrator, asked, now=clock())
        if made.whole is not None:
            return go(request, f"/portal/organization-licenses/{made.whole.id}")
        return go(request, f"/portal/licenses/{made.licenses[0].public_id}")


@router.get("/organization-licenses/{license_id}", name="skolon:organization_license")
def show_organization_license(
    license_id: UUID, request: Request, database: Database, clock: Clock, token: SessionToken
) -> Response:
    with administering(request, database, token, clock) as (session, administrator):
        bundle = licenses.bundle(session, administrator, license_id)
        return pages.page(
            request,
            "skolon/organization_license.html",
            administrator=administrator,
            bundle=bundle,
            schools=session.scalars(
                select(School).where(administrator.own_schools()).order_by(School.name)
            ).all(),
            have={school.id for school in bundle.schools},
            today=swedish_date(clock()),
        )


@router.post(
    "/organization-licenses/{license_id}/distribute", name="skolon:distribute_organization_license"
)
def distribute(
    license_id: UUID,
    request: Request,
    database: Database,
    clock: Clock,
    token: SessionToken,
    scope: Annotated[Text, Form()] = "chosen",
    school: Annotated[list[Text] | None, Form()] = None,
) -> Response:
    """Hand the license on to schools, where it is assigned in a second step."""
    with database.write() as session:
        administrator = logins.portal_user(session, token, now=clock())
        chosen = None if scope == "all" else school or []
        licenses.distribute(session, administrator, license_id, chosen, now=clock())
    return go(request, f"/portal/organization-licenses/{license_id}")
