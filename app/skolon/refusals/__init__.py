"""How Skolon words a refusal in JSON, and why it was one: each interface has a shape of its own."""

from collections.abc import Callable, Mapping
from http import HTTPStatus

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from fastapi.routing import iter_route_contexts
from sqlalchemy.exc import SQLAlchemyError

from app import explaining
from app.explaining import Explanation
from app.problems import Problem, problem_json
from app.skolon.domain import api_refusals
from app.skolon.refusals import reasons
from app.skolon.refusals.reasons import Bearer

TOKEN_PATH = "/oauth/access_token"  # noqa: S105, an address
API_PATHS = ("/v1/partner", "/v2/partner")
# What programs call; people's pages explain themselves.
_EXPLAINED_PATHS = ("/oauth/", "/v1/", "/v2/", "/portal/api/")


def answer_in_json(request: Request, problem: Problem) -> Response:
    """Return the problem in the shape of the interface that was called."""
    path = _path(request)
    if path.rstrip("/") == TOKEN_PATH:
        return _oauth_error(problem)
    if path.startswith(API_PATHS):
        return _api_error(problem)
    return problem_json(request, problem)


async def explain(request: Request, problem: Problem) -> None:
    """Say for the journal what was wrong with a call, once it is known to be refused."""
    path = _path(request)
    if not path.startswith(_EXPLAINED_PATHS) or not explaining.is_heard(request):
        return
    if path.startswith("/oauth/"):
        bearer = Bearer(explaining.beginning_of(request.query_params.get("client_id", "")))
    else:
        # A database that is in trouble is not asked once more.
        is_known = problem.status < HTTPStatus.INTERNAL_SERVER_ERROR
        bearer = await run_in_threadpool(_bearer, request) if is_known else Bearer()
    explaining.explain(
        request,
        _EXPLANATIONS.get(problem.code, _other)(request, problem, bearer),
        error=_oauth_code(problem) if path.rstrip("/") == TOKEN_PATH else problem.code,
        client_id=bearer.client_id,
    )


def _parameter(error: dict[str, str]) -> tuple[str, str]:
    # What is not described is named by whoever sent it, so by anything.
    is_ours = error.get("code") != "extra_forbidden"
    return error["pointer"].removeprefix("/") if is_ours else "a field", error["detail"]


def _other(_request: Request, problem: Problem, _bearer: Bearer) -> Explanation:
    return api_refusals.other(problem.detail)


# By the code on the wire.
_EXPLANATIONS: Mapping[str, Callable[[Request, Problem, Bearer], Explanation]] = {
    "unauthorized": lambda _, problem, bearer: bearer.refusal or api_refusals.other(problem.detail),
    "no_user": lambda *_: api_refusals.NO_USER,
    "user_token": lambda *_: api_refusals.USER_TOKEN,
    "missing_scope": lambda _, problem, bearer: api_refusals.missing_scope(
        problem.detail, bearer.scopes
    ),
    "invalid_cursor": lambda *_: api_refusals.BAD_CURSOR,
    "invalid_version_tag": lambda *_: api_refusals.BAD_VERSION_TAG,
    "invalid": lambda _, problem, __: api_refusals.bad_parameters(map(_parameter, problem.errors)),
    "not_found": lambda request, *_: _of_path(_path(request), _known_paths(request)),
    "skolon_closed_request": lambda *_: api_refusals.CLOSED_REQUEST,
    "method_not_allowed": lambda request, problem, _: api_refusals.wrong_method(
        request.method, (problem.headers or {}).get("Allow", "")
    ),
    "too_many_requests": lambda _, problem, __: api_refusals.too_many_calls(problem.detail),
    "crash": lambda *_: api_refusals.BROKEN,
}


def _of_path(path: str, known: list[str]) -> Explanation:
    return api_refusals.NO_ORDERS if path in known else api_refusals.unknown_path(path, known)


def _bearer(request: Request) -> Bearer:
    header = request.headers.get("authorization", "")
    try:
        with request.state.database.read() as session:
            return reasons.of_bearer(session, header, now=request.state.clock())
    except SQLAlchemyError:
        # The answer may be a refusal because of that; it must not become another one.
        return Bearer()


def _known_paths(request: Request) -> list[str]:
    return [
        str(context.path)
        for context in iter_route_contexts(request.app.routes)
        if context.include_in_schema and str(context.path).startswith(_EXPLAINED_PATHS)
    ]


def _path(request: Request) -> str:
    path: str = request.scope["path"]
    return path.removeprefix(request.scope.get("root_path", ""))


def _oauth_code(problem: Problem) -> str:
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return "temporarily_unavailable"
    broken = problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return "server_error" if broken else "invalid_request"


def _oauth_error(problem: Problem) -> Response:
    body = {"error": _oauth_code(problem), "error_description": problem.detail}
    return JSONResponse(body, _as_bad_request(problem.status), headers=problem.headers)


def _api_error(problem: Problem) -> Response:
    where = "; ".join(f"{error['pointer']} {error['detail']}" for error in problem.errors)
    body = {"error": problem.code, "message": where or problem.detail}
    return JSONResponse(body, _as_bad_request(problem.status), headers=problem.headers)


def _as_bad_request(status: int) -> int:
    # The real service is not known to answer 422; its documentation names no such status.
    return HTTPStatus.BAD_REQUEST if status == HTTPStatus.UNPROCESSABLE_ENTITY else status
