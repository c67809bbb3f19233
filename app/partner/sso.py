"""Single sign-on through Skolon: out with a state, back with a code."""

import secrets
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from itsdangerous import BadSignature, URLSafeSerializer

from app import pages, problems
from app.dependencies import Clock, Database, Settings, peer
from app.errors import InvalidError
from app.partner import login
from app.partner.arrivals import Failure, Profile
from app.partner.domain.placement import Outcome
from app.partner.skolon_client import SCOPE
from app.partner.telling import AtSkolon
from app.partner.wording import REFUSED_LOGINS

STATE_COOKIE = "sso_state"
SESSION_COOKIE = "partner_session"
STATE_LASTS = timedelta(minutes=10)

STATUS = {
    Outcome.SKOLON_CODE_REFUSED: 400,
    Outcome.SKOLON_UNREACHABLE: 502,
    Outcome.SKOLON_SLOW: 504,
    Outcome.SKOLON_ERROR: 502,
    Outcome.SKOLON_GARBAGE: 502,
}

router = APIRouter(prefix="/sso", tags=["login"])


class ForeignStateError(InvalidError):
    """This login was not begun in this browser, or too long ago; begin again."""

    code = "foreign_state"


class MissingCodeError(InvalidError):
    """Skolon sent the browser back without a code."""

    code = "missing_code"


async def arrival_from_skolon(
    request: Request,
    settings: Settings,
    clock: Clock,
    at_skolon: AtSkolon,
    code: str = "",
    state: str = "",
    error: str = "",
) -> Profile | Failure:
    """Check that this browser asked for the login, then fetch who it is."""
    _check_state(request, settings, clock, state)
    if error:
        denied = error == "access_denied"
        return Failure(Outcome.SKOLON_DENIED if denied else Outcome.SKOLON_ERROR)
    if not code:
        raise MissingCodeError
    return await at_skolon.profile(code, _callback(request))


@router.get("/login", name="partner:start_login")
async def start_login(request: Request, settings: Settings, clock: Clock) -> RedirectResponse:
    """Send the browser to Skolon; it remembers by a signed cookie that it was here."""
    state = secrets.token_urlsafe(24)
    query = {
        "response_type": "code",
        "client_id": settings.skolon_client_id,
        "redirect_uri": _callback(request),
        "scope": SCOPE,
        "state": state,
    }
    login_at = peer(request, settings.skolon_idp_url).url
    response = RedirectResponse(f"{login_at}/oauth/auth?{urlencode(query)}", 303)
    kept = {"state": state, "until": (clock() + STATE_LASTS).timestamp()}
    lasts = int(STATE_LASTS.total_seconds())
    pages.set_cookie(request, response, STATE_COOKIE, _signer(settings).dumps(kept), lasts)
    return response


@router.get("/callback", name="partner:finish_login")
def finish_login(
    request: Request,
    arrival: Annotated[Profile | Failure, Depends(arrival_from_skolon)],
    settings: Settings,
    database: Database,
    clock: Clock,
) -> Response:
    """Skolon sends the browser back here with a one-time code."""
    with database.write() as session:
        done = login.finish(session, arrival, now=clock())
    if done.session_token is None:
        response = refused(request, settings, done)
    else:
        response = RedirectResponse(request.url_for("partner:landing"), 303)
        pages.set_cookie(request, response, SESSION_COOKIE, done.session_token)
    pages.delete_cookie(request, response, STATE_COOKIE)
    return response


def refused(request: Request, settings: Settings, done: login.Login) -> Response:
    """Say why, in both languages, and where to turn with which reference (R8, R12)."""
    heading, advice = REFUSED_LOGINS[done.outcome]
    problem = problems.Problem(
        status=STATUS.get(done.outcome, 403),
        code=done.outcome,
        detail=f"{heading.sv} {advice.sv} / {heading.en} {advice.en}",
        members={
            "heading": heading._asdict(),
            "advice": advice._asdict(),
            "partner": settings.partner_name,
            "support_address": settings.support_address,
            "reference": done.reference,
        },
        template="partner/login_refused.html",
    )
    return problems.answer(request, problem)


def _callback(request: Request) -> str:
    return str(request.url_for("partner:finish_login"))


def _check_state(request: Request, settings: Settings, clock: Clock, state: str) -> None:
    try:
        kept = _signer(settings).loads(pages.cookie(request, STATE_COOKIE))
    except BadSignature as error:
        raise ForeignStateError from error
    same = secrets.compare_digest(kept["state"].encode(), state.encode())
    if not same or clock().timestamp() > kept["until"]:
        raise ForeignStateError


def _signer(settings: Settings) -> URLSafeSerializer:
    assert settings.signing_key is not None  # noqa: S101, create_app sees to it
    return URLSafeSerializer(settings.signing_key.get_secret_value(), salt="sso-state")
