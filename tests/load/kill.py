"""Whether a server keeps its promises when it is killed in the middle of its work.

Run `.venv/bin/python -m tests.load.kill --store sqlite --rounds 100 --out kill.json`; it starts and
ends what it needs. Clients do all that can be written, over HTTP, and keep a ledger of what was
acknowledged. After a random time the server is killed (SIGKILL), on PostgreSQL every other time
the database instead; sometimes the server is killed again while it starts. Then everything in the
ledger is looked for, what was cut off is repeated, and the tables are searched for halves.
"""

import argparse
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from pydantic import SecretStr
from rich.console import Console
from rich.progress import track

from app.sandboxes.stores import Store, store_of
from app.settings import Settings
from tests.contract.receiver import Server as Receiver
from tests.contract.receiver import receiving
from tests.load.crash import debts, halves
from tests.load.crash.ledger import Ledger
from tests.load.crash.people import Licensed, Merged, Pupil
from tests.load.crash.requests import AskedByProgram, AskedInPortal, CaseOpened
from tests.load.crash.servers import Postgresql, Server, postgresql
from tests.load.crash.stories import Story, checked, told
from tests.load.crash.tools import Registered, SideWorld
from tests.load.crash.worlds import World

STORIES: tuple[type[Story], ...] = (
    *(AskedByProgram, AskedByProgram, AskedInPortal, CaseOpened, Pupil, Pupil, Pupil),
    *(Licensed, Merged, Registered, SideWorld),
)
CLIENTS = 6
LONGEST_LIFE = 1.5
# How often this time is counted from the first acknowledged write, instead of the first call.
AMONG_WRITES = 0.8
LONGEST_WAIT = 20.0
ROUNDS_IN_A_WORLD = 10
KILLS_IN_STARTS = 8  # every so many times the server is killed once more while it starts
LONGEST_START = 2.0
# The first start also makes what sandboxes are copied from.
FIRST_STARTS_KILLED = 3
LONGEST_FIRST_START = 8.0
# A call that was cut off is made again when whoever had taken it on must have died over it.
LONGEST_DEBT = 240.0
LONGEST_RECOVERY = 60.0


@dataclass(slots=True)
class Times:
    """Seconds until it answered again."""

    server: list[float] = field(default_factory=list)
    # From the moment at which PostgreSQL takes connections again.
    after_database: list[float] = field(default_factory=list)
    # From the last kill until nobody owed anybody anything.
    calm: float = 0.0


class Trial:
    """The server, its database, the clients, and all that they were told."""

    def __init__(
        self, server: Server, database: Postgresql | None, settings: Settings, receiver: Receiver
    ) -> None:
        self.server = server
        self.database = database
        self.settings = settings
        self.receiver = receiver
        self.ledger = Ledger()
        self.times = Times()
        self.kills = {"server": 0, "database": 0, "starting server": 0}
        self.worlds: list[World] = []
        self.stories: list[Story] = []

    def begin_world(self) -> None:
        name = f"world-{len(self.worlds) + 1}"
        world = World.begin(name, self.server.address, self.ledger, self.receiver)
        self.worlds.append(world)

    def begin(self, random: Random) -> None:
        """Start for the first time, which takes longest, and is interrupted some times."""
        for _ in range(FIRST_STARTS_KILLED):
            self._kill_while_starting(random, LONGEST_FIRST_START)
        self.server.start()
        self._look_for_leftovers()

    def go_round(self, random: Random) -> None:
        """Let the clients act, kill, start again, and check what was told in this life."""
        is_database = self.database is not None and self.kills["database"] < self.kills["server"]
        kill = self._kill_database if is_database else partial(self._kill_server, random)
        stories = self._act(random, kill)
        self.ledger.is_dying.clear()
        self.check(stories)
        self.stories += stories
        self._look_for_halves(self.worlds[-1:])

    def end(self) -> debts.Told:
        """Wait until everything is paid, and check all stories of all lives once more."""
        self.check(self.stories)
        self.times.calm = debts.wait_until_paid(self.worlds, self.stories, LONGEST_DEBT)
        self._look_for_halves(self.worlds)
        return debts.settle(self.worlds, self.receiver, self.ledger)

    def _act(self, random: Random, kill: Callable[[], None]) -> list[Story]:
        """Let the clients tell stories until everything ends, and it is up again."""
        stories: list[Story] = []
        self.ledger.is_busy.clear()
        clients = [
            threading.Thread(target=self._tell_stories, args=(Random(random.random()), stories))  # noqa: S311, no secret
            for _ in range(CLIENTS)
        ]
        for client in clients:
            client.start()
        if random.random() < AMONG_WRITES:
            self.ledger.is_busy.wait(LONGEST_WAIT)
        time.sleep(random.uniform(0, LONGEST_LIFE))
        self.ledger.is_dying.set()
        kill()
        for client in clients:
            client.join()
        return stories

    def _tell_stories(self, random: Random, stories: list[Story]) -> None:
        while not self.ledger.is_dying.is_set():
            story = random.choice(STORIES)(self.worlds[-1], random)
            stories.append(story)
            told(story)

    def _kill_server(self, random: Random) -> None:
        self.kills["server"] += 1
        self.server.kill()
        if self.kills["server"] % KILLS_IN_STARTS == 0:
            self._kill_while_starting(random, LONGEST_START)
        started = self._revived()
        self.server.start()
        self._look_for_leftovers()
        self._wait_until_all_answer(self.worlds[-1:])
        self.times.server.append(time.monotonic() - started)

    def _kill_while_starting(self, random: Random, longest: float) -> None:
        self.kills["starting server"] += 1
        self._revived()
        self.server.begin()
        time.sleep(random.uniform(0, longest))
        self.server.kill()

    def _kill_database(self) -> None:
        assert self.database is not None
        self.kills["database"] += 1
        self.database.kill()
        self.database.start()
        started = self._revived()
        self._wait_until_all_answer(self.worlds)
        self.times.after_database.append(time.monotonic() - started)

    def _revived(self) -> float:
        """Note and return the instant from which on nothing comes from the dead any more."""
        self.ledger.revived_at.append(time.monotonic())
        return self.ledger.revived_at[-1]

    def _wait_until_all_answer(self, worlds: Sequence[World]) -> None:
        """Wait until the server has found its way back by itself."""
        end = time.monotonic() + LONGEST_RECOVERY
        for world in worlds:
            while not world.answers():
                if time.monotonic() > end:
                    raise RuntimeError(f"{world.name} does not answer any more")
                time.sleep(0.02)

    def close(self) -> None:
        for world in self.worlds:
            world.close()

    def check(self, stories: Sequence[Story]) -> None:
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(checked, stories))

    def _look_for_halves(self, worlds: Sequence[World]) -> None:
        with self._store() as store:
            for world in worlds:
                for half in halves.halves_in(store, world.name):
                    self.ledger.blame(half)

    def _look_for_leftovers(self) -> None:
        with self._store() as store:
            for leftover in halves.leftovers_of(store):
                self.ledger.blame(leftover)

    @contextmanager
    def _store(self) -> Iterator[Store]:
        """Open the store anew: older connections may have died with the database."""
        store = store_of(self.settings)
        try:
            yield store
        finally:
            store.close()


