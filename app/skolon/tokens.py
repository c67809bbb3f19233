"""Tokens: what tools get for codes, for refresh tokens and for being who they are."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CursorResult, Select, and_, or_, select, update
from sqlalchemy.orm import Session

from app import tracing
from app.skolon import switches
from app.skolon.domain import oauth, oauth_refusals
from app.skolon.domain.oauth import IssuedTokens, TokenRequest
from app.skolon.domain.oauth_refusals import OAuthRefusal
from app.skolon.domain.rosters import Misfortune
from app.skolon.models import AuthorizationCode, Persona, Token, Tool, User
from app.skolon.refusals import reasons
from app.skolon.schemas.switches import Switches
from app.tracing import Kind

_NOBODYS_HASH = oauth.hashed("")


@dataclass(frozen=True, slots=True)
class Caller:
    """The tool that calls, alone or for one of its users."""

    tool_id: UUID
    user_id: UUID | None
    school_id: UUID | None
    scopes: frozenset[str]
    switches: Switches
    # Whose licenses it sees: its own, and by a switch those of all tools of its provider.
    tool_ids: tuple[UUID, ...]

    @property
    def own(self) -> UUID | None:
        """The person whose things alone are listed, if the token is a user's."""
        return self.user_id if self.switches.lists_for_users == "own" else None


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


