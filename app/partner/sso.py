"""Single sign-on through Skolon: out with a state, back with a code."""

import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from itsdangerous import BadSignature, URLSafeSerializer

from app import pages, problems
from app.dependencies import Clock, Database, Settings, peer
from app.partner import login
from app.partner.arrivals import Failure, Profile
from app.partner.domain.placement import Outcome
from app.partner.placements import OvertakenError
from app.partner.skolon_client import SCOPE
from app.partner.telling import AtSkolon
from app.partner.visits import SESSION_COOKIE
from app.partner.wording import REFUSED_LOGINS

STATE_COOKIE = "sso_state"
STATE_LASTS = timedelta(minutes=10)

STATUS = {
    Outcome.FOREIGN_STATE: 422,
    Outcome.CODE_MISSING: 422,
    Outcome.SKOLON_CODE_REFUSED: 400,
    Outcome.SKOLON_UNREACHABLE: 502,
    Outcome.SKOLON_SLOW: 504,
    Outcome.SKOLON_BUSY: 503,
    Outcome.SKOLON_ERROR: 502,
    Outcome.SKOLON_GARBAGE: 502,
}
# How Skolon says, among others, that there is no seat for this person.
POOL_EMPTY = "license_pool_empty"
# Each time, what was in the way is there; so often only under a malfunction.
ATTEMPTS = 5

router = APIRouter(prefix="/sso", tags=["login"])


async def arrival_from_skolon(
    request: Request,
    settings: Settings,
    clock: Clock,
    at_skolon: AtSkolon,
    code: str = "",
    state: str = "",
    error: str = "",
    error_description: str = "",
) -> Profile | Failure:
    """Check that this browser asked for the login, then fetch who it is."""
    if not _is_own(request, settings, clock, state):
        return Failure(Outcome.FOREIGN_STATE)
    if error == "access_denied":
        is_empty = error_description == POOL_EMPTY
        return Failure(Outcome.LICENSE_POOL_EMPTY if is_empty else Outcome.SKOLON_DENIED)
    if error:
        return Failure(Outcome.SKOLON_ERROR)
    if not code:
        return Failure(Outcome.CODE_MISSING)
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
    done, token = _finished(request, arrival, database, now=clock())
    if not token:
        response = refused(request, settings, done)
    else:
        response = RedirectResponse(request.url_for("partner:landing"), 303)
        pages.set_cookie(request, response, SESSION_COOKIE, token)
    pages.delete_cookie(request, response, STATE_COOKIE)
    return response


def _finished(
    request: Request, arrival: Profile | Failure, database: Database, *, now: datetime
) -> tuple[login.Login, str]:
    """Finish the login, again if another one of the same person or class was first."""
    for _ in range(ATTEMPTS - 1):
        with suppress(OvertakenError):
            return _finished_once(request, arrival, database, now=now)
    return _finished_once(request, arrival, database, now=now)


def _finished_once(
    request: Request, arrival: Profile | Failure, database: Database, *, now: datetime
) -> tuple[login.Login, str]:
    with database.write() as session:
        done = login.finish(session, arrival, now=now)
        if done.account_id is None:
            return done, ""
        before = pages.cookie(request, SESSION_COOKIE)
        return done, login.open_session(session, done, replaces=before, now=now)


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


def _is_own(request: Request, settings: Settings, clock: Clock, state: str) -> bool:
    """Say whether this browser began the login, not too long ago."""
    try:
        kept = _signer(settings).loads(pages.cookie(request, STATE_COOKIE))
    except BadSignature:
        return False
    same = secrets.compare_digest(kept["state"].encode(), state.encode())
    return same and clock().timestamp() <= kept["until"]


def _signer(settings: Settings) -> URLSafeSerializer:
    assert settings.signing_key is not None  # noqa: S101, create_app sees to it
    return URLSafeSerializer(settings.signing_key.get_secret_value(), salt="sso-state")
