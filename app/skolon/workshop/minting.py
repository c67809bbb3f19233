"""Tokens and codes without a browser, for tests that are about something else than logging in."""

from fastapi import APIRouter, Depends, Request

from app.control import may_control
from app.dependencies import Clock, Database, Settings, peer
from app.skolon import minting, tools
from app.skolon.identity_provider.token import tokens_out
from app.skolon.schemas.minting import CodeIn, CodeOut, TokenIn
from app.skolon.schemas.oauth import TokensOut

router = APIRouter(dependencies=[Depends(may_control)])


@router.post("/tokens", name="skolon:mint_token", response_model_exclude_none=True)
def mint_token(asked: TokenIn, database: Database, settings: Settings, clock: Clock) -> TokensOut:
    """Give a token as the token endpoint does, of a person without their logging in."""
    client_id = asked.client_id or settings.skolon_client_id
    with database.write() as session:
        return tokens_out(minting.mint_token(session, asked, client_id, now=clock()))


@router.post("/codes", name="skolon:mint_code")
def mint_code(
    asked: CodeIn, request: Request, database: Database, settings: Settings, clock: Clock
) -> CodeOut:
    """Give a code as the login page does, to be redeemed at the token endpoint."""
    client_id = asked.client_id or settings.skolon_client_id
    with database.write() as session:
        redirect_uri = asked.redirect_uri
        if redirect_uri is None:
            _, uris = tools.read(session, client_id)
            first = uris[0] if uris else ""
            is_path = first.startswith("/")
            redirect_uri = peer(request, settings.partner_url).url + first if is_path else first
        code, lasts = minting.mint_code(session, asked, client_id, redirect_uri, now=clock())
    return CodeOut(code=code, redirect_uri=redirect_uri, expires_in=lasts)
