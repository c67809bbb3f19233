"""News among replicas: what one process does, the others know before it answers.

See docs/decisions/2026-11-29-replicas-tell-each-other.md.
"""

import json
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from enum import StrEnum
from secrets import token_hex
from threading import Event, Thread
from typing import Any

from sqlalchemy import URL, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from app import log

# Seconds that whoever tells something waits for the others to have heard it.
PATIENCE = 2.0
# Seconds between looks at whether those who have not answered are still there.
LOOK_SECONDS = 0.25
# Seconds without news after which a listener sees whether its connection still holds.
SILENCE_SECONDS = 1.0
# A listener whose network is gone is to notice before those who wait for it lose patience often.
_NOTICES_SOON = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 5000,
}


class News(StrEnum):
    """What replicas tell each other of a sandbox."""

    # Its clock, its faults or its scripted answers: what is remembered of them is out of date.
    CHANGED = "changed"
    # It is about to be replaced, renamed, deleted or copied: nobody may be in it.
    LEAVE = "leave"
    # Somebody reads its journal: what waits in memory is to be in there.
    WRITE_DOWN = "write_down"
    # People who are forgotten, by their hashes: nobody may write anything of them down later.
    FORGET = "forget"


Tell = Callable[[News, str], None]
# Takes in what happened to a sandbox; returns what is to be done before it counts as heard.
Hear = Callable[[News, str, str], Callable[[], None] | None]


def to_nobody(_news: News, _detail: str = "") -> None:
    """Tell nobody: a single process has nobody to tell."""


class Newsroom:
    """Tells the other processes on one PostgreSQL what happens, and hears what they tell."""

    def __init__(self, engine: Engine, direct: URL, channel: str) -> None:
        self._engine = engine
        self._channel = channel
        self._me = token_hex(8)
        self._direct = direct
        # Not from the pool in which tellers wait: theirs may all wait for each other's answers.
        self._answers = create_engine(
            direct, isolation_level="AUTOCOMMIT", pool_size=1, max_overflow=-1
        )
        self._workers = ThreadPoolExecutor(4, thread_name_prefix="news")
        self._thread: Thread | None = None
        self._is_over = Event()
        self._is_listening = Event()
        self._pid: int | None = None

    @property
    def is_deaf(self) -> bool:
        """Say whether something may have happened of which this process has not heard."""
        return self._thread is not None and not self._is_listening.is_set()

    def tell(self, news: News, sandbox: str, detail: str = "", patience: float = PATIENCE) -> None:
        """Tell it to every process that listens, and wait until each has heard it, if not long."""
        with self._engine.connect() as connection:
            waited_for = self._listeners(connection) - {self._pid}
            if not waited_for:
                return
            driver: Any = connection.connection.driver_connection
            answers = f"{self._channel} {token_hex(8)}"
            driver.execute(f'LISTEN "{answers}"')
            try:
                story = [self._me, answers, news, sandbox, detail]
                _notify(connection, self._channel, json.dumps(story))
                until = time.monotonic() + patience
                while waited_for and (left := until - time.monotonic()) > 0:
                    heard = {
                        int(answer.payload)
                        for answer in driver.notifies(timeout=min(left, LOOK_SECONDS), stop_after=1)
                    }
                    waited_for -= heard
                    if not heard:
                        # Somebody may have been stopped meanwhile.
                        waited_for &= self._listeners(connection)
            finally:
                driver.execute("UNLISTEN *")
        if waited_for:
            log.event(logging.WARNING, "not heard", news=news, by=len(waited_for))

    def listen(self, hear: Hear, begin: Callable[[], None]) -> None:
        """Hear what others tell from now on; `begin` is called when something may be missed."""
        self._thread = Thread(target=self._keep_listening, args=(hear, begin), daemon=True)
        self._thread.start()
        self._is_listening.wait(PATIENCE)

    def close(self) -> None:
        self._is_over.set()
        if self._thread is not None:
            with suppress(DBAPIError), self._engine.connect() as connection:
                # It wakes up, and sees that it is over.
                _notify(connection, self._channel, "")
            self._thread.join(PATIENCE)
        self._workers.shutdown()
        self._answers.dispose()

    def _keep_listening(self, hear: Hear, begin: Callable[[], None]) -> None:
        # Nine megabytes, which whoever keeps worlds in files can do without.
        import psycopg  # noqa: PLC0415, as above

        engine = create_engine(
            self._direct,
            isolation_level="AUTOCOMMIT",
            poolclass=NullPool,
            connect_args=_NOTICES_SOON,
        )
        while not self._is_over.is_set():
            try:
                with engine.connect() as connection:
                    self._listen(connection, hear, begin)
            except (DBAPIError, psycopg.Error) as error:
                self._is_listening.clear()
                if not self._is_over.is_set():
                    log.event(logging.WARNING, "not listening", error=type(error).__name__)
                    self._is_over.wait(SILENCE_SECONDS)

    def _listen(self, connection: Any, hear: Hear, begin: Callable[[], None]) -> None:  # noqa: ANN401, a Connection
        driver = connection.connection.driver_connection
        driver.execute(f'LISTEN "{self._channel}"')
        # Who is called so is waited for; so only now, when it hears.
        driver.execute("SELECT set_config('application_name', %s, false)", [self._channel])
        self._pid = driver.info.backend_pid
        begin()
        self._is_listening.set()
        while not self._is_over.is_set():
            for news in driver.notifies(timeout=SILENCE_SECONDS):
                if news.payload:
                    self._take_in(news.payload, hear)
                if self._is_over.is_set():
                    return
            driver.execute("SELECT 1")

    def _take_in(self, payload: str, hear: Hear) -> None:
        teller, answers, news, sandbox, detail = json.loads(payload)
        if teller == self._me:
            return
        # What a newer version tells besides is nothing that this one remembers.
        work = hear(News(news), sandbox, detail) if news in set(News) else None
        if work is None:
            self._answer(answers)
        else:
            self._workers.submit(self._do, work, answers)

    def _do(self, work: Callable[[], None], answers: str) -> None:
        try:
            work()
            self._answer(answers)
        except Exception as error:  # noqa: BLE001, whoever told it goes on without us
            log.event(logging.WARNING, "news not heeded", error=type(error).__name__)

    def _answer(self, answers: str) -> None:
        with self._answers.connect() as connection:
            _notify(connection, answers, str(self._pid))

    def _listeners(self, connection: Any) -> set[int | None]:  # noqa: ANN401, a Connection
        """Return who listens, by the process of the database that serves them."""
        statement = text(
            "SELECT pid FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = :name"
        )
        return set(connection.scalars(statement, {"name": self._channel}))


def _notify(connection: Any, channel: str, payload: str) -> None:  # noqa: ANN401, a Connection
    connection.execute(
        text("SELECT pg_notify(:channel, :payload)"), {"channel": channel, "payload": payload}
    )
