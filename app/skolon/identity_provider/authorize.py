"""The login page, which sends a browser back to the tool with a code."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from app import explaining, pages, problems, tracing
from app.clock import swedish_date
from app.dependencies import Clock, Database, Settings, peer
from app.explaining import Explanation
from app.skolon import licenses, logins, personas, pools, refusals
from app.skolon.browser import TO_TOOLS, SessionToken, forget_session, go, keep_session
from app.skolon.domain import oauth, oauth_refusals
from app.skolon.domain.errors import PoolEmptyError, UnknownPersonaError
from app.skolon.domain.oauth import AuthorizationRequest
from app.skolon.domain.oauth_refusals import OAuthRefusal
from app.skolon.domain.rosters import Misfortune, Role
from app.skolon.logins import Client
from app.skolon.refusals import reasons
from app.skolon.schemas import Text
from app.skolon.schemas.oauth import AuthorizeQuery
from app.skolon.schemas.provenance import assumed, documented

# What the login page adds to the tool's query while somebody looks for a person, and what counts
# once.
_OWN_PARAMETERS = ("persona_search", "persona_page", "lang", "login_hint", "prompt")

_LOCATION = {
    "description": "The tool's `redirect_uri` with `code`, or with `error` and "
    "`error_description`; and with `state` where it was sent.",
    "schema": {"type": "string"},
    **documented("`state` is inferred; the values of `error` are assumed.", seen_in=4),
}
_ASKED_WRONG = assumed("The answer is a page, and no redirect.")

router = APIRouter(prefix="/oauth", tags=["identity provider"])


async def authorization_request(
    request: Request, _query: Annotated[AuthorizeQuery, Query()]
) -> AuthorizationRequest:
    return AuthorizationRequest.read(request.query_params.multi_items())


Asked = Annotated[AuthorizationRequest, Depends(authorization_request)]


@router.get(
    "/auth",
    name="skolon:authorize",
    response_class=RedirectResponse,
    status_code=302,
    responses={
        302: {"headers": {"Location": _LOCATION}},
        400: {"description": "An unknown tool, or an address that is not its own.", **_ASKED_WRONG},
        409: {"description": "No seat of the license pool is free.", **_ASKED_WRONG},
        422: {"description": "Not used.", **assumed("Skolon is not known to name this status.")},
        500: {"description": "A Partner Portal account is logged in.", **documented()},
    },
    openapi_extra=documented(seen_in=4),
)
@router.get("/auth/", include_in_schema=False)
def authorize(
    request: Request,
    asked: Asked,
    settings: Settings,
    database: Database,
    clock: Clock,
    token: SessionToken,
    persona_search: Annotated[Text, Query(include_in_schema=False)] = "",
    persona_page: Annotated[int, Query(ge=1, le=100_000, include_in_schema=False)] = 1,
    login_hint: Annotated[Text, Query(include_in_schema=False)] = "",
    prompt: Annotated[Text, Query(include_in_schema=False)] = "",
) -> Response:
    """Send the browser back with a code, after a login if nobody is logged in."""
    # Neither is known of the real service; in a sandbox they spare a test the clicks.
    hint = login_hint if request.state.is_sandbox else ""
    if hint:
        token = _log_in_silently(database, hint, clock)
    with database.write() as session:
        client = _client(session, request, asked, settings)
        if isinstance(client, Response):
            return client
        visitor = logins.visitor(session, token, now=clock())
        if visitor is not None:
            answer = _answer(session, request, asked, client, visitor, clock)
            if hint:
                keep_session(request, answer, token)
            return answer
        if prompt == "none" and request.state.is_sandbox:
            return _send_back(request, asked, oauth_refusals.LOGIN_REQUIRED, 302)
        tracing.note("skolon", "login.asked", why="no_session")
        return pages.page(
            request,
            "skolon/log_in.html",
            tool=client,
            action=f"/oauth/auth?{_query_of(request)}",
            kept=_pairs_of(request),
            is_hint_unknown=bool(hint),
            choice=personas.choice(session, persona_search, persona_page),
            cancel_url=asked.refused(oauth_refusals.ACCESS_DENIED),
        )


def _log_in_silently(database: Database, persona: str, clock: Clock) -> str:
    """Return the token of a new session of the persona, or none if nobody is called that."""
    try:
        with database.write() as session:
            return logins.log_in(session, persona, now=clock())
    except UnknownPersonaError:
        return ""


@router.post(
    "/auth",
    name="skolon:log_in",
    include_in_schema=False,
    dependencies=[Depends(pages.same_origin)],
)
@router.post("/auth/", include_in_schema=False, dependencies=[Depends(pages.same_origin)])
def log_in(
    request: Request,
    asked: Asked,
    persona: Annotated[Text, Form()],
    settings: Settings,
    database: Database,
    clock: Clock,
) -> Response:
    """Log in as the chosen person and go on to the tool that asked."""
    with database.write() as session:
        client = _client(session, request, asked, settings)
        if isinstance(client, Response):
            return client
        token = logins.log_in(session, persona, now=clock())
    # In a transaction of its own: who claims a seat takes the turn of licenses before all else.
    with database.write() as session:
        client = _client(session, request, asked, settings)
        visitor = logins.visitor(session, token, now=clock())
        if isinstance(client, Response) or visitor is None:
            # Removed between the two.
            return client if isinstance(client, Response) else _again(request)
        response = _answer(session, request, asked, client, visitor, clock)
    keep_session(request, response, token)
    return response


@router.post(
    "/log-out",
    name="skolon:log_out",
    include_in_schema=False,
    dependencies=[Depends(pages.same_origin)],
)
def log_out(
    request: Request,
    database: Database,
    token: SessionToken,
    then: Annotated[str, Form()] = "",
    query: Annotated[str, Form()] = "",
) -> Response:
    """Log out of Skolon, and choose another person where one was."""
    with database.write() as session:
        logins.log_out(session, token)
    # Only places of Skolon's own: the form says which, never an address.
    places = {"portal": "/portal/log-in", "login": f"/oauth/auth?{query}"}
    response = go(request, places.get(then, "/min-samling/log-in"))
    forget_session(request, response)
    return response


def _client(
    session: Session, request: Request, asked: AuthorizationRequest, settings: Settings
) -> Client | Response:
    """Return the tool that asks, or the answer to a request that it cannot have meant."""
    client = logins.client_of(session, asked.client_id)
    if client is None or not asked.has_one_target:
        return _stop(
            request,
            400,
            "skolon_unknown_client",
            "There is no tool with this client_id.",
            reasons.of_unclear_client(session, asked),
            reasons.name_of_client(session, asked.client_id),
        )
    partner = peer(request, settings.partner_url).url
    if not any(oauth.is_target(asked.redirect_uri, uri, partner) for uri in client.redirect_uris):
        addresses = [partner + uri if uri.startswith("/") else uri for uri in client.redirect_uris]
        return _stop(
            request,
            400,
            "skolon_redirect_uri",
            "This redirect_uri is not registered for the tool.",
            oauth_refusals.unregistered_redirect_uri(asked.redirect_uri, addresses),
            asked.client_id,
        )
    refusal = asked.refusal(client.switches.pkce)
    return _send_back(request, asked, refusal, 302) if refusal else client


def _answer(
    session: Session,
    request: Request,
    asked: AuthorizationRequest,
    client: Client,
    visitor: logins.Visitor,
    clock: Clock,
) -> Response:
    tracing.concerns(visitor.user_id)
    tracing.note("skolon", "login.known", role=visitor.role)
    if visitor.role is Role.PARTNER:
        # Documented by Skolon as the commonest mistake of partners who try their integration.
        return _stop(
            request,
            500,
            "skolon_partner_account",
            "A Partner Portal account cannot use tools.",
            oauth_refusals.PARTNER_ACCOUNT,
            asked.client_id,
        )
    status = 303 if request.method == "POST" else 302
    if visitor.misfortune is Misfortune.CONSENT_DENIED:
        return _send_back(request, asked, oauth_refusals.CONSENT_DENIED, status)
    # The first use of a tool claims a seat, if it has one for this person (R17).
    empty = pools.claim(session, client.tool_id, visitor.user_id, now=clock())
    if empty is not None:
        if client.switches.empty_pool == "sent_back":
            return _send_back(request, asked, oauth_refusals.EMPTY_POOL_SENT_BACK, status)
        return _stop(
            request,
            409,
            PoolEmptyError.code,
            str(PoolEmptyError()),
            oauth_refusals.EMPTY_POOL,
            asked.client_id,
        )
    if client.switches.unlicensed_logins == "denied" and not any(
        tool.id == client.tool_id
        for tool in licenses.tools_of(session, visitor.user_id, swedish_date(clock()))
    ):
        return _send_back(request, asked, oauth_refusals.UNLICENSED, status)
    code = logins.issue_code(session, client, visitor, asked, now=clock())
    return RedirectResponse(asked.granted(code), status, headers=TO_TOOLS)


def _again(request: Request) -> Response:
    return go(request, f"/oauth/auth?{_query_of(request)}")


def _send_back(
    request: Request, asked: AuthorizationRequest, refusal: OAuthRefusal, status: int
) -> Response:
    explaining.explain(request, refusal.explanation, error=refusal.error, client_id=asked.client_id)
    tracing.note("skolon", "login.sent_back", why=refusal.error)
    return RedirectResponse(asked.refused(refusal), status, headers=TO_TOOLS)


def _stop(
    request: Request,
    status: int,
    code: str,
    detail: str,
    explanation: Explanation,
    client_id: str,
) -> Response:
    explaining.explain(request, explanation, error=code, client_id=client_id)
    tracing.note("skolon", "login.stopped", why=code)
    problem = problems.Problem(status, code, detail, members={"query": _query_of(request)})
    return problems.answer(request, problem, refusals.answer_in_json)


def _pairs_of(request: Request) -> list[tuple[str, str]]:
    items = request.query_params.multi_items()
    return [(name, value) for name, value in items if name not in _OWN_PARAMETERS]


def _query_of(request: Request) -> str:
    return urlencode(_pairs_of(request))
