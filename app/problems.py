"""A refusal becomes problem+json (RFC 9457) or a page; every error takes this one road."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app import log, pages, tracing
from app.driver_errors import DRIVER_ERRORS, refusal_of
from app.errors import (
    ConflictError,
    DamagedError,
    ForbiddenError,
    InvalidError,
    NoRoomError,
    NotFoundError,
    RefusalError,
    UnavailableError,
)

STATUS = {
    InvalidError: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFoundError: HTTPStatus.NOT_FOUND,
    ForbiddenError: HTTPStatus.FORBIDDEN,
    ConflictError: HTTPStatus.CONFLICT,
    UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    NoRoomError: HTTPStatus.INSUFFICIENT_STORAGE,
    DamagedError: HTTPStatus.INTERNAL_SERVER_ERROR,
}

# What is wrong with a field, without the value that was sent: it may be a person's.
_TELLING_CONTEXT = ("min_length", "max_length", "ge", "gt", "le", "lt", "pattern", "expected")


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, before it is known whether a program or a person will read it."""

    status: int
    code: str
    detail: str
    errors: list[dict[str, str]] = field(default_factory=list)
    headers: Mapping[str, str] | None = None
    members: Mapping[str, Any] = field(default_factory=dict)
    template: str | None = None


CRASH = Problem(500, "crash", "Something broke in here. The log has it by request id.")

JsonAnswer = Callable[[Request, Problem], Response]
Explain = Callable[[Request, Problem], Awaitable[None]]


async def leave_unexplained(_request: Request, _problem: Problem) -> None:
    """Let the answer speak for itself."""


def problem_json(request: Request, problem: Problem) -> Response:
    """Return the problem as RFC 9457 says."""
    body: dict[str, Any] = {
        "type": f"/problems/{problem.code}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "request_id": getattr(request.state, "request_id", None),
        **problem.members,
    }
    if problem.errors:
        body["errors"] = problem.errors
    return JSONResponse(
        body, problem.status, headers=problem.headers, media_type="application/problem+json"
    )


def answer(request: Request, problem: Problem, json_answer: JsonAnswer = problem_json) -> Response:
    """Return the problem as the reader asked for it: a page for a browser, else JSON."""
    tracing.refused(problem.code)
    if pages.wants_html(request):
        return pages.page(
            request,
            problem.template or [f"errors/{problem.code}.html", "error.html"],
            status=problem.status,
            headers=problem.headers,
            problem=problem,
        )
    return json_answer(request, problem)


def install(
    app: FastAPI,
    json_answer: JsonAnswer = problem_json,
    explain: Explain = leave_unexplained,
) -> None:
    """Make every error of this application take the same road, in the company's JSON shape."""

    async def explained(request: Request, problem: Problem) -> Response:
        await explain(request, problem)
        return answer(request, problem, json_answer)

    async def refused(request: Request, error: Exception) -> Response:
        return await explained(request, of_refusal(error))

    async def failed_below(request: Request, error: Exception) -> Response:
        refusal = refusal_of(error)
        if refusal is None:
            log.crash(error)
            return await crashed(request, error)
        return await refused(request, refusal)

    async def not_valid(request: Request, error: Exception) -> Response:
        return await explained(request, _of_validation(error))

    async def http_error(request: Request, error: Exception) -> Response:
        return await explained(request, _of_http(error))

    async def crashed(request: Request, _error: Exception) -> Response:
        return await explained(request, CRASH)

    app.add_exception_handler(RefusalError, refused)
    app.add_exception_handler(RequestValidationError, not_valid)
    app.add_exception_handler(HTTPException, http_error)
    for kind in DRIVER_ERRORS:
        app.add_exception_handler(kind, failed_below)
    app.add_exception_handler(Exception, crashed)


async def send_problem(
    scope: Scope,
    receive: Receive,
    send: Send,
    error: HTTPException | RefusalError,
    json_answer: JsonAnswer = problem_json,
) -> None:
    """Answer from a middleware, where no application has been reached yet."""
    problem = of_refusal(error) if isinstance(error, RefusalError) else _of_http(error)
    await answer(Request(scope), problem, json_answer)(scope, receive, send)


async def send_not_found(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer that nothing is served at this path."""
    await send_problem(scope, receive, send, HTTPException(404, "There is nothing here."))


def of_refusal(error: Exception) -> Problem:
    """Return the problem that a refusal is."""
    assert isinstance(error, RefusalError)  # noqa: S101, for the type checker
    status = next(status for kind, status in STATUS.items() if isinstance(error, kind))
    message = str(error)
    errors = [*error.errors]
    if error.pointer:
        errors.append({"pointer": error.pointer, "detail": message})
    problem = Problem(status, error.code, message, errors, members=error.members)
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return problem
    log.event(logging.WARNING, "unavailable", code=error.code)
    headers = (
        {"Retry-After": str(error.retry_after)} if isinstance(error, UnavailableError) else None
    )
    return replace(problem, headers=headers, template="errors/unavailable.html")


def _of_validation(error: Exception) -> Problem:
    assert isinstance(error, RequestValidationError)  # noqa: S101, for the type checker
    details = error.errors()
    if any(detail["type"] == "json_invalid" for detail in details):
        return Problem(400, "not_json", "The body is not JSON.")
    return Problem(
        422,
        "invalid",
        "The request does not fit its description; `errors` says where.",
        [_field_error(detail) for detail in details],
    )


def _field_error(detail: Mapping[str, Any]) -> dict[str, str]:
    where, *path = detail["loc"]
    pointer = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)
    context = detail.get("ctx", {})
    if detail["type"] == "value_error":
        # The project's own validators, whose sentences quote nothing that was sent.
        return {
            "in": str(where),
            "pointer": pointer,
            "code": "invalid",
            "detail": str(context["error"]),
        }
    told = ", ".join(f"{key} {context[key]}" for key in _TELLING_CONTEXT if key in context)
    return {
        "in": str(where),
        "pointer": pointer,
        "code": detail["type"],
        "detail": told or detail["type"].replace("_", " "),
    }


def _of_http(error: Exception) -> Problem:
    assert isinstance(error, HTTPException)  # noqa: S101, for the type checker
    phrase = HTTPStatus(error.status_code).phrase
    code = phrase.lower().replace(" ", "_").replace("-", "_")
    return Problem(error.status_code, code, str(error.detail), headers=error.headers)
