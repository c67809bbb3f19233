"""License requests that did not reach the partner are sent again while nobody looks."""

from collections.abc import Sequence
from uuid import UUID

from fastapi.concurrency import run_in_threadpool
from pydantic import SecretStr

from app.clock import Clock
from app.database import Database
from app.dependencies import Peer
from app.skolon import license_requests
from app.skolon.domain.licenses import Delivery, Failure
from app.skolon.license_requests import Posting
from app.skolon.models import LicenseRequest
from app.skolon.partner_client import post_license_request
from app.skolon.schemas.license_requests import Receipt

# Looks that are let pass, at most, before a request is sent again.
LONGEST_PAUSE = 64


# A request, and how often it had been tried.
Attempt = tuple[UUID, int | None]


class Pauses:
    """How many looks are left until each request is sent again; each pause is twice the last.

    In looks and not in time, since a sandbox's clock may stand still or leap.
    """

    def __init__(self, looks_under_way: int) -> None:
        # One that is on its way may be in the hands of somebody who waits for the answer.
        self._looks_under_way = looks_under_way
        self._left: dict[Attempt, int] = {}

    def due(self, undelivered: Sequence[LicenseRequest]) -> list[Attempt]:
        """Say at a look which of these are to be sent now, by what was tried last."""
        left: dict[Attempt, int] = {}
        for one in undelivered:
            # Whoever tried it, another process or somebody by hand, begins a pause.
            last = (one.id, one.attempts)
            left[last] = self._left.get(last, self._pause(one)) - (last in self._left)
        self._left = {last: looks for last, looks in left.items() if looks > 0}
        return [last for last, looks in left.items() if looks <= 0]

    def _pause(self, request: LicenseRequest) -> int:
        pause = min(1 << (request.attempts or 1) - 1, LONGEST_PAUSE)
        is_under_way = request.delivery is Delivery.SENDING
        return max(pause, self._looks_under_way) if is_under_way else pause


async def deliver_again(
    database: Database,
    partner: Peer,
    key: SecretStr,
    clock: Clock,
    pauses: Pauses,
    *,
    patience: float,
) -> int:
    """Send what is due once more, and return how many requests the partner now has."""

    def due() -> list[Attempt]:
        with database.read() as session:
            return pauses.due(license_requests.undelivered(session))

    def begin(last: Attempt) -> Posting:
        with database.write() as session:
            return license_requests.retry(session, *last, now=clock())

    def note(request_id: UUID, outcome: Receipt | Failure) -> None:
        with database.write() as session:
            license_requests.note_delivery(session, request_id, outcome)

    arrived = 0
    for last in await run_in_threadpool(due):
        posting = await run_in_threadpool(begin, last)
        outcome = await post_license_request(partner, key, posting, patience=patience)
        if outcome is None:
            continue
        await run_in_threadpool(note, posting.request_id, outcome)
        if outcome is Failure.SLOW or outcome is Failure.UNREACHABLE:
            # The others would fare no better now; they come again after their own pause.
            break
        arrived += isinstance(outcome, Receipt)
    return arrived
