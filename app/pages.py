"""Pages: Swedish first, English beside it, one template folder, no JavaScript needed."""

from collections.abc import Mapping, Sequence
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from app.errors import ForbiddenError

TEMPLATES = Path(__file__).parent / "templates"
LANGUAGES = ("sv", "en")
LANGUAGE_COOKIE = "language"


class CrossSiteError(ForbiddenError):
    """This form was sent from another site."""

    code = "cross_site"


def wants_html(request: Request) -> bool:
    """Say whether a person's browser asks, rather than a program."""
    return "text/html" in request.headers.get("accept", "")


def language_of(request: Request) -> str:
    """Return the language chosen by link, else by cookie, else by the browser's first wish."""
    wish = request.headers.get("accept-language", "sv").strip()[:2].lower()
    for choice in (
        request.query_params.get("lang"),
        request.cookies.get(LANGUAGE_COOKIE),
        wish,
    ):
        if choice in LANGUAGES:
            return choice
    return "en" if wish not in ("sv", "*") else "sv"


def page(
    request: Request,
    template: str | Sequence[str],
    *,
    status: int = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
    **context: Any,  # noqa: ANN401, whatever the template shows
) -> HTMLResponse:
    """Render a template; the first that exists when several are named."""
    language = language_of(request)
    names = [template] if isinstance(template, str) else template
    html = (
        _environment()
        .select_template(names)
        .render(
            request=request,
            root=request.scope.get("app_root_path", request.scope.get("root_path", "")),
            request_id=getattr(request.state, "request_id", ""),
            # Before a world is found, nothing is known; then nothing is claimed.
            is_sandbox=getattr(request.state, "is_sandbox", False),
            language=language,
            t=lambda swedish, english: english if language == "en" else swedish,
            **context,
        )
    )
    response = HTMLResponse(html, status, headers=headers)
    remember_language(request, response)
    return response


def remember_language(request: Request, response: Response) -> None:
    """Keep the language that a link chose, also where the answer is no page."""
    chosen = request.query_params.get("lang")
    if chosen in LANGUAGES:
        response.set_cookie(LANGUAGE_COOKIE, chosen, samesite="lax", httponly=True)


async def same_origin(request: Request) -> None:
    """Refuse a form that another site made the browser send; older browsers send no Origin."""
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site", "same-origin")
    here = f"{request.url.scheme}://{request.url.netloc}"
    if site not in ("same-origin", "none") or origin not in (None, here):
        raise CrossSiteError


def cookie_path(request: Request) -> str:
    """Return where this world's cookies belong, so that worlds do not read each other's."""
    return str(request.scope.get("app_root_path", request.scope.get("root_path", ""))) or "/"


def cookie(request: Request, name: str) -> str:
    """Return a cookie of this world, or an empty text.

    A browser sends the one of the longest path first, which is this world's; Starlette's
    dictionary would keep the last, which is the default world's.
    """
    for pair in request.headers.get("cookie", "").split(";"):
        found, _, value = pair.strip().partition("=")
        if found == name:
            return value.strip('"')
    return ""


def set_cookie(
    request: Request, response: Response, name: str, value: str, lasts: int | None = None
) -> None:
    """Set a cookie that only this world's pages are sent, and no script can read."""
    response.set_cookie(
        name,
        value,
        max_age=lasts,
        path=cookie_path(request),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def delete_cookie(request: Request, response: Response, name: str) -> None:
    response.delete_cookie(name, path=cookie_path(request))


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
