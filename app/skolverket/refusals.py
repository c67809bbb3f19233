"""The register's own way of saying no, in Swedish and with the status as a string."""

from http import HTTPStatus

from fastapi import Request
from fastapi.responses import JSONResponse

from app import problems
from app.errors import NotFoundError
from app.skolverket.schemas import Problem


class NotInRegisterError(NotFoundError):
    """The register has no such record, or had none on that day."""

    code = "not_in_register"


def answer_in_json(_request: Request, problem: problems.Problem) -> JSONResponse:
    """Return the problem as API v2 shapes it; a filter that does not exist is a 400."""
    status, detail = problem.status, problem.detail
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        status = HTTPStatus.BAD_REQUEST
        names = sorted({error["pointer"].split("/")[1] for error in problem.errors})
        detail = f"Ogiltigt värde för {', '.join(names)}."
    elif status == HTTPStatus.NOT_FOUND:
        detail = "Uppgiften finns inte i registret."
    body = Problem(
        type="about:blank",
        title=HTTPStatus(status).phrase,
        status=str(int(status)),
        detail=detail,
    )
    return JSONResponse(body.model_dump(), status, headers=problem.headers)
