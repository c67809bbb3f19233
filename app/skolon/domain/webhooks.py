"""Rules of webhooks: what is told, how often it is tried, and where it may go."""

import base64
import hashlib
import hmac
from collections.abc import Collection
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlsplit

# Edits that come one upon another are told together.
COALESCED_FOR = timedelta(seconds=2)
RETRIES_AFTER = (timedelta(seconds=1), timedelta(seconds=5), timedelta(seconds=25))

LOOPBACK = ("localhost", "127.0.0.1", "::1")


class WebhookKind(StrEnum):
    """The three addresses that a tool can register."""

    DATA_EDITS = "data-edits"
    REMOVE_USER = "remove-user"
    REMOVE_CLASS = "remove-class"


class WebhookState(StrEnum):
    """How it stands with a webhook."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


class WebhookMishap(StrEnum):
    """What befell a webhook on its way, since a rule of the sandbox wanted it so."""

    LOST = "lost"
    DUPLICATED = "duplicated"
    LATE = "late"
    # Held until another of its tool has gone.
    REORDERED = "reordered"


class WebhookFailure(StrEnum):
    """Why an attempt failed."""

    UNREACHABLE = "unreachable"
    SLOW = "slow"
    REFUSED = "refused"
    # Skolon calls the address that was registered and no other.
    REDIRECTED = "redirected"
    TOO_LARGE = "too_large"
    FORBIDDEN = "forbidden"
    NO_ADDRESS = "no_address"


def next_try(failures: int) -> timedelta | None:
    """Return how long after so many failures the next attempt is made; None gives up."""
    return RETRIES_AFTER[failures - 1] if failures <= len(RETRIES_AFTER) else None


def is_allowed(url: str, hosts: Collection[str], *, loopback: bool) -> bool:
    """Say whether a webhook may be sent there.

    To `hosts`, which whoever runs this names, and to one's own machine where that is allowed.
    """
    try:
        parts = urlsplit(url)
        has_good_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or "@" in parts.netloc or not has_good_port:
        return False
    # As it is written, never as it resolves: 2130706433, 127.1 and "localhost." are no names
    # that anybody needs, and clients disagree on what they mean.
    host = parts.hostname or ""
    named = {one.strip("[]").lower() for one in hosts}
    return host in named or (loopback and host in LOOPBACK)


def signature(secret: bytes, webhook_id: str, timestamp: int, body: str) -> str:
    """Sign as the Standard Webhooks specification says, version 1."""
    signed = f"{webhook_id}.{timestamp}.{body}".encode()
    digest = hmac.new(secret, signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def secret_of(signing_key: bytes, client_id: str) -> bytes:
    """Return the secret of a tool; it follows from the key and is stored nowhere."""
    return hmac.new(signing_key, f"webhooks of {client_id}".encode(), hashlib.sha256).digest()
