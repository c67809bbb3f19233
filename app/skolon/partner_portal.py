"""What a partner does in Skolon's partner portal, as calls; in reality it is a page, so assumed."""

from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.orm import Session

from app.dependencies import Clock, Database
from app.skolon import license_requests, licenses
from app.skolon.callers import AccessToken, caller_with
from app.skolon.domain.errors import UserTokenError
from app.skolon.schemas import Text
from app.skolon.schemas.license_requests import AnswerIn, AnswerOut, UnitCodeIn, UnitCodesOut
from app.skolon.schemas.provenance import assumed

_A_PAGE = assumed("In reality it is a page of a portal, and no API of it is known.")

router = APIRouter(
    prefix="/portal/api",
    tags=["partner portal"],
    responses={
        401: {"description": "A bad or expired token.", **assumed()},
        403: {"description": "A token of a person, not of the tool.", **assumed()},
        404: {"description": "Not known, or not this tool's.", **assumed()},
        # Without this, FastAPI would promise a body of its own.
        422: {"description": "Something in the call makes no sense.", **assumed()},
    },
)


@router.put(
    "/license-requests/{request_id}/answer",
    name="skolon:answer_license_request",
    responses={409: {"description": "Closed: the licenses came too late.", **assumed()}},
    openapi_extra=_A_PAGE,
)
def answer_license_request(
    request_id: UUID, told: AnswerIn, token: AccessToken, database: Database, clock: Clock
) -> AnswerOut:
    """Tell how far the partner has come with a license request."""
    with database.write() as session:
        tool_id = _tool(session, token, clock)
        return license_requests.answer(session, tool_id, request_id, told, now=clock())


@router.post("/schools/{school_id}/unit-codes", name="skolon:add_unit_code", openapi_extra=_A_PAGE)
def add_unit_code(
    school_id: Text, given: UnitCodeIn, token: AccessToken, database: Database, clock: Clock
) -> UnitCodesOut:
    """Put a school unit code on a school, official or fictive (R9, R10)."""
    with database.write() as session:
        tool_id = _tool(session, token, clock)
        codes = licenses.add_code(session, tool_id, school_id, given.code, now=clock())
        return UnitCodesOut(codes=list(codes))


@router.delete(
    "/schools/{school_id}/unit-codes/{code}",
    name="skolon:remove_unit_code",
    openapi_extra=_A_PAGE,
)
def remove_unit_code(
    school_id: Text, code: Text, token: AccessToken, database: Database, clock: Clock
) -> UnitCodesOut:
    """Take a school unit code off a school."""
    with database.write() as session:
        tool_id = _tool(session, token, clock)
        codes = licenses.remove_code(session, tool_id, school_id, code, now=clock())
        return UnitCodesOut(codes=list(codes))


def _tool(session: Session, token: str, clock: Clock) -> UUID:
    caller = caller_with(session, token, now=clock())
    if caller.user_id is not None:
        raise UserTokenError
    return caller.tool_id
