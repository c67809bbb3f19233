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
    if not await steers(request, settings):
        raise ControlForbiddenError


async def steers(request: Request, settings: Settings) -> bool:
    """Say whether this request may steer; pages show no buttons that would only be refused."""
    if settings.admin_key is not None:
        expected = f"Bearer {settings.admin_key.get_secret_value()}".encode()
        sent = request.headers.get("authorization", "").encode("latin-1")
        return secrets.compare_digest(sent, expected)
    return _is_loopback(request.client.host if request.client else "")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
