"""The token endpoint, which gives tools tokens."""

import base64
from typing import Annotated
from urllib.parse import unquote_plus

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import JSONResponse, Response

from app.dependencies import Clock, Database
from app.skolon import tokens
from app.skolon.domain import oauth
from app.skolon.domain.oauth import IssuedTokens, OAuthRefusal, TokenRequest
from app.skolon.schemas.oauth import OAuthErrorOut, TokenForm, TokensOut
from app.skolon.schemas.provenance import assumed, documented

FORM = "application/x-www-form-urlencoded"

router = APIRouter()


async def token_request(
    request: Request, form: Annotated[TokenForm, Form()]
) -> TokenRequest | OAuthRefusal:
    """Read the form, and the client from it or from Basic authentication."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        return OAuthRefusal("invalid_request", f"the body must be {FORM}")
    names = [name for name, _ in (await request.form()).multi_items()]
    if len(names) > len({*names}):
        return OAuthRefusal("invalid_request", "a parameter is given twice")
    basic = request.headers.get("authorization")
    client = _basic(basic) if basic else (form.client_id, (form.client_secret,))
    if client is None:
        return oauth.INVALID_CLIENT
    if basic and form.client_secret:
        return OAuthRefusal("invalid_request", "the client authenticates in two ways")
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
    asked: Annotated[TokenRequest | OAuthRefusal, Depends(token_request)],
    database: Database,
    clock: Clock,
) -> Response:
    """Give tokens for a code, for a refresh token, or to the tool itself."""
    if isinstance(asked, OAuthRefusal):
        return _token_refusal(asked)
    with database.write() as session:
        outcome = tokens.grant(session, asked, now=clock())
    if isinstance(outcome, OAuthRefusal):
        return _token_refusal(outcome)
    return JSONResponse(_tokens_out(outcome).model_dump(exclude_none=True))


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


def _tokens_out(issued: IssuedTokens) -> TokensOut:
    return TokensOut(
        access_token=issued.access_token,
        expires_in=int(oauth.ACCESS_TOKEN_LIFETIME.total_seconds()),
        refresh_token=issued.refresh_token,
    )


def _token_refusal(refusal: OAuthRefusal) -> Response:
    unknown = refusal.error == "invalid_client"
    return JSONResponse(
        {"error": refusal.error, "error_description": refusal.description},
        401 if unknown else 400,
        headers={"WWW-Authenticate": 'Basic realm="Skolon"'} if unknown else None,
    )
