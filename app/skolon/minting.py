"""Tokens and codes without a browser: what a test gets that has nothing to do with logging in."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.skolon import removals, switches, tokens, tools
from app.skolon.domain import oauth
from app.skolon.domain.errors import PartnerAccountError
from app.skolon.domain.oauth import IssuedTokens
from app.skolon.domain.rosters import Role
from app.skolon.models import AuthorizationCode, School, SchoolMembership, Tool
from app.skolon.schemas.minting import CodeIn, TokenIn
from app.skolon.tokens import Holder


def mint_token(session: Session, asked: TokenIn, client_id: str, *, now: datetime) -> IssuedTokens:
    """Give a tool a token of its own, or one of a person as if they had just logged in."""
    tool, _ = tools.read(session, client_id)
    positions = switches.read(session)
    if asked.expires_in is not None:
        positions = positions.model_copy(update={"token_seconds": asked.expires_in})
    if asked.persona is None:
        return tokens.issue(session, Holder(tool.id), positions, now)
    code = _code_of(session, tool, asked.persona, asked.scope, "", now)
    code.redeemed_at = now
    session.add(code)
    session.flush()
    return tokens.issue(session, Holder.of(code), positions, now)


def mint_code(
    session: Session, asked: CodeIn, client_id: str, redirect_uri: str, *, now: datetime
) -> tuple[str, int]:
    """Give a tool a code of a person, and how many seconds it is good."""
    tool, _ = tools.read(session, client_id)
    code = _code_of(session, tool, asked.persona, asked.scope, redirect_uri, now)
    secret = oauth.random_name()
    code.code_hash = oauth.hashed(secret)
    code.code_challenge = asked.code_challenge
    lasts = switches.read(session).code_seconds
    code.expires_at = now + timedelta(seconds=lasts)
    session.add(code)
    return secret, lasts


def _code_of(
    session: Session, tool: Tool, persona: str, scope: str | None, redirect_uri: str, now: datetime
) -> AuthorizationCode:
    user = removals.find_user(session, persona)
    if user.role is Role.PARTNER:
        raise PartnerAccountError
    allowed = tool.scopes.split()
    asked = allowed if scope is None else scope.split()
    return AuthorizationCode(
        code_hash=oauth.hashed(oauth.random_name()),
        tool_id=tool.id,
        user_id=user.id,
        school_id=_first_school(session, user.id),
        redirect_uri=redirect_uri,
        scope=" ".join(one for one in asked if one in allowed),
        expires_at=now,
    )


def _first_school(session: Session, user_id: UUID) -> UUID | None:
    return session.scalar(
        select(SchoolMembership.school_id)
        .join(School, School.id == SchoolMembership.school_id)
        .where(SchoolMembership.user_id == user_id, School.deleted_at.is_(None))
        .order_by(SchoolMembership.position)
        .limit(1)
    )
