"""Licenses: the question that internal tools ask all day, and the list."""

import re
from collections.abc import Callable, Coroutine
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from fastapi.routing import APIRoute

from app.clock import swedish_date
from app.dependencies import Clock, Database
from app.errors import InvalidError
from app.partner import licenses
from app.partner.api.answers import as_csv, kept, wants_csv
from app.partner.api.keys import Cursor, Key, Limit, authorize, unauthorized_without
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

_PLAIN = re.compile(rb"school_unit_code=([0-9]{8})")
_BEARER = re.compile(r"[Bb]earer ([\x21-\x7e]+)")

Day = Annotated[date | None, Query(description="the day asked about; today if absent")]


class OneQuestionError(InvalidError):
    """Ask by school_unit_code or by organization_number, one of them."""

    code = "one_question"


def answer_status(
    request: Request, key: str, code: SchoolUnitCode | None, number: str, day: date | None
) -> Response:
    """Say it of the school with this code, or of each school of the organization."""
    state = request.state
    day = day or swedish_date(state.clock())
    with state.database.look() as connection:
        if code is not None:
            with unauthorized_without():
                return kept(request, licenses.status_of_code(connection, code, key, day=day))
        authorize(connection, key, Scope.LICENSES_READ)
        return kept(request, licenses.status_of_organization(connection, number, day=day))


class PlainQuestion(APIRoute):
    """Takes a short way with the question in the form in which it is asked most.

    That is a key, one school unit code and nothing else. All else goes the general way, which
    knows what may be asked and how to refuse what may not.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        ask = super().get_route_handler()

        async def ask_plainly(request: Request) -> Response:
            code = _PLAIN.fullmatch(request.scope["query_string"])
            key = _BEARER.fullmatch(request.headers.get("authorization", ""))
            if code is None or key is None:
                return await ask(request)
            school = SchoolUnitCode.parse(code[1].decode())
            return await run_in_threadpool(answer_status, request, key[1], school, "", None)

        return ask_plainly


def read_license_status(
    request: Request,
    key: Key,
    school_unit_code: Annotated[str | None, Query(examples=["10000001"], max_length=32)] = None,
    organization_number: Annotated[OrganizationNumber | None, Query()] = None,
    on: Day = None,
) -> Response:
    """Say whether a school, or each school of an organization, has a license on a day."""
    if (school_unit_code is None) == (organization_number is None):
        raise OneQuestionError
    code = SchoolUnitCode.parse(school_unit_code) if school_unit_code is not None else None
    return answer_status(request, key, code, organization_number or "", on)


router.add_api_route(
    "/status",
    read_license_status,
    name="partner:license_status",
    response_model=LicenseStatusOut | OrganizationStatusOut,
    route_class_override=PlainQuestion,
)


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
