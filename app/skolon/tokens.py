"""Tokens: what tools get for codes, for refresh tokens and for being who they are."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import CursorResult, Select, and_, or_, select, update
from sqlalchemy.orm import Session

from app.skolon.domain import oauth
from app.skolon.domain.oauth import INVALID_CLIENT, IssuedTokens, OAuthRefusal, TokenRequest
from app.skolon.models import AuthorizationCode, Token, Tool, User

_NOBODYS_HASH = oauth.hashed("")


@dataclass(frozen=True, slots=True)
class Caller:
    """The tool that calls, alone or for one of its users."""

    tool_id: UUID
    user_id: UUID | None
    school_id: UUID | None
    scopes: frozenset[str]


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
            return OAuthRefusal("invalid_request", "grant_type is missing")
        case _:
            return OAuthRefusal("unsupported_grant_type", "this grant_type is not known")


def caller(session: Session, access_token: str, *, now: datetime) -> Caller | None:
    """Return who calls with this token, if it is in force."""
    row = session.execute(
        select(Token.tool_id, Token.user_id, Token.school_id, Token.scope)
        .outerjoin(User, User.id == Token.user_id)
        .where(
            Token.access_hash == oauth.hashed(access_token),
            Token.expires_at > now,
            Token.revoked_at.is_(None),
            or_(Token.user_id.is_(None), and_(User.id.is_not(None), User.deleted_at.is_(None))),
        )
    ).one_or_none()
    if row is None:
        return None
    return Caller(row.tool_id, row.user_id, row.school_id, frozenset(row.scope.split()))


def _for_client(
    session: Session, asked: TokenRequest, now: datetime
) -> IssuedTokens | OAuthRefusal:
    tool = session.scalar(select(Tool).where(Tool.client_id == asked.client_id))
    if not _is_authentic(tool, asked):
        return INVALID_CLIENT
    assert tool is not None  # noqa: S101, an unknown client is not authentic
    return _issue(session, Token(tool_id=tool.id, scope=""), now)


def _for_code(session: Session, asked: TokenRequest, now: datetime) -> IssuedTokens | OAuthRefusal:
    # One statement finds the client and its code: the endpoint is asked by everybody at eight.
    is_code = and_(
        AuthorizationCode.tool_id == Tool.id,
        AuthorizationCode.code_hash == oauth.hashed(asked.code),
    )
    row = session.execute(
        select(Tool, AuthorizationCode)
        .outerjoin(AuthorizationCode, is_code)
        .where(Tool.client_id == asked.client_id)
    ).one_or_none()
    if not _is_authentic(row and row.Tool, asked):
        return INVALID_CLIENT
    assert row is not None  # noqa: S101, an unknown client is not authentic
    code = row.AuthorizationCode
    refusal = _code_refusal(code, asked, now)
    if refusal is not None:
        return refusal
    redeemed = session.execute(
        update(AuthorizationCode)
        .where(AuthorizationCode.id == code.id, AuthorizationCode.redeemed_at.is_(None))
        .values(redeemed_at=now)
        .execution_options(synchronize_session=False)
    )
    if _count(redeemed) == 0:
        _revoke(session, code.id, now)
        return oauth.USED_CODE
    return _issue(
        session,
        Token(
            tool_id=code.tool_id,
            user_id=code.user_id,
            school_id=code.school_id,
            code_id=code.id,
            scope=code.scope,
        ),
        now,
    )


def _code_refusal(
    code: AuthorizationCode | None, asked: TokenRequest, now: datetime
) -> OAuthRefusal | None:
    if not asked.code:
        return OAuthRefusal("invalid_request", "code is missing")
    if code is None:
        return OAuthRefusal("invalid_grant", "this client was given no such code")
    if code.redeemed_at is not None:
        # Whether it still stands is settled by the update, which also remembers the misuse.
        return None
    if code.expires_at <= now:
        return OAuthRefusal("invalid_grant", "the code has expired")
    if code.redirect_uri != asked.redirect_uri:
        return OAuthRefusal("invalid_grant", "redirect_uri is not the one asked with before")
    return oauth.verifier_refusal(code.code_challenge, asked.code_verifier)


def _for_refresh_token(
    session: Session, asked: TokenRequest, now: datetime
) -> IssuedTokens | OAuthRefusal:
    is_token = and_(
        Token.tool_id == Tool.id, Token.refresh_hash == oauth.hashed(asked.refresh_token)
    )
    row = session.execute(
        select(Tool, Token).outerjoin(Token, is_token).where(Tool.client_id == asked.client_id)
    ).one_or_none()
    if not _is_authentic(row and row.Tool, asked):
        return INVALID_CLIENT
    assert row is not None  # noqa: S101, an unknown client is not authentic
    if not asked.refresh_token:
        return OAuthRefusal("invalid_request", "refresh_token is missing")
    old = row.Token
    if old is None or old.revoked_at is not None or old.refresh_expires_at <= now:
        return OAuthRefusal("invalid_grant", "the refresh token is unknown, expired or revoked")
    refreshed = session.execute(
        update(Token)
        .where(
            Token.id == old.id,
            Token.refreshed_at.is_(None),
            Token.revoked_at.is_(None),
            Token.code_id.in_(_locked(old.code_id)),
        )
        .values(refreshed_at=now)
        .execution_options(synchronize_session=False)
    )
    if _count(refreshed) == 0:
        _revoke(session, old.code_id, now)
        return oauth.USED_REFRESH_TOKEN
    return _issue(
        session,
        Token(
            tool_id=old.tool_id,
            user_id=old.user_id,
            school_id=old.school_id,
            code_id=old.code_id,
            scope=old.scope,
        ),
        now,
    )


def _issue(session: Session, token: Token, now: datetime) -> IssuedTokens:
    issued = IssuedTokens(oauth.random_name(), oauth.random_name() if token.user_id else None)
    token.access_hash = oauth.hashed(issued.access_token)
    token.expires_at = now + oauth.ACCESS_TOKEN_LIFETIME
    if issued.refresh_token is not None:
        token.refresh_hash = oauth.hashed(issued.refresh_token)
        token.refresh_expires_at = now + oauth.REFRESH_TOKEN_LIFETIME
    session.add(token)
    return issued


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


def _is_authentic(tool: Tool | None, asked: TokenRequest) -> bool:
    # An unknown client takes as long as a wrong secret.
    secret_hash = tool.secret_hash if tool else _NOBODYS_HASH
    return oauth.matches(secret_hash, asked.client_secrets) and tool is not None


def _count(result: object) -> int:
    assert isinstance(result, CursorResult)  # noqa: S101, for the type checker
    return result.rowcount
