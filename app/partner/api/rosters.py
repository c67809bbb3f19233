"""Rosters: a school, its classes, and the students who have logged in (R3)."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from app.clock import swedish_date
from app.dependencies import Clock, Database
from app.partner import rosters
from app.partner.api.answers import kept
from app.partner.api.keys import Cursor, Key, Limit, authorize
from app.partner.api_keys import Scope
from app.partner.domain.identity import SchoolUnitCode
from app.partner.schemas import SchoolClassPage, SchoolOut, StudentPage

router = APIRouter(prefix="/api/v1", tags=["rosters"])

Code = Annotated[str, Path(max_length=32, examples=["10000001"])]


@router.get("/schools/{code}", name="partner:read_school", response_model=SchoolOut)
def read_school(
    code: Code, request: Request, key: Key, database: Database, clock: Clock
) -> Response:
    """Return the school that has this school unit code."""
    parsed = SchoolUnitCode.parse(code)
    with database.read() as session:
        authorize(session, key, Scope.ROSTERS_READ)
        return kept(request, rosters.school(session, parsed, today=swedish_date(clock())))


@router.get("/schools/{code}/classes", name="partner:list_classes", response_model=SchoolClassPage)
def list_classes(
    code: Code,
    request: Request,
    key: Key,
    database: Database,
    clock: Clock,
    school_year: Annotated[
        str | None,
        Query(pattern=r"^[0-9]{4}/[0-9]{2}$", description="the present one if absent"),
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """List the classes of a school in which somebody has logged in."""
    parsed = SchoolUnitCode.parse(code)
    with database.read() as session:
        authorize(session, key, Scope.ROSTERS_READ)
        page = rosters.classes(
            session,
            parsed,
            year=school_year,
            today=swedish_date(clock()),
            limit=limit,
            cursor=cursor,
        )
    return kept(request, page)


@router.get(
    "/classes/{class_id}/students", name="partner:list_students", response_model=StudentPage
)
def list_students(
    class_id: UUID,
    request: Request,
    key: Key,
    database: Database,
    clock: Clock,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """List the students of a class; whoever has not logged in, or has left, is not there."""
    with database.read() as session:
        authorize(session, key, Scope.ROSTERS_READ)
        page = rosters.students(
            session, class_id, today=swedish_date(clock()), limit=limit, cursor=cursor
        )
    return kept(request, page)
