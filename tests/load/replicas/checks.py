"""All checks, by the names under which they are reported."""

from collections.abc import Callable

from tests.load.replicas import deliveries, erasures, people, restarts, steering
from tests.load.replicas.finding import Check, Finding

CHECKS: dict[str, Check] = {
    "logins": people.logins,
    "license-requests": deliveries.license_requests,
    "webhooks": deliveries.webhooks,
    "clock": steering.clock,
    "faults": steering.faults,
    "journal": steering.journal,
    "sandboxes": steering.lives,
    "same-name": steering.same_name,
    "erasures": erasures.erasures,
    "rolling-restart": restarts.rolling_restart,
}

# Those that need replicas of their own: how many, and PgBouncer's pool if it is to be there.
AFTERWARDS: dict[str, Callable[[int, int | None], Finding]] = {
    "first-starts": restarts.first_starts
}
