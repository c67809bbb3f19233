"""Code cases: opened by an overview, listed by urgency, resolved by a code."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.exceptions import HTTPException, RequestValidationError
from pydantic import ValidationError

from app.clock import swedish_date
from app.dependencies import Clock, Database
from app.partner import case_views, code_cases, outbox, overviews
from app.partner.api.keys import Cursor, Key, Limit, authorize
from app.partner.api_keys import Scope
from app.partner.domain.code_cases import CaseStatus
from app.partner.domain.identity import SchoolUnitCode
from app.partner.outbox import Message
from app.partner.schemas import (
    CodeCaseOut,
    CodeCasePage,
    EmailText,
    OverviewIn,
    OverviewOut,
    ProposalOut,
    ResolutionIn,
)
from app.partner.telling import AtSkolon, Told, tell

router = APIRouter(prefix="/api/v1", tags=["code cases"])


async def overview_in_body(
    request: Request,
    organization_number: Annotated[str | None, Query(description="with CSV")] = None,
    organization_name: Annotated[str | None, Query(description="with CSV")] = None,
    all_or_nothing: Annotated[bool, Query(description="with CSV")] = True,
) -> OverviewIn:
    """Read the overview, JSON or CSV by its content type."""
    body = await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    overview: Mapping[str, Any]
    if kind == "text/csv":
        overview = {
            "organization": {"organization_number": organization_number, "name": organization_name},
            "units": overviews.rows_of_csv(body),
            "all_or_nothing": all_or_nothing,
        }
    elif kind == "application/json":
        try:
            overview = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise HTTPException(400, "The body is not JSON.") from error
    else:
        raise HTTPException(415, "Send application/json or text/csv.")
    try:
        return OverviewIn.model_validate(overview)
    except ValidationError as error:
        raise RequestValidationError(
            [{**detail, "loc": ("body", *detail["loc"])} for detail in error.errors()]
        ) from error


@router.post(
    "/units-without-code",
    name="partner:list_units_without_code",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": OverviewIn.model_json_schema()},
                "text/csv": {
                    "schema": {"type": "string"},
                    "example": "enhet;typ\nCentrala enheten;administrativ\n",
                },
            },
        }
    },
)
def receive_overview(
    key: Key,
    overview: Annotated[OverviewIn, Depends(overview_in_body)],
    database: Database,
    clock: Clock,
) -> OverviewOut:
    """Take an organization's overview of units without an official code (R6)."""
    with database.write() as session:
        authorize(session, key, Scope.CASES_WRITE)
        return overviews.receive(
            session,
            overview.organization,
            overview.units,
            all_or_nothing=overview.all_or_nothing,
            now=clock(),
        )


@router.get("/code-cases", name="partner:list_code_cases")
def list_code_cases(
    key: Key,
    database: Database,
    clock: Clock,
    status: CaseStatus = CaseStatus.OPEN,
    implementer: Annotated[EmailText | None, Query(description="an email address")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> CodeCasePage:
    """List code cases with the most urgent first (R11)."""
    with database.read() as session:
        authorize(session, key, Scope.CASES_READ)
        return case_views.page(
            session,
            status=status,
            implementer=implementer,
            today=swedish_date(clock()),
            limit=limit,
            cursor=cursor,
        )


@router.get("/code-cases/{case_id}", name="partner:read_code_case")
def read_code_case(case_id: UUID, key: Key, database: Database, clock: Clock) -> CodeCaseOut:
    """Return one code case."""
    with database.read() as session:
        authorize(session, key, Scope.CASES_READ)
        return case_views.read(session, case_id, today=swedish_date(clock()))


@router.get("/code-cases/{case_id}/proposals", name="partner:read_proposals")
def read_proposals(case_id: UUID, key: Key, database: Database) -> list[ProposalOut]:
    """Propose official units that the case's unit may be (R10)."""
    with database.read() as session:
        authorize(session, key, Scope.CASES_READ)
        return case_views.proposals(session, case_id)


def resolve(
    case_id: UUID, asked: ResolutionIn, key: Key, database: Database, clock: Clock
) -> Sequence[Message]:
    """Resolve and commit, and return what Skolon is to be told."""
    official = SchoolUnitCode.parse(asked.school_unit_code) if asked.school_unit_code else None
    with database.write() as session:
        caller = authorize(session, key, Scope.CASES_RESOLVE)
        code_cases.resolve(session, case_id, official, actor=caller.name, now=clock())
        return outbox.claim(session)


async def tell_of_code(
    due: Annotated[Sequence[Message], Depends(resolve)], at_skolon: AtSkolon
) -> Told:
    return await tell(at_skolon, due)


@router.post("/code-cases/{case_id}/resolve", name="partner:resolve_code_case")
def answer_resolution(
    case_id: UUID, told: Annotated[Told, Depends(tell_of_code)], database: Database, clock: Clock
) -> CodeCaseOut:
    """Put an official or a fictive code on the unit, here and at Skolon (R9, R10)."""
    with database.write() as session:
        told.remember(session, now=clock())
        return case_views.read(session, case_id, today=swedish_date(clock()))
