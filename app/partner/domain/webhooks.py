"""Whether a call is Skolon's: by a signature of Standard Webhooks, or by the shared secret itself.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

# How old a signed call may be, and how far ahead the clock of the sender.
TOLERANCE = timedelta(minutes=5)


def is_authentic(secret: str, headers: Mapping[str, str], body: bytes, *, now: datetime) -> bool:
    """Say whether whoever sent this knows the secret; `now` is in real time, as the sender's is."""
    shared = headers.get("x-skolon-secret")
    if shared is not None:
        return hmac.compare_digest(shared.encode(), secret.encode())
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    # [0-9]: int() takes more than the specification does, such as spaces and other scripts.
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= len("99999999999")):
        return False
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        return False
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    digest = hmac.new(_key_of(secret), signed, hashlib.sha256).digest()
    expected = b"v1," + base64.b64encode(digest)
    # Several are sent while a secret is being replaced.
    sent = headers.get("webhook-signature", "").encode().split(b" ")
    return any(hmac.compare_digest(one, expected) for one in sent)


def _key_of(secret: str) -> bytes:
    """Return what signs: the specification writes secrets in base64, after a prefix."""
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        return secret.encode()
