"""Partner API v2: what a partner's server reads of people, schools, groups and licenses."""

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Response
from pydantic_core import to_json

from app.dependencies import Clock, Database
from app.skolon import logins, rosters
from app.skolon.callers import AccessToken, calling
from app.skolon.domain.errors import MissingScopeError, NoUserError
from app.skolon.domain.oauth import PROFILE_SCOPE
from app.skolon.schemas.partner_api import (
    ErrorOut,
    GroupPage,
    GroupQuery,
    LicensePage,
    LicenseQuery,
    OrderPage,
    OrganizationPage,
    OrganizationQuery,
    SchoolPage,
    SchoolQuery,
    SessionOut,
    UserPage,
    UserQuery,
)
from app.skolon.schemas.provenance import assumed, documented
from app.skolon.tokens import Caller

_ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorOut, "description": "A parameter makes no sense.", **assumed()},
    401: {"model": ErrorOut, "description": "A bad or expired token.", **documented()},
    403: {"model": ErrorOut, "description": "No permission.", **documented()},
    # FastAPI would promise it; answer_in_json makes it 400.
    422: {"description": "Not used.", **assumed("Skolon is not known to name this status.")},
}

router = APIRouter(
    prefix="/v2/partner",
    tags=["Partner API v2"],
    responses=_ERRORS,
)


@router.get(
    "/user/session",
    name="skolon:session",
    response_model_exclude_unset=True,
    openapi_extra=documented("That a client token gets 403 is assumed.", seen_in=3),
)
def read_session(token: AccessToken, database: Database, clock: Clock) -> SessionOut:
    """Say who is behind a user token."""
    with calling(database, token, clock) as (session, caller):
        if _permitted(caller).user_id is None:
            raise NoUserError
        return logins.session_of(session, caller)


@router.get(
    "/user",
    name="skolon:users",
    response_model=UserPage,
    openapi_extra=documented("That a user token sees only its user is assumed.", seen_in=4),
)
def read_users(
    query: Annotated[UserQuery, Query()], token: AccessToken, database: Database, clock: Clock
) -> Response:
    """List people."""
    with calling(database, token, clock) as (session, caller):
        return _page(rosters.list_users(session, _permitted(caller), query))


@router.get(
    "/school",
    name="skolon:schools",
    response_model=SchoolPage,
    openapi_extra=documented(
        "That those with a license of the tool are seen is inferred.", seen_in=3
    ),
)
def read_schools(
    query: Annotated[SchoolQuery, Query()], token: AccessToken, database: Database, clock: Clock
) -> Response:
    """List schools."""
    with calling(database, token, clock) as (session, caller):
        return _page(rosters.list_schools(session, _permitted(caller), query))


@router.get(
    "/organization",
    name="skolon:organizations",
    response_model=OrganizationPage,
    openapi_extra=documented("The path alone: no client reads it, so the fields are assumed."),
)
def read_organizations(
    query: Annotated[OrganizationQuery, Query()],
    token: AccessToken,
    database: Database,
    clock: Clock,
) -> Response:
    """List the organizations that run schools."""
    with calling(database, token, clock) as (session, caller):
        return _page(rosters.list_organizations(session, _permitted(caller), query))


@router.get(
    "/group",
    name="skolon:groups",
    response_model=GroupPage,
    openapi_extra=documented(
        "That `memberships` holds the user alone, with a user token, is assumed.", seen_in=3
    ),
)
def read_groups(
    query: Annotated[GroupQuery, Query()], token: AccessToken, database: Database, clock: Clock
) -> Response:
    """List classes and teaching groups."""
    with calling(database, token, clock) as (session, caller):
        return _page(rosters.list_groups(session, _permitted(caller), query))


@router.get(
    "/license",
    name="skolon:licenses",
    response_model=LicensePage,
    openapi_extra=documented(seen_in=2),
)
def read_licenses(
    query: Annotated[LicenseQuery, Query()], token: AccessToken, database: Database, clock: Clock
) -> Response:
    """List the tool's licenses."""
    with calling(database, token, clock) as (session, caller):
        return _page(rosters.list_licenses(session, _permitted(caller), query))


@router.get(
    "/order",
    name="skolon:orders",
    response_model_exclude_unset=True,
    responses={404: {"model": ErrorOut, "description": "A switch leaves it out.", **assumed()}},
    openapi_extra=assumed("That orders can be read is documented; path and fields are invented."),
)
def read_orders(token: AccessToken, database: Database, clock: Clock) -> OrderPage:
    """List orders: none, and only where a switch of the sandbox says so."""
    with calling(database, token, clock) as (_, caller):
        switches = _permitted(caller).switches
        if switches.orders == "absent":
            # As at any other path where nothing is.
            raise HTTPException(404)
        tag = "0" if switches.version_tag == "text" else 0
        return OrderPage(version_tag=tag, has_more=False, orders=[])


def _page(page: dict[str, Any]) -> Response:
    """Answer with a page as it is; models of a thousand people take longer than their JSON."""
    return Response(to_json(page), media_type="application/json")


def _permitted(caller: Caller) -> Caller:
    if caller.user_id is not None and PROFILE_SCOPE not in caller.scopes:
        raise MissingScopeError
    return caller
