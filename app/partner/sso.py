"""Single sign-on through Skolon: out with a state, back with a code."""

import secrets
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Session

from app import pages, problems, tracing
from app.dependencies import Clock, Database, Settings, peer
from app.partner import login, merging
from app.partner.api_keys import hashed
from app.partner.arrivals import Failure, Profile
from app.partner.domain.merging import ProvedBy
from app.partner.domain.placement import Outcome
from app.partner.merging import NotLoggedInError
from app.partner.recognition import OvertakenError
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
    is_own = _is_own(request, settings, clock, state)
    tracing.note("partner", "state.judged", is_own=is_own)
    if not is_own:
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
    # In a sandbox a test says who logs in, and spares itself the clicks.
    hint = request.query_params.get("login_hint", "") if request.state.is_sandbox else ""
    return _to_skolon(request, settings, clock, hint=hint)


@router.post(
    "/prove",
    name="partner:start_proof",
    include_in_schema=False,
    dependencies=[Depends(pages.same_origin)],
)
async def start_proof(request: Request, settings: Settings, clock: Clock) -> RedirectResponse:
    """Send the browser to Skolon to log in to another account, which is to be merged (R15)."""
    asked_by = hashed(pages.cookie(request, SESSION_COOKIE))
    return _to_skolon(request, settings, clock, asked_by)


def _to_skolon(
    request: Request, settings: Settings, clock: Clock, asked_by: str = "", hint: str = ""
) -> RedirectResponse:
    state = secrets.token_urlsafe(24)
    query = {
        "response_type": "code",
        "client_id": settings.skolon_client_id,
        "redirect_uri": _callback(request),
        "scope": SCOPE,
        "state": state,
    } | ({"login_hint": hint} if hint else {})
    login_at = peer(request, settings.skolon_idp_url).url
    response = RedirectResponse(f"{login_at}/oauth/auth?{urlencode(query)}", 303)
    kept = {
        "state": state,
        "until": (clock() + STATE_LASTS).timestamp(),
        # The session that is to be told who this is, instead of becoming theirs.
        "asked_by": asked_by,
    }
    lasts = int(STATE_LASTS.total_seconds())
    pages.set_cookie(request, response, STATE_COOKIE, _signer(settings).dumps(kept), lasts)
    pages.remember_language(request, response)
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
    asked_by = _kept(request, settings).get("asked_by", "")
    done, token = _finished(request, arrival, database, is_proof=bool(asked_by), now=clock())
    if done.account_id is None:
        response = refused(request, settings, done)
    elif asked_by:
        _note_proof(request, database, asked_by, done.account_id, now=clock())
        response = RedirectResponse(request.url_for("partner:merge"), 303)
    else:
        response = RedirectResponse(request.url_for("partner:landing"), 303)
        pages.set_cookie(request, response, SESSION_COOKIE, token)
    pages.delete_cookie(request, response, STATE_COOKIE)
    return response


def _note_proof(
    request: Request, database: Database, asked_by: str, other_id: UUID, *, now: datetime
) -> None:
    """Tell the session that asked who has logged in, if this browser still has it."""
    token = pages.cookie(request, SESSION_COOKIE)
    if not secrets.compare_digest(hashed(token), asked_by):
        raise NotLoggedInError
    database.transact(
        lambda session: merging.prove(session, token, other_id, ProvedBy.SKOLON, now=now)
    )


def _finished(
    request: Request,
    arrival: Profile | Failure,
    database: Database,
    *,
    is_proof: bool,
    now: datetime,
) -> tuple[login.Login, str]:
    """Finish the login, again if another one of the same person or class was first."""
    for _ in range(ATTEMPTS - 1):
        try:
            return _finished_once(request, arrival, database, is_proof=is_proof, now=now)
        except OvertakenError:
            continue
    return _finished_once(request, arrival, database, is_proof=is_proof, now=now)


def _finished_once(
    request: Request,
    arrival: Profile | Failure,
    database: Database,
    *,
    is_proof: bool,
    now: datetime,
) -> tuple[login.Login, str]:
    def finish(session: Session) -> tuple[login.Login, str]:
        done = login.finish(session, arrival, now=now)
        if done.account_id is None or is_proof:
            return done, ""
        before = pages.cookie(request, SESSION_COOKIE)
        return done, login.open_session(session, done, replaces=before, now=now)

    return database.transact(finish)


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
    kept = _kept(request, settings)
    same = secrets.compare_digest(kept.get("state", "").encode(), state.encode())
    return bool(kept) and same and clock().timestamp() <= kept["until"]


def _kept(request: Request, settings: Settings) -> dict[str, Any]:
    """Return what this browser's cookie says of the login that it began, if it says anything."""
    try:
        kept: dict[str, Any] = _signer(settings).loads(pages.cookie(request, STATE_COOKIE))
    except BadSignature:
        return {}
    return kept


def _signer(settings: Settings) -> URLSafeSerializer:
    assert settings.signing_key is not None  # noqa: S101, create_app sees to it
    return URLSafeSerializer(settings.signing_key.get_secret_value(), salt="sso-state")
