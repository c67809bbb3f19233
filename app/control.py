"""Who may steer a sandbox: programs and people on this machine, or whoever has the admin key."""

import ipaddress
import secrets

from fastapi import Request

from app.dependencies import Settings
from app.errors import ForbiddenError


class ControlForbiddenError(ForbiddenError):
    """Sandboxes are managed from this machine, or with the admin key as bearer token."""

    code = "control_forbidden"


async def may_control(request: Request, settings: Settings) -> None:
    """Let through whoever may steer, and refuse all others; to be used as a dependency."""
    if settings.admin_key is not None:
        expected = f"Bearer {settings.admin_key.get_secret_value()}".encode()
        if not secrets.compare_digest(
            request.headers.get("authorization", "").encode("latin-1"), expected
        ):
            raise ControlForbiddenError
    elif not _is_loopback(request.client.host if request.client else ""):
        raise ControlForbiddenError


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
