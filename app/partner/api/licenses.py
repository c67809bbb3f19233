"""Licenses: the question that internal tools ask all day, and the list."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.clock import swedish_date
from app.dependencies import Clock, Database
from app.errors import InvalidError
from app.partner import licenses
from app.partner.api.answers import as_csv, kept, wants_csv
from app.partner.api.keys import Cursor, Key, Limit, authorize
from app.partner.api_keys import Scope
from app.partner.domain.identity import SchoolUnitCode
from app.partner.schemas import (
    LicensePage,
    LicenseStatusOut,
    OrganizationNumber,
    OrganizationStatusOut,
)

router = APIRouter(prefix="/api/v1/licenses", tags=["licenses"])

CSV_COLUMNS = ("organization_number", "school", "status", "starts_on", "ends_on", "seats")

Day = Annotated[date | None, Query(description="the day asked about; today if absent")]


class OneQuestionError(InvalidError):
    """Ask by school_unit_code or by organization_number, one of them."""

    code = "one_question"


@router.get(
    "/status",
    name="partner:license_status",
    response_model=LicenseStatusOut | OrganizationStatusOut,
)
def read_license_status(
    request: Request,
    key: Key,
    database: Database,
    clock: Clock,
    school_unit_code: Annotated[str | None, Query(examples=["10000001"], max_length=32)] = None,
    organization_number: Annotated[OrganizationNumber | None, Query()] = None,
    on: Day = None,
) -> Response:
    """Say whether a school, or each school of an organization, has a license on a day."""
    if (school_unit_code is None) == (organization_number is None):
        raise OneQuestionError
    code = SchoolUnitCode.parse(school_unit_code) if school_unit_code is not None else None
    with database.read() as session:
        authorize(session, key, Scope.LICENSES_READ)
        day = on or swedish_date(clock())
        if code is not None:
            return kept(request, licenses.status_of_code(session, code, day=day))
        number = organization_number or ""
        return kept(request, licenses.status_of_organization(session, number, day=day))


@router.get("", name="partner:list_licenses", response_model=LicensePage)
def list_licenses(
    request: Request,
    key: Key,
    database: Database,
    clock: Clock,
    organization_number: Annotated[OrganizationNumber | None, Query()] = None,
    on: Day = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """List licenses in the order in which they begin; as CSV with `Accept: text/csv`."""
    with database.read() as session:
        authorize(session, key, Scope.LICENSES_READ)
        page = licenses.page(
            session,
            number=organization_number,
            day=on or swedish_date(clock()),
            limit=limit,
            cursor=cursor,
        )
    if wants_csv(request):
        return as_csv(page.licenses, CSV_COLUMNS, page.next_cursor)
    return kept(request, page)
