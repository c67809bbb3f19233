"""What tools must have been told when all is calm again, and what they were told twice."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.contract.receiver import Heard
from tests.contract.receiver import Server as Receiver
from tests.load.crash.ledger import BrokenPromiseError, Ledger
from tests.load.crash.stories import Story
from tests.load.crash.worlds import Owed, World

_WEBHOOK_ID = "webhook-id"


@dataclass(slots=True)
class Told:
    """Webhooks in numbers."""

    owed: int = 0
    delivered: int = 0
    repeated: int = 0


def wait_until_paid(worlds: Sequence[World], stories: Sequence[Story], seconds: float) -> float:
    """Wait until no company owes another anything, and return how long that took."""
    started = time.monotonic()
    while True:
        # Each world is asked, so that it is open: one that nobody uses tells nobody anything.
        unpaid = [f"{world.name} owes webhooks" for world in worlds if _is_waiting(world)]
        owing = {story: debt for story in stories if (debt := _debt_of(story))}
        unpaid += owing.values()
        waited = time.monotonic() - started
        if not unpaid or waited > seconds:
            for debt in unpaid:
                worlds[0].ledger.blame(f"after {seconds:.0f} s of calm: {debt}")
            return waited
        stories = list(owing)
        time.sleep(0.5)


def _debt_of(story: Story) -> str:
    try:
        story.check_debts()
    except BrokenPromiseError as error:
        return str(error)
    return ""


def _is_waiting(world: World) -> bool:
    waiting = world.control.json(
        "GET", f"{world.address}/skolon/webhooks", 200, params={"state": "waiting", "limit": 1}
    )["webhooks"]
    # What was edited in the last two seconds is not a webhook yet.
    last = max((owed.since for owed in world.owed), default=0.0)
    return bool(waiting) or time.monotonic() - last < 5


def settle(worlds: Iterable[World], receiver: Receiver, ledger: Ledger) -> Told:
    """Compare what is owed, by the ledger and by the worlds' own books, with what was heard."""
    numbers = Told()
    heard: defaultdict[str, list[Heard]] = defaultdict(list)
    for call in receiver.heard:
        heard[call.path.split("/")[1]].append(call)
    for world in worlds:
        calls = heard[world.name]
        for owed in world.owed:
            ledger.check()
            if not any(_tells(call, owed) for call in calls):
                ledger.blame(f"{world.name}: never told: {owed}")
        own = _own_webhooks(world)
        ids = Counter(call.headers[_WEBHOOK_ID] for call in calls)
        for lost in own - set(ids):
            ledger.blame(f"{world.name}: {lost} was never delivered")
        for invented in set(ids) - own:
            ledger.blame(f"{world.name}: {invented} was delivered, and is not known any more")
        for one in (one for one, times in ids.items() if times > 1):
            _check_repetition(world, one, calls, ledger)
        numbers.owed += len(own)
        numbers.delivered += len(ids)
        numbers.repeated += ids.total() - len(ids)
    return numbers


def _tells(call: Heard, owed: Owed) -> bool:
    """Say whether this call tells what is owed; of edits, one that came after it."""
    _, _, client_id, path, _ = call.path.split("/")
    if client_id != owed.client_id or path != owed.path or call.at < owed.since:
        return False
    return owed.told in (call.json.get("entities") or call.json.values())


def _check_repetition(world: World, webhook: str, calls: Iterable[Heard], ledger: Ledger) -> None:
    """A webhook comes a second time only if something was killed since, or the first call failed.

    On a busy machine a call may take longer than it is waited for.
    """
    lives = [ledger.life(call.at) for call in calls if call.headers[_WEBHOOK_ID] == webhook]
    path = f"{world.address}/skolon/webhooks/{webhook.removeprefix('msg_')}"
    attempts = world.control.json("GET", path, 200)["attempts"]
    failed = sum(attempt["failure"] is not None for attempt in attempts)
    ledger.check()
    if len(lives) - len(set(lives)) > failed:
        ledger.blame(f"{world.name}: {webhook} came twice, and nothing was killed in between")


def _own_webhooks(world: World) -> set[str]:
    """Return the ids of the webhooks that the world says it owes or has delivered to us."""
    own, before = set[str](), None
    while True:
        page = world.control.json(
            *("GET", f"{world.address}/skolon/webhooks", 200),
            params={"limit": 200} | ({"before": before} if before else {}),
        )
        own |= {
            f"msg_{webhook['id'].replace('-', '')}"
            for webhook in page["webhooks"]
            if any(attempt["url"].startswith("http") for attempt in webhook["attempts"])
        }
        before = page["before"]
        if before is None:
            return own
