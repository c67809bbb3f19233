"""How Skolon words a refusal in JSON: each of its interfaces has a shape of its own."""

from http import HTTPStatus

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from app.problems import Problem, problem_json

TOKEN_PATH = "/oauth/access_token"  # noqa: S105, an address
API_PATHS = ("/v1/partner", "/v2/partner")


def answer_in_json(request: Request, problem: Problem) -> Response:
    """Return the problem in the shape of the interface that was called."""
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    if path.rstrip("/") == TOKEN_PATH:
        return _oauth_error(problem)
    if path.startswith(API_PATHS):
        return _api_error(problem)
    return problem_json(request, problem)


def _oauth_error(problem: Problem) -> Response:
    broken = problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    error = "server_error" if broken else "invalid_request"
    body = {"error": error, "error_description": problem.detail}
    return JSONResponse(body, _as_bad_request(problem.status), headers=problem.headers)


def _api_error(problem: Problem) -> Response:
    where = "; ".join(f"{error['pointer']} {error['detail']}" for error in problem.errors)
    body = {"error": problem.code, "message": where or problem.detail}
    return JSONResponse(body, _as_bad_request(problem.status), headers=problem.headers)


def _as_bad_request(status: int) -> int:
    # The real service is not known to answer 422; its documentation names no such status.
    return HTTPStatus.BAD_REQUEST if status == HTTPStatus.UNPROCESSABLE_ENTITY else status
