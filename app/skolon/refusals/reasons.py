"""Which one of the things that are the same on the wire it was.

The statements here are run only once it is known that the answer is a refusal.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app import explaining
from app.explaining import Certainty, Explanation
from app.skolon import switches
from app.skolon.domain import api_refusals, oauth, oauth_refusals
from app.skolon.domain.oauth import AuthorizationRequest
from app.skolon.domain.oauth_refusals import OAuthRefusal
from app.skolon.models import AuthorizationCode, Token, Tool, User

_MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whose bearer token it was, and why it is not accepted, if it is not."""

    client_id: str | None = None
    scopes: tuple[str, ...] = ()
    refusal: Explanation | None = None


def of_client(
    session: Session, tool: object, client_id: str, secrets: tuple[str, ...]
) -> OAuthRefusal:
    """Tell why this client is not authentic; `tool` is the one of this name, if there is one."""
    # Whether the client is known or not, the same statement is run: it takes the same time.
    tools = session.execute(
        select(Tool.client_id, Tool.secret_hash).order_by(Tool.client_id).limit(_MOST_NAMED)
    ).all()
    if not client_id:
        return oauth_refusals.NO_CLIENT
    if tool is None:
        if any(oauth.matches(other.secret_hash, [client_id]) for other in tools):
            return oauth_refusals.SWAPPED_CLIENT
        return oauth_refusals.unknown_client([other.client_id for other in tools])
    if not any(secrets):
        return oauth_refusals.NO_SECRET
    for other in tools:
        if oauth.matches(other.secret_hash, secrets):
            return oauth_refusals.secret_of_another(other.client_id)
    return oauth_refusals.WRONG_SECRET


def name_of_client(session: Session, client_id: str) -> str:
    """Return what may be kept of a client_id: all of it only if it is one."""
    is_known = session.scalar(select(Tool.id).where(Tool.client_id == client_id)) is not None
    return client_id if is_known else explaining.beginning_of(client_id)


def of_unclear_client(session: Session, asked: AuthorizationRequest) -> Explanation:
    """Tell why it is not plain who sent somebody to the login page."""
    if not asked.has_one_target:
        return oauth_refusals.TARGET_GIVEN_TWICE
    refusal = of_client(session, None, asked.client_id, ())
    # That a wrong client gets 401 from the token endpoint is documented; this page is not.
    return replace(refusal.explanation, certainty=Certainty.ASSUMED)


def of_code(session: Session, code: str) -> OAuthRefusal:
    """Tell why this client was given no such code."""
    owner = session.scalar(
        select(Tool.client_id)
        .join(AuthorizationCode, AuthorizationCode.tool_id == Tool.id)
        .where(AuthorizationCode.code_hash == oauth.hashed(code))
    )
    return oauth_refusals.code_of_another(owner) if owner else oauth_refusals.UNKNOWN_CODE


def of_refresh_token(
    session: Session, refresh_token: str, tool_id: UUID, *, now: datetime
) -> OAuthRefusal:
    """Tell why there is no such refresh token in force for this client."""
    found = _token(session, refresh_token)
    if found is None:
        return oauth_refusals.UNKNOWN_REFRESH_TOKEN
    token, client_id = found
    if token.refresh_hash != oauth.hashed(refresh_token):
        return oauth_refusals.ACCESS_TOKEN_AS_REFRESH_TOKEN
    if token.tool_id != tool_id:
        return oauth_refusals.refresh_token_of_another(client_id)
    if token.revoked_at is not None:
        return oauth_refusals.revoked_refresh_token(now - token.revoked_at)
    assert token.refresh_expires_at is not None  # noqa: S101, as the table demands
    since = now - token.refresh_expires_at
    lifetime = oauth.REFRESH_TOKEN_LIFETIME
    return oauth_refusals.expired_refresh_token(since + lifetime, lifetime)


def of_bearer(session: Session, header: str, *, now: datetime) -> Bearer:
    """Tell whose token the Authorization header holds, and why it is refused if it is."""
    scheme, _, secret = header.partition(" ")
    secret = secret.strip()
    if not header:
        return Bearer(refusal=api_refusals.NO_HEADER)
    if scheme.lower() != "bearer" or not secret:
        return Bearer(refusal=api_refusals.not_bearer(scheme))
    found = _token(session, secret)
    if found is not None:
        token, client_id = found
        refusal = _token_refusal(session, token, secret, now)
        return Bearer(client_id, tuple(token.scope.split()), refusal)
    if any(sign.isspace() or sign in "\"'" for sign in secret):
        return Bearer(refusal=api_refusals.MORE_THAN_A_TOKEN)
    code = select(AuthorizationCode.id).where(AuthorizationCode.code_hash == oauth.hashed(secret))
    is_code = session.scalar(code) is not None
    return Bearer(refusal=api_refusals.CODE if is_code else api_refusals.UNKNOWN_TOKEN)


def _token_refusal(
    session: Session, token: Token, secret: str, now: datetime
) -> Explanation | None:
    if token.access_hash != oauth.hashed(secret):
        return api_refusals.REFRESH_TOKEN
    if token.revoked_at is not None:
        return api_refusals.revoked_token(now - token.revoked_at)
    if token.expires_at <= now:
        lifetime = timedelta(seconds=switches.read(session).token_seconds)
        return api_refusals.expired_token(now - token.expires_at + lifetime, lifetime)
    if token.user_id is None:
        return None
    user = session.get(User, token.user_id)
    is_there = user is not None and user.deleted_at is None
    return None if is_there else api_refusals.NOBODYS_TOKEN


def _token(session: Session, secret: str) -> tuple[Token, str] | None:
    """Return the access or refresh token of this name, and the client that it was given to."""
    name = oauth.hashed(secret)
    row = session.execute(
        select(Token, Tool.client_id)
        .join(Tool, Tool.id == Token.tool_id)
        .where(or_(Token.access_hash == name, Token.refresh_hash == name))
    ).one_or_none()
    return (row.Token, row.client_id) if row else None