def caller(session: Session, access_token: str, *, now: datetime) -> Caller | None:
    """Return who calls with this token, if it is in force."""
    row = session.execute(
        select(
            Token.tool_id,
            Token.user_id,
            Token.school_id,
            Token.scope,
            Token.trace_id,
            switches.column().label("positions"),
        )
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
    tracing.called_by(row.tool_id)
    if row.user_id is not None:
        tracing.concerns(row.user_id)
        tracing.belongs_to(row.trace_id, Kind.LOGIN)
    positions = switches.parsed(row.positions)
    return Caller(
        tool_id=row.tool_id,
        user_id=row.user_id,
        school_id=row.school_id,
        scopes=frozenset(row.scope.split()),
        switches=positions,
        tool_ids=tools_of_provider(session, row.tool_id)
        if positions.tools_of_one_provider == "together"
        else (row.tool_id,),
    )


def tools_of_provider(session: Session, tool_id: UUID) -> tuple[UUID, ...]:
    """Return the tools that the provider of this one sells, this one among them."""
    provider = select(Tool.provider).where(Tool.id == tool_id).scalar_subquery()
    return tuple(
        session.scalars(
            select(Tool.id).where(
                or_(Tool.id == tool_id, and_(Tool.provider == provider, Tool.provider != ""))
            )
        )
    )


def _for_client(
    session: Session, asked: TokenRequest, now: datetime
) -> IssuedTokens | OAuthRefusal:
    row = session.execute(
        select(Tool, switches.column().label("positions")).where(Tool.client_id == asked.client_id)
    ).one_or_none()
    if not _is_authentic(row and row.Tool, asked):
        return reasons.of_client(session, row, asked.client_id, asked.client_secrets)
    assert row is not None  # noqa: S101, an unknown client is not authentic
    token = Token(tool_id=row.Tool.id, scope="")
    return issue(session, token, switches.parsed(row.positions), now)


def _for_code(session: Session, asked: TokenRequest, now: datetime) -> IssuedTokens | OAuthRefusal:
    # One statement finds the client and its code: the endpoint is asked by everybody at eight.
    is_code = and_(
        AuthorizationCode.tool_id == Tool.id,
        AuthorizationCode.code_hash == oauth.hashed(asked.code),
    )
    row = session.execute(
        select(Tool, AuthorizationCode, Persona.misfortune, switches.column().label("positions"))
        .outerjoin(AuthorizationCode, is_code)
        .outerjoin(Persona, Persona.user_id == AuthorizationCode.user_id)
        .where(Tool.client_id == asked.client_id)
    ).one_or_none()
    if not _is_authentic(row and row.Tool, asked):
        return reasons.of_client(session, row, asked.client_id, asked.client_secrets)
    assert row is not None  # noqa: S101, an unknown client is not authentic
    code = row.AuthorizationCode
    if code is not None:
        tracing.concerns(code.user_id)
        tracing.belongs_to(code.trace_id, Kind.LOGIN)
    positions = switches.parsed(row.positions)
    refusal = _code_refusal(session, code, asked, positions, now)
    if refusal is not None:
        return refusal
    if row.misfortune is Misfortune.TOO_MANY_CALLS:
        return oauth_refusals.TOO_MANY_CALLS
    redeemed = session.execute(
        update(AuthorizationCode)
        .where(AuthorizationCode.id == code.id, AuthorizationCode.redeemed_at.is_(None))
        .values(redeemed_at=now)
        .execution_options(synchronize_session=False)
    )
    if _count(redeemed) == 0:
        _revoke(session, code.id, now)
        return oauth_refusals.used_code(code.redeemed_at and now - code.redeemed_at)
    issued = issue(session, token_for(code), positions, now)
    return replace(issued, is_slow=row.misfortune is Misfortune.SLOW_TOKEN)


def token_for(code: AuthorizationCode) -> Token:
    """Return the token that a code stands for, without its secret yet."""
    return Token(
        tool_id=code.tool_id,
        user_id=code.user_id,
        school_id=code.school_id,
        code_id=code.id,
        scope=code.scope,
        trace_id=code.trace_id,
    )


def _code_refusal(
    session: Session,
    code: AuthorizationCode | None,
    asked: TokenRequest,
    positions: Switches,
    now: datetime,
) -> OAuthRefusal | None:
    if not asked.code:
        return oauth_refusals.NO_CODE
    if code is None:
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
    is_token = and_(
        Token.tool_id == Tool.id, Token.refresh_hash == oauth.hashed(asked.refresh_token)
    )
    row = session.execute(
        select(Tool, Token, switches.column().label("positions"))
        .outerjoin(Token, is_token)
        .where(Tool.client_id == asked.client_id)
    ).one_or_none()
    if not _is_authentic(row and row.Tool, asked):
        return reasons.of_client(session, row, asked.client_id, asked.client_secrets)
    assert row is not None  # noqa: S101, an unknown client is not authentic
    if not asked.refresh_token:
        return oauth_refusals.NO_REFRESH_TOKEN
    old = row.Token
    if old is not None:
        tracing.concerns(old.user_id)
        tracing.belongs_to(old.trace_id, Kind.LOGIN)
    if old is None or old.revoked_at is not None or old.refresh_expires_at <= now:
        return reasons.of_refresh_token(session, asked.refresh_token, row.Tool.id, now=now)
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
        return oauth_refusals.used_refresh_token(old.refreshed_at and now - old.refreshed_at)
    return issue(
        session,
        Token(
            tool_id=old.tool_id,
            user_id=old.user_id,
            school_id=old.school_id,
            code_id=old.code_id,
            scope=old.scope,
            trace_id=old.trace_id,
        ),
        switches.parsed(row.positions),
        now,
    )


def issue(session: Session, token: Token, positions: Switches, now: datetime) -> IssuedTokens:
    """Give the token its secrets, and return them."""
    issued = IssuedTokens(
        oauth.random_name(),
        # A user's tokens always have one, which the answer may leave out.
        oauth.random_name() if token.user_id else None,
        lasts=timedelta(seconds=positions.token_seconds),
        # The tool's own token has none, and an empty one would be malformed (RFC 6749, 3.3).
        scope=(token.scope or None) if positions.scope_in_answer == "given" else None,
        tells_refresh_token=positions.refresh_tokens == "given",
    )
    token.access_hash = oauth.hashed(issued.access_token)
    token.expires_at = now + issued.lasts
    if issued.refresh_token is not None:
        token.refresh_hash = oauth.hashed(issued.refresh_token)
        token.refresh_expires_at = now + oauth.REFRESH_TOKEN_LIFETIME
    session.add(token)
    tracing.called_by(token.tool_id)
    tracing.note(
        "skolon",
        "tokens.given",
        to="user" if token.user_id else "tool",
        lasts_seconds=positions.token_seconds,
    )
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