def main() -> int:
    """Go through the rounds, print what came of them, and write it to a file."""
    asked = _asked()
    random = Random(asked.seed)  # noqa: S311, no secret
    console = Console()
    started = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="kill-") as folder,
        trial_on(asked.store, Path(folder)) as trial,
    ):
        trial.begin(random)
        for number in track(range(asked.rounds), console=console):
            if time.monotonic() - started > asked.minutes * 60:
                break
            if number % ROUNDS_IN_A_WORLD == 0:
                trial.begin_world()
            trial.go_round(random)
        webhooks = trial.end()
        outcome = _outcome(asked, trial, webhooks, time.monotonic() - started)
    asked.out.write_text(json.dumps(outcome, indent=2) + "\n")
    console.print_json(data=outcome)
    return 1 if trial.ledger.broken else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Kills a server, and looks what is left.")
    parser.add_argument("--store", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=180, help="no round begins after them")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("kill.json"))
    return parser.parse_args()


@contextmanager
def trial_on(store: str, folder: Path) -> Iterator[Trial]:
    """Prepare everything but the first start, and let no process live on."""
    with ExitStack() as stack:
        database = stack.enter_context(postgresql()) if store == "postgresql" else None
        settings = Settings(
            data_directory=folder, database_url=SecretStr(database.url) if database else None
        )
        environment = {
            "SKOLON_MOCK_DATA_DIRECTORY": str(folder),
            "SKOLON_MOCK_LOG_LEVEL": "error",
        } | ({"SKOLON_MOCK_DATABASE_URL": database.url} if database else {})
        server = Server(environment, folder / "log")
        stack.callback(server.kill)
        receiver = stack.enter_context(receiving())
        trial = Trial(server, database, settings, receiver)
        stack.callback(trial.close)
        yield trial


def _outcome(
    asked: argparse.Namespace, trial: Trial, webhooks: debts.Told, seconds: float
) -> dict[str, Any]:
    ledger = trial.ledger
    return {
        "store": asked.store,
        "rounds": trial.kills["server"] + trial.kills["database"],
        "seed": asked.seed,
        "seconds": round(seconds),
        "kills": trial.kills,
        "acknowledged": ledger.acknowledged.total(),
        "acknowledged_by_kind": dict(sorted(ledger.acknowledged.items())),
        "retried": ledger.retried.total(),
        "retried_by_kind": dict(sorted(ledger.retried.items())),
        "checks": ledger.checks,
        "asked_to_wait": ledger.waits,
        "webhooks": asdict(webhooks),
        "recovery_seconds": {
            "server": _spread(trial.times.server),
            "after_database": _spread(trial.times.after_database),
        },
        "seconds_until_nothing_is_owed": round(trial.times.calm, 1),
        "broken": ledger.broken,
        "crashes": trial.server.crashes(),
    }


def _spread(seconds: Sequence[float]) -> dict[str, float] | None:
    if not seconds:
        return None
    return {"median": round(statistics.median(seconds), 2), "longest": round(max(seconds), 2)}


if __name__ == "__main__":
    sys.exit(main())
