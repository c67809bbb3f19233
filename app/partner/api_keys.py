"""Keys of calling programs: kept hashed, each with its scopes."""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session

from app import tracing
from app.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from app.partner.models import ApiKey

LONGEST_NAME = 100

# For statements that look for the key by the way.
IS_IN_FORCE = (ApiKey.key_hash == bindparam("key_hash")) & ApiKey.revoked_at.is_(None)
# Built once: SQLAlchemy takes longer to build a statement and to find it in its cache than SQLite
# to answer it.
_IN_FORCE = select(ApiKey.id, ApiKey.name, ApiKey.scopes).where(IS_IN_FORCE)


class Scope(StrEnum):
    REQUESTS_WRITE = "license-requests:write"
    REQUESTS_READ = "license-requests:read"
    REQUESTS_DECIDE = "license-requests:decide"
    LICENSES_READ = "licenses:read"
    CASES_WRITE = "code-cases:write"
    CASES_READ = "code-cases:read"
    CASES_RESOLVE = "code-cases:resolve"
    ORGANIZATIONS_READ = "organizations:read"
    ORGANIZATIONS_WRITE = "organizations:write"
    ACCOUNTS_READ = "accounts:read"
    ACCOUNTS_WRITE = "accounts:write"
    ACCOUNTS_ERASE = "accounts:erase"
    ROSTERS_READ = "rosters:read"


class MissingScopeError(ForbiddenError):
    """This key may not do that."""

    code = "missing_scope"


class KeyNameError(InvalidError):
    """A key's name says in 1 to 100 characters whose it is."""

    code = "key_name"


class NoSuchKeyError(NotFoundError):
    """No key in force has that id or name."""

    code = "no_such_key"


class AmbiguousKeyError(ConflictError):
    """Several keys in force have that name: say the id of one."""

    code = "ambiguous_key"


class UnknownKeyError(Exception):
    """No key in force is spelled like this."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The program that calls."""

    key_id: UUID
    name: str


def hashed(secret: str) -> str:
    """Return what is kept of a long random secret; no salt is needed for those."""
    return hashlib.sha256(secret.encode()).hexdigest()


def check(session: Session | Connection, key: str, scope: Scope) -> Caller:
    """Return who calls, if the key is in force and has the scope."""
    row = session.execute(_IN_FORCE, {"key_hash": hashed(key)}).one_or_none()
    if row is None:
        raise UnknownKeyError
    admit(row.name, row.scopes, scope)
    return Caller(row.id, row.name)


def admit(name: str | None, scopes: str | None, scope: Scope) -> None:
    """Let whoever calls go on, by what was found of the key; nothing, if it is not in force."""
    if name is None or scopes is None:
        raise UnknownKeyError
    tracing.called_by(name)
    if scope not in scopes.split():
        message = f"This key lacks the scope {scope}."
        raise MissingScopeError(message)


def make(session: Session, name: str, scopes: Iterable[Scope]) -> tuple[ApiKey, str]:
    """Add a key, and return it with its secret, which nobody can tell afterwards."""
    if not name.strip() or len(name) > LONGEST_NAME:
        raise KeyNameError
    secret = f"skolonmock-{secrets.token_urlsafe(32)}"
    key = ApiKey(name=name.strip(), key_hash=hashed(secret), scopes=" ".join(dict.fromkeys(scopes)))
    session.add(key)
    session.flush()
    return key, secret


def every(session: Session) -> Sequence[ApiKey]:
    """Return all keys, those in force first."""
    in_force_first = (ApiKey.revoked_at.is_not(None), ApiKey.name, ApiKey.id)
    return session.scalars(select(ApiKey).order_by(*in_force_first)).all()


def revoke(session: Session, id_or_name: str, *, now: datetime) -> ApiKey:
    """Let a key open nothing any more."""
    found = [
        key
        for key in every(session)
        if key.revoked_at is None and id_or_name in {str(key.id), key.name}
    ]
    if not found:
        raise NoSuchKeyError
    if len(found) > 1:
        raise AmbiguousKeyError
    (key,) = found
    key.revoked_at = now
    return key
