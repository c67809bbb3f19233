"""Whose call it is: the tool and the persona, as far as a request tells before it is answered."""

import base64
import binascii
from urllib.parse import parse_qs, unquote_plus

from fastapi import Request
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app import pages
from app.skolon.browser import COOKIE
from app.skolon.domain import oauth
from app.skolon.models import AuthorizationCode, BrowserSession, Persona, Token, Tool

_MOST_READ = 65_536

Whose = tuple[str | None, str | None]


def whose(session: Session, request: Request, body: bytes) -> Whose:
    """Return the client and the persona, each if it is known."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return _of_token(session, secret.strip())
    sent = dict(request.query_params) | _form(body)
    if sent.get("code"):
        return _of_code(session, sent["code"])
    if sent.get("refresh_token"):
        return _of_token(session, sent["refresh_token"])
    client_id = sent.get("client_id") or _basic_name(scheme, secret)
    persona = sent.get("persona") or sent.get("login_hint") or _logged_in(session, request)
    return client_id, persona


def _form(body: bytes) -> dict[str, str]:
    if len(body) > _MOST_READ:
        return {}
    fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=100)
    return {name: values[0] for name, values in fields.items()}


def _basic_name(scheme: str, credentials: str) -> str | None:
    try:
        name = base64.b64decode(credentials).partition(b":")[0].decode()
    except (binascii.Error, ValueError):
        return None
    return unquote_plus(name) if scheme.lower() == "basic" else None


def _of_token(session: Session, token: str) -> Whose:
    name = oauth.hashed(token)
    row = session.execute(
        select(Tool.client_id, Persona.key)
        .select_from(Token)
        .join(Tool, Tool.id == Token.tool_id)
        .outerjoin(Persona, Persona.user_id == Token.user_id)
        .where(or_(Token.access_hash == name, Token.refresh_hash == name))
    ).first()
    return (row.client_id, row.key) if row else (None, None)


def _of_code(session: Session, code: str) -> Whose:
    row = session.execute(
        select(Tool.client_id, Persona.key)
        .select_from(AuthorizationCode)
        .join(Tool, Tool.id == AuthorizationCode.tool_id)
        .outerjoin(Persona, Persona.user_id == AuthorizationCode.user_id)
        .where(AuthorizationCode.code_hash == oauth.hashed(code))
    ).first()
    return (row.client_id, row.key) if row else (None, None)


def _logged_in(session: Session, request: Request) -> str | None:
    token = pages.cookie(request, COOKIE)
    if not token:
        return None
    return session.scalar(
        select(Persona.key)
        .join(BrowserSession, BrowserSession.user_id == Persona.user_id)
        .where(BrowserSession.token_hash == oauth.hashed(token))
    )
