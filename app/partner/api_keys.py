"""Keys of calling programs: kept hashed, each with its scopes."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import ForbiddenError
from app.partner.models import ApiKey


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


def check(session: Session, key: str, scope: Scope) -> Caller:
    """Return who calls, if the key is in force and has the scope."""
    row = session.execute(
        select(ApiKey.id, ApiKey.name, ApiKey.scopes).where(
            ApiKey.key_hash == hashed(key), ApiKey.revoked_at.is_(None)
        )
    ).one_or_none()
    if row is None:
        raise UnknownKeyError
    if scope not in row.scopes.split():
        message = f"This key lacks the scope {scope}."
        raise MissingScopeError(message)
    return Caller(row.id, row.name)
