"""What the token endpoint gives: tokens for codes, for refresh tokens and for being a tool."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, bindparam, select, update
from sqlalchemy.orm import Session

from app import tracing
from app.skolon import switches
from app.skolon.domain import oauth, oauth_refusals
from app.skolon.domain.oauth import IssuedTokens, TokenRequest
from app.skolon.domain.oauth_refusals import OAuthRefusal
from app.skolon.domain.rosters import Misfortune
from app.skolon.models import AuthorizationCode, Persona, Token, Tool
from app.skolon.refusals import reasons
from app.skolon.schemas.switches import Switches
from app.skolon.tokens import Holder, issue
from app.tracing import Kind

_NOBODYS_HASH = oauth.hashed("")

# A client, and a code or token of it if there is one.
Found = Row[*tuple[Any, ...]]

# Put together once: to do so at each call takes longer than the database does.
_CLIENT = select(
    Tool.id.label("tool_id"), Tool.secret_hash, switches.column().label("positions")
).where(Tool.client_id == bindparam("client_id"))
# One statement finds the client and its code: the endpoint is asked by everybody at eight.
_CLIENT_AND_CODE = (
    _CLIENT.add_columns(
        AuthorizationCode.id.label("code_id"),
        AuthorizationCode.user_id,
        AuthorizationCode.school_id,
        AuthorizationCode.redirect_uri,
        AuthorizationCode.scope,
        AuthorizationCode.code_challenge,
        AuthorizationCode.expires_at,
        AuthorizationCode.redeemed_at,
        AuthorizationCode.trace_id,
        Persona.misfortune,
    )
    .outerjoin(
        AuthorizationCode,
        and_(
            AuthorizationCode.tool_id == Tool.id,
            AuthorizationCode.code_hash == bindparam("code_hash"),
        ),
    )
    .outerjoin(Persona, Persona.user_id == AuthorizationCode.user_id)
)
_CLIENT_AND_TOKEN = _CLIENT.add_columns(
    Token.id.label("token_id"),
    Token.user_id,
    Token.school_id,
    Token.code_id,
    Token.scope,
    Token.refresh_expires_at,
    Token.refreshed_at,
    Token.revoked_at,
    Token.trace_id,
).outerjoin(Token, and_(Token.tool_id == Tool.id, Token.refresh_hash == bindparam("refresh_hash")))
_REDEEM = (
    update(AuthorizationCode)
    .where(AuthorizationCode.id == bindparam("code_id"), AuthorizationCode.redeemed_at.is_(None))
    .values(redeemed_at=bindparam("now"))
)


def grant(session: Session, asked: TokenRequest, *, now: datetime) -> IssuedTokens | OAuthRefusal:
    """Answer a token request; a refusal is returned, since it may revoke what was given."""
    match asked.grant_type:
        case "authorization_code":
            return _for_code(session, asked, now)
        case "refresh_token":
            return _for_refresh_token(session, asked, now)
        case "client_credentials":
            return _for_client(session, asked, now)
        case "":
            return oauth_refusals.NO_GRANT_TYPE
        case _:
            return oauth_refusals.UNKNOWN_GRANT_TYPE


def _for_client(
    session: Session, asked: TokenRequest, now: datetime
) -> IssuedTokens | OAuthRefusal:
    row = _found(session, _CLIENT, client_id=asked.client_id)
    if not _is_authentic(row, asked):
        return reasons.of_client(session, row, asked.client_id, asked.client_secrets)
    assert row is not None  # noqa: S101, an unknown client is not authentic
    return issue(session, Holder(row.tool_id), switches.parsed(row.positions), now)


def _for_code(session: Session, asked: TokenRequest, now: datetime) -> IssuedTokens | OAuthRefusal:
    code_hash = oauth.hashed(asked.code)
    row = _found(session, _CLIENT_AND_CODE, client_id=asked.client_id, code_hash=code_hash)
    if not _is_authentic(row, asked):
        return reasons.of_client(session, row, asked.client_id, asked.client_secrets)
    assert row is not None  # noqa: S101, an unknown client is not authentic
    if row.code_id is not None:
        tracing.concerns(row.user_id)
        tracing.belongs_to(row.trace_id, Kind.LOGIN)
    positions = switches.parsed(row.positions)
    refusal = _code_refusal(session, row, asked, positions, now)
    if refusal is not None:
        return refusal
    if row.misfortune is Misfortune.TOO_MANY_CALLS:
        return oauth_refusals.TOO_MANY_CALLS
    redeemed = session.connection().execute(_REDEEM, {"code_id": row.code_id, "now": now})
    if redeemed.rowcount == 0:
        _revoke(session, row.code_id, now)
        return oauth_refusals.used_code(row.redeemed_at and now - row.redeemed_at)
    issued = issue(session, _holder(row), positions, now)
    return replace(issued, is_slow=row.misfortune is Misfortune.SLOW_TOKEN)


def _code_refusal(
    session: Session, code: Found, asked: TokenRequest, positions: Switches, now: datetime
) -> OAuthRefusal | None:
    if not asked.code:
        return oauth_refusals.NO_CODE
    if code.code_id is None:
        return reasons.of_code(session, asked.code)
    if code.redeemed_at is not None:
        # Whether it still stands is settled by the update, which also remembers the misuse.
        return None
    if code.expires_at <= now:
        lifetime = timedelta(seconds=positions.code_seconds)
        return oauth_refusals.expired_code(now - code.expires_at + lifetime, lifetime)
    if positions.redirect_uri_again == "must_match" and code.redirect_uri != asked.redirect_uri:
        return oauth_refusals.other_redirect_uri(asked.redirect_uri, code.redirect_uri)
    is_checked = positions.pkce != "ignored"
    return oauth.verifier_refusal(code.code_challenge, asked.code_verifier) if is_checked else None


def _for_refresh_token(
    session: Session, asked: TokenRequest, now: datetime
) -> IssuedTokens | OAuthRefusal:
    refresh_hash = oauth.hashed(asked.refresh_token)
    old = _found(session, _CLIENT_AND_TOKEN, client_id=asked.client_id, refresh_hash=refresh_hash)
    if not _is_authentic(old, asked):
        return reasons.of_client(session, old, asked.client_id, asked.client_secrets)
    assert old is not None  # noqa: S101, an unknown client is not authentic
    if not asked.refresh_token:
        return oauth_refusals.NO_REFRESH_TOKEN
    if old.token_id is not None:
        tracing.concerns(old.user_id)
        tracing.belongs_to(old.trace_id, Kind.LOGIN)
    if old.token_id is None or old.revoked_at is not None or old.refresh_expires_at <= now:
        return reasons.of_refresh_token(session, asked.refresh_token, old.tool_id, now=now)
    refreshed = session.connection().execute(
        update(Token)
        .where(
            Token.id == old.token_id,
            Token.refreshed_at.is_(None),
            Token.revoked_at.is_(None),
            Token.code_id.in_(_locked(old.code_id)),
        )
        .values(refreshed_at=now)
    )
    if refreshed.rowcount == 0:
        _revoke(session, old.code_id, now)
        return oauth_refusals.used_refresh_token(old.refreshed_at and now - old.refreshed_at)
    return issue(session, _holder(old), switches.parsed(old.positions), now)


def _found(session: Session, statement: Select[*tuple[Any, ...]], **names: str) -> Found | None:
    return session.connection().execute(statement, names).one_or_none()


def _holder(row: Found) -> Holder:
    return Holder(row.tool_id, row.user_id, row.school_id, row.code_id, row.scope, row.trace_id)


def _revoke(session: Session, code_id: UUID, now: datetime) -> None:
    # Whoever refreshes right now is waited for, so that what they get is seen and falls too.
    session.execute(_locked(code_id))
    session.execute(
        update(Token)
        .where(Token.code_id == code_id, Token.revoked_at.is_(None))
        .values(revoked_at=now)
        .execution_options(synchronize_session=False)
    )


def _locked(code_id: UUID | None) -> Select[UUID]:
    """Find the code, and keep others from giving or revoking tokens for it until the end."""
    return select(AuthorizationCode.id).where(AuthorizationCode.id == code_id).with_for_update()


def _is_authentic(tool: Found | None, asked: TokenRequest) -> bool:
    # An unknown client takes as long as a wrong secret.
    secret_hash = tool.secret_hash if tool else _NOBODYS_HASH
    return oauth.matches(secret_hash, asked.client_secrets) and tool is not None
