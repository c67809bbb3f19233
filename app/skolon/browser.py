"""Skolon's session in a browser: a cookie that only this world's pages are sent."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse, Response

from app import pages

COOKIE = "skolon_session"


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
