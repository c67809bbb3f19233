"""Skolon's session in a browser: a cookie that only this world's pages are sent."""

from collections.abc import Mapping
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ValidationError

from app import pages

COOKIE = "skolon_session"
# On the way to a tool: Skolon's menu button looks there for the site that one came from. The path
# and query, which may hold a code, stay here.
TO_TOOLS = {"Referrer-Policy": "origin"}

M = TypeVar("M", bound=BaseModel)


async def _session_token(request: Request) -> str:
    return pages.cookie(request, COOKIE)


SessionToken = Annotated[str, Depends(_session_token)]


def keep_session(request: Request, response: Response, token: str) -> None:
    """Let the browser remember who logged in."""
    pages.set_cookie(request, response, COOKIE, token)


def forget_session(request: Request, response: Response) -> None:
    pages.delete_cookie(request, response, COOKIE)


def go(request: Request, path: str) -> RedirectResponse:
    """Send the browser on to a page of this world, by GET."""
    root = request.scope.get("app_root_path", request.scope.get("root_path", ""))
    return RedirectResponse(f"{root}{path}", 303)


def read_form(model: type[M], fields: Mapping[str, object]) -> M:
    """Read a form's fields as a program's body is read; one left empty is one not given."""
    try:
        return model.model_validate({name: one for name, one in fields.items() if one != ""})
    except ValidationError as error:
        raise RequestValidationError(
            [dict(one) | {"loc": ("body", *one["loc"])} for one in error.errors()]
        ) from error
