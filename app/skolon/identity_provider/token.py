"""The token endpoint, which gives tools tokens."""

import base64
import json
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import unquote_plus

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from app import explaining, tracing
from app.dependencies import Clock, Database
from app.dropping import linger
from app.skolon import grants, switches
from app.skolon.domain import oauth_refusals
from app.skolon.domain.oauth import IssuedTokens, TokenRequest
from app.skolon.domain.oauth_refusals import FORM, JSON, OAuthRefusal
from app.skolon.refusals import reasons
from app.skolon.schemas.oauth import OAuthErrorOut, TokenForm, TokensOut
from app.skolon.schemas.provenance import assumed, documented

# Real seconds that a token takes which is slow on purpose; tools should have given up by then.
SLOW_SECONDS = 8
# Tells that a persona's misfortune, and nobody's mistake, made the answer what it is.
ON_PURPOSE = {"X-Skolon-Mock-Fault": "persona"}
_STATUS = {"invalid_client": 401, "too_many_requests": 429}
_HEADERS = {
    "invalid_client": {"WWW-Authenticate": 'Basic realm="Skolon"'},
    "too_many_requests": {"Retry-After": "30", **ON_PURPOSE},
}

router = APIRouter(prefix="/oauth", tags=["identity provider"])


class SlowAnswer(JSONResponse):
    """Goes out after a while, during which it holds neither a thread nor a connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if await linger(scope, SLOW_SECONDS):
            await super().__call__(scope, receive, send)


@dataclass(frozen=True, slots=True)
class Sent:
    """The fields of a token request as they were sent, and in which kind of body."""

    content_type: str
    fields: list[tuple[str, str]]
    # What is wrong with the JSON, if that is what it is; whether it counts, a switch says.
    refusal: OAuthRefusal | None = None


async def sent_fields(request: Request) -> Sent:
    """Return the fields of the form, without files, or those of an object in JSON."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type == JSON:
        return _sent_as_json(await request.body())
    fields = (await request.form()).multi_items()
    return Sent(content_type, [(name, text) for name, text in fields if isinstance(text, str)])


Fields = Annotated[Sent, Depends(sent_fields)]


async def token_request(
    request: Request, form: Annotated[TokenForm, Form()], sent: Fields
) -> TokenRequest | OAuthRefusal:
    """Read the form, and the client from it or from Basic authentication."""
    if sent.content_type not in (FORM, JSON):
        return oauth_refusals.not_a_form(sent.content_type)
    if sent.refusal is not None:
        return sent.refusal
    if sent.content_type == JSON:
        form = TokenForm.model_validate(dict(sent.fields))
    names = [name for name, _ in sent.fields]
    if len(names) > len({*names}):
        return oauth_refusals.field_twice(names)
    basic = request.headers.get("authorization")
    client = _basic(basic) if basic else (form.client_id, (form.client_secret,))
    if client is None:
        return oauth_refusals.MALFORMED_BASIC
    if basic and form.client_secret:
        return oauth_refusals.TWO_WAYS
    return TokenRequest(
        grant_type=form.grant_type,
        client_id=client[0],
        client_secrets=client[1],
        code=form.code,
        redirect_uri=form.redirect_uri,
        code_verifier=form.code_verifier,
        refresh_token=form.refresh_token,
    )


@router.post(
    "/access_token",
    name="skolon:access_token",
    response_model=TokensOut,
    responses={
        400: {"model": OAuthErrorOut, "description": "RFC 6749's errors.", **assumed()},
        401: {"model": OAuthErrorOut, "description": "Wrong client or secret.", **documented()},
        422: {"description": "Not used.", **assumed("Skolon is not known to name this status.")},
    },
    openapi_extra=documented("1 of them puts a slash at the end of the path.", seen_in=5),
)
@router.post("/access_token/", include_in_schema=False)
def access_token(
    request: Request,
    asked: Annotated[TokenRequest | OAuthRefusal, Depends(token_request)],
    sent: Fields,
    database: Database,
    clock: Clock,
) -> Response:
    """Give tokens for a code, for a refresh token, or to the tool itself."""
    if sent.content_type == JSON:
        with database.read() as session:
            is_refused = switches.read(session).json_token_requests == "refused"  # noqa: S105, a position
        if is_refused:
            return _token_refusal(request, oauth_refusals.not_a_form(JSON), "", [])
    if isinstance(asked, OAuthRefusal):
        client_id = explaining.beginning_of(dict(sent.fields).get("client_id", ""))
        return _token_refusal(request, asked, client_id, sent.fields)
    with database.write() as session:
        outcome = grants.grant(session, asked, now=clock())
        if isinstance(outcome, OAuthRefusal):
            client_id = reasons.name_of_client(session, asked.client_id)
    if isinstance(outcome, OAuthRefusal):
        return _token_refusal(request, outcome, client_id, sent.fields)
    body = tokens_out(outcome).model_dump(exclude_none=True)
    return SlowAnswer(body, headers=ON_PURPOSE) if outcome.is_slow else JSONResponse(body)


def _sent_as_json(body: bytes) -> Sent:
    try:
        # A tuple of pairs tells an object from a list, and keeps a name that is there twice.
        read = json.loads(body, object_pairs_hook=tuple)
        if not isinstance(read, tuple):
            return Sent(JSON, [], oauth_refusals.BAD_JSON)
        known = [pair for pair in read if pair[0] in TokenForm.model_fields]
        for name, value in known:
            TokenForm.model_validate({name: value})
    except (ValueError, RecursionError):
        return Sent(JSON, [], oauth_refusals.BAD_JSON)
    return Sent(JSON, known)


def _basic(header: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the client id and the ways in which its secret may be meant."""
    scheme, _, credentials = header.partition(" ")
    try:
        name, colon, secret = base64.b64decode(credentials).decode().partition(":")
    except ValueError:
        return None
    client_id = unquote_plus(name)
    if scheme.lower() != "basic" or not colon or "\x00" in client_id:
        return None
    return client_id, (secret, unquote_plus(secret))


def tokens_out(issued: IssuedTokens) -> TokensOut:
    """Return tokens as the endpoint words them."""
    return TokensOut(
        access_token=issued.access_token,
        expires_in=int(issued.lasts.total_seconds()),
        refresh_token=issued.refresh_token if issued.tells_refresh_token else None,
        scope=issued.scope,
    )


def _token_refusal(
    request: Request, refusal: OAuthRefusal, client_id: str, fields: list[tuple[str, str]]
) -> Response:
    explaining.explain(
        request,
        refusal.explanation,
        error=refusal.error,
        client_id=client_id,
        parameters=fields,
    )
    tracing.note("skolon", "tokens.refused", why=refusal.error)
    return JSONResponse(
        {"error": refusal.error, "error_description": refusal.description},
        _STATUS.get(refusal.error, 400),
        headers=_HEADERS.get(refusal.error),
    )
