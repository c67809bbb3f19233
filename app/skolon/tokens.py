"""Tokens: who calls with one, and what tools get when they are given one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import and_, bindparam, insert, or_, select
from sqlalchemy.orm import Session

from app import tracing
from app.skolon import switches
from app.skolon.domain import oauth
from app.skolon.domain.oauth import IssuedTokens
from app.skolon.models import AuthorizationCode, Token, Tool, User
from app.skolon.schemas.switches import Switches
from app.tracing import Kind

# Put together once: to do so at each call takes longer than the database does.
_CALLER = (
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
        Token.access_hash == bindparam("access_hash"),
        Token.expires_at > bindparam("now"),
        Token.revoked_at.is_(None),
        or_(Token.user_id.is_(None), and_(User.id.is_not(None), User.deleted_at.is_(None))),
    )
)
_ADD_TOKEN = insert(Token)


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


@dataclass(frozen=True, slots=True)
class Holder:
    """To whom a token is given: to a tool, alone or for whoever brought it a code."""

    tool_id: UUID
    user_id: UUID | None = None
    school_id: UUID | None = None
    code_id: UUID | None = None
    scope: str = ""
    trace_id: str | None = None

    @classmethod
    def of(cls, code: AuthorizationCode) -> "Holder":
        return cls(code.tool_id, code.user_id, code.school_id, code.id, code.scope, code.trace_id)


def caller(session: Session, access_token: str, *, now: datetime) -> Caller | None:
    """Return who calls with this token, if it is in force."""
    row = (
        session.connection()
        .execute(_CALLER, {"access_hash": oauth.hashed(access_token), "now": now})
        .one_or_none()
    )
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


def issue(session: Session, holder: Holder, positions: Switches, now: datetime) -> IssuedTokens:
    """Give a token, and return its secrets."""
    issued = IssuedTokens(
        oauth.random_name(),
        # A user's tokens always have one, which the answer may leave out.
        oauth.random_name() if holder.user_id else None,
        lasts=timedelta(seconds=positions.token_seconds),
        # The tool's own token has none, and an empty one would be malformed (RFC 6749, 3.3).
        scope=(holder.scope or None) if positions.scope_in_answer == "given" else None,
        tells_refresh_token=positions.refresh_tokens == "given",
    )
    refresh_token = issued.refresh_token
    session.connection().execute(
        _ADD_TOKEN,
        {
            "id": uuid4(),
            "access_hash": oauth.hashed(issued.access_token),
            "refresh_hash": refresh_token and oauth.hashed(refresh_token),
            "tool_id": holder.tool_id,
            "user_id": holder.user_id,
            "school_id": holder.school_id,
            "code_id": holder.code_id,
            "scope": holder.scope,
            "expires_at": now + issued.lasts,
            "refresh_expires_at": refresh_token and now + oauth.REFRESH_TOKEN_LIFETIME,
            "trace_id": holder.trace_id,
        },
    )
    tracing.called_by(holder.tool_id)
    tracing.note(
        "skolon",
        "tokens.given",
        to="user" if holder.user_id else "tool",
        lasts_seconds=positions.token_seconds,
    )
    return issued
