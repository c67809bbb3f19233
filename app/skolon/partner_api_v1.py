"""Partner API v1: what a tool reads of whoever logged in, and the menu button for its pages."""

import json
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

import fastapi
from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.dependencies import Clock, Database
from app.skolon.callers import AccessToken, calling
from app.skolon.domain.errors import MissingScopeError, NoUserError
from app.skolon.domain.oauth import (
    GROUPS_SCOPE,
    IDENTIFIER_SCOPES,
    LICENSES_SCOPE,
    MEMBERS_SCOPE,
    PROFILE_SCOPE,
    SCHOOL_SCOPE,
)
from app.skolon.rosters import authenticated_user
from app.skolon.schemas.partner_api import ErrorOut
from app.skolon.schemas.partner_api_v1 import (
    GroupMembers,
    UserGroups,
    UserIdentifier,
    UserLicenses,
    UserProfile,
    UserSchool,
)
from app.skolon.schemas.provenance import assumed, observed
from app.skolon.tokens import Caller

_NAMED_FOR_V2 = "The status is documented for v2."
_ERRORS: dict[int | str, dict[str, Any]] = {
    401: {"model": ErrorOut, "description": "A bad or expired token.", **assumed(_NAMED_FOR_V2)},
    403: {
        "model": ErrorOut,
        "description": "The token lacks the scope of this resource, or has no user.",
        **assumed(_NAMED_FOR_V2),
    },
}
_NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: {"model": ErrorOut, "description": "There is none.", **assumed()}
}
# FastAPI would promise it; every text is an id, and most are nobody's.
_NOT_USED: dict[int | str, dict[str, Any]] = {422: {"description": "Not used.", **assumed()}}

_BY_ITS_SCOPE = "That there is such a resource follows from the name of its scope."

router = APIRouter(
    prefix="/v1/partner/authenticatedUser", tags=["Partner API v1"], responses=_ERRORS
)
plugins = APIRouter(prefix="/v1/plugins", tags=["Partner API v1"])


class _Script(Response):
    media_type = "text/javascript"


@router.get("/identifier", name="skolon:v1_identifier", openapi_extra=observed(1))
def read_identifier(token: AccessToken, database: Database, clock: Clock) -> UserIdentifier:
    """Say who logged in."""
    with calling(database, token, clock) as (session, caller):
        return authenticated_user.identifier(session, _permitted(caller, *IDENTIFIER_SCOPES))


@router.get(
    "/profile",
    name="skolon:v1_profile",
    response_model_exclude_unset=True,
    openapi_extra=observed(1),
)
def read_profile(token: AccessToken, database: Database, clock: Clock) -> UserProfile:
    """Tell of whoever logged in."""
    with calling(database, token, clock) as (session, caller):
        return authenticated_user.profile(session, _permitted(caller, PROFILE_SCOPE))


@router.get("/licenses", name="skolon:v1_licenses", openapi_extra=observed(1))
def read_licenses(token: AccessToken, database: Database, clock: Clock) -> UserLicenses:
    """List the user's licenses of all tools of the provider, also those that have ended."""
    with calling(database, token, clock) as (session, caller):
        return authenticated_user.licenses(session, _permitted(caller, LICENSES_SCOPE))


@router.get(
    "/school",
    name="skolon:v1_school",
    response_model_exclude_unset=True,
    responses=_NOT_FOUND,
    openapi_extra=assumed(_BY_ITS_SCOPE),
)
def read_school(token: AccessToken, database: Database, clock: Clock) -> UserSchool:
    """Tell of the school that the user chose to work at."""
    with calling(database, token, clock) as (session, caller):
        return authenticated_user.school(session, _permitted(caller, SCHOOL_SCOPE))


@router.get("/groups", name="skolon:v1_groups", openapi_extra=assumed(_BY_ITS_SCOPE))
def read_groups(token: AccessToken, database: Database, clock: Clock) -> UserGroups:
    """List the classes and teaching groups that the user is in."""
    with calling(database, token, clock) as (session, caller):
        return authenticated_user.groups(session, _permitted(caller, GROUPS_SCOPE))


@router.get(
    "/groups/{id}/members",
    name="skolon:v1_members",
    response_model_exclude_unset=True,
    responses=_NOT_FOUND | _NOT_USED,
    openapi_extra=assumed(_BY_ITS_SCOPE),
)
def read_members(
    group_id: Annotated[str, fastapi.Path(alias="id", description="One of the user's groups.")],
    token: AccessToken,
    database: Database,
    clock: Clock,
) -> GroupMembers:
    """List who is in one of the user's groups: the user, and those with a license of the tool."""
    with calling(database, token, clock) as (session, caller):
        permitted = _permitted(caller, MEMBERS_SCOPE)
        return authenticated_user.members(session, permitted, group_id)


@plugins.get(
    "/menu/button.js",
    name="skolon:v1_menu_button",
    response_class=_Script,
    openapi_extra=observed(1, "What the script does, beyond drawing a button, is assumed."),
)
def read_menu_button(request: Request) -> _Script:
    """Return the script that draws Skolon's button into a tool's pages; it takes no token."""
    address = f"{str(request.base_url).rstrip('/')}/min-samling"
    return _Script(
        _menu_button().replace('"MIN_SAMLING"', json.dumps(address)),
        HTTPStatus.OK,
        {
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Cache-Control": "public, max-age=3600",
        },
    )


@cache
def _menu_button() -> str:
    return Path(__file__).with_name("menu_button.js").read_text("utf-8")


def _permitted(caller: Caller, *scopes: str) -> Caller:
    """Let through whoever has the resource's scope, or one of its spellings."""
    if caller.user_id is None:
        raise NoUserError
    if caller.scopes.isdisjoint(scopes):
        raise MissingScopeError(f"This token lacks the scope {' or '.join(scopes)}.")
    return caller
