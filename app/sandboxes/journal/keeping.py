"""Keeping a journal: requests wait in memory and are written down together, a moment later.

So no request pays for a transaction of the journal. Whoever reads it has what waits written down
first, in this process and in the others that it tells.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Lock, RLock
from typing import Any

from fastapi.concurrency import run_in_threadpool
from sqlalchemy import delete, exc, func, select, update
from sqlalchemy.orm import Session

from app import log
from app.clock import Clock, system_clock
from app.database import Database, GoneDatabaseError, add_rows, find_or_add
from app.sandboxes.journal import masking, searching
from app.sandboxes.journal.exchanges import HttpExchange, Naming, hashed, nobody
from app.sandboxes.journal.models import MOST_BYTES, MOST_ENTRIES, JournalEntry, JournalSettings
from app.sandboxes.journal.searching import Filters, JournalPage
from app.sandboxes.news import News, Tell, to_nobody

# What may wait in memory for one world: requests, and their bytes.
MOST_WAITING = 5_000
MOST_BYTES_WAITING = 8 * 1024 * 1024
# Seconds between looks at what waits.
WRITE_SECONDS = 0.25
# Seconds until what could not be written is tried again.
PAUSE = 2.0
# It is read how much there is so often until it is full: it may be a twentieth over the limit.
_LOOKS_A_FILL = 20
# People whom this process knows to be forgotten, for as long as a request of theirs may go on.
_MOST_FORGOTTEN = 1_000
# Before anything that is written down.
NEVER = datetime.min.replace(tzinfo=UTC)
# People who are told of at once; PostgreSQL takes 8,000 bytes of news.
_MOST_TOLD = 400


class Journal:
    """What one world remembers of the requests that were made in it."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        naming: Naming = nobody,
        *,
        tell: Tell = to_nobody,
    ) -> None:
        self.database = database
        self._tell = tell
        self.clock = clock
        self.naming = naming
        self._waiting: list[HttpExchange] = []
        self._bytes = 0
        self._dropped = 0
        self._forgotten: dict[str, datetime] = {}
        # Whom others forgot before that was not heard.
        self._unheard_until = NEVER
        # Written since it was last seen how much there is.
        self._new_entries = 0
        self._new_bytes = 0
        self._lock = Lock()
        self._writing = RLock()
        self._not_before = 0.0
        self._listeners: set[Callable[[], None]] = set()
        database.forgetters.append(self.forget)

    def keep(self, exchange: HttpExchange) -> None:
        """Take a request that has ended; nobody waits for it to be written down."""
        with self._lock:
            if len(self._waiting) >= MOST_WAITING or self._bytes >= MOST_BYTES_WAITING:
                self._dropped += 1
            else:
                self._waiting.append(exchange)
                self._bytes += exchange.weight
            listeners = [*self._listeners]
        for tell in listeners:
            tell()

    @contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        """Give an event that is set whenever there may be something new."""
        loop, event = asyncio.get_running_loop(), asyncio.Event()

        def tell() -> None:
            loop.call_soon_threadsafe(event.set)

        with self._lock:
            self._listeners.add(tell)
        try:
            yield event
        finally:
            with self._lock:
                self._listeners.discard(tell)

    def flush(self) -> None:
        """Write down what waits; what cannot be written waits on, as far as there is room."""
        with self._writing:
            with self._lock:
                taken, self._waiting = self._waiting, []
                dropped, self._dropped = self._dropped, 0
                self._bytes = 0
            if not taken and not dropped:
                return
            try:
                self._write(taken, dropped)
            except GoneDatabaseError:
                # The world they were of was reset or deleted, and takes its journal along.
                return
            except (exc.OperationalError, exc.TimeoutError) as error:
                log.event(logging.WARNING, "not journaled", error=type(error).__name__)
                self._put_back(taken, dropped)
            except Exception as error:  # noqa: BLE001, what the journal cannot bear harms nothing else
                log.event(logging.ERROR, "not journaled", error=type(error).__name__)
                self._put_back([], dropped + len(taken))

    def flush_unless_paused(self) -> None:
        if time.monotonic() >= self._not_before:
            self.flush()

    @property
    def is_behind(self) -> bool:
        """Say whether something waits."""
        return bool(self._waiting or self._dropped)

    def page(self, filters: Filters, limit: int) -> JournalPage:
        """Return the entries of this description, the newest first."""
        self.settle()
        with self.database.read() as session:
            return searching.page(session, filters, limit)

    def first(self, filters: Filters, limit: int) -> Sequence[JournalEntry]:
        """Return the first entries of this description, the oldest first."""
        self.settle()
        with self.database.read() as session:
            return searching.first(session, filters, limit)

    def count(self, filters: Filters) -> int:
        self.settle()
        with self.database.read() as session:
            return searching.count(session, filters)

    def settle(self) -> None:
        """Have everything written down that any process holds."""
        self._tell(News.WRITE_DOWN, "")
        self.flush()

    def settings(self) -> JournalSettings:
        self.settle()
        with self.database.read() as session:
            return _settings(session)

    def change(self, **changes: Any) -> JournalSettings:  # noqa: ANN401, of whatever type each has
        """Keep the journal otherwise from now on; what was kept before stays as it is."""
        self.settle()
        with self.database.write(counts=False) as session:
            settings = _kept_settings(session)
            for name, value in changes.items():
                setattr(settings, name, value)
            session.flush()
            _let_go_of_the_oldest(session, settings)
            session.expunge(settings)
        return settings

    def clear(self) -> None:
        """Begin anew; entries are numbered on."""
        self.settle()
        with self.database.write(counts=False) as session:
            session.execute(delete(JournalEntry))
            settings = session.get(JournalSettings, 1)
            if settings is not None:
                settings.dropped = 0

    def forget(self, session: Session, public_ids: Collection[str]) -> None:
        """Forget these people in the caller's transaction, and whatever was kept unmasked."""
        people = [hashed(one) for one in public_ids]
        self.hear_of(people)
        # Before anything is looked for: what another process writes down later has nothing of them.
        for start in range(0, len(people), _MOST_TOLD):
            self._tell(News.FORGET, " ".join(people[start : start + _MOST_TOLD]))
        _forget(session, people)

    def hear_of(self, people: Sequence[str]) -> None:
        """Write down nothing more of these, who are forgotten here or in another process."""
        now = system_clock()
        with self._lock:
            for person in people:
                self._forgotten.pop(person, None)
                self._forgotten[person] = now
            for person in list(self._forgotten)[:-_MOST_FORGOTTEN]:
                del self._forgotten[person]

    def hear_again(self) -> None:
        """Go on after a time in which others may have forgotten anybody."""
        self._unheard_until = system_clock()

    def _write(self, taken: Sequence[HttpExchange], dropped: int) -> None:
        with self._lock:
            forgotten = dict(self._forgotten)
        with self.database.write(counts=False) as session:
            settings = _settings(session)
            names = self.naming(
                session,
                {one.person for one in taken if one.person},
                {one.client for one in taken if one.client and not isinstance(one.client, str)},
            )
            # Whatever was shown of a request from before then may name somebody.
            last = max((*forgotten.values(), self._unheard_until))
            rows = [
                one.row(
                    names,
                    forgotten,
                    masked=settings.masked or one.real_at <= last,
                    unheard_until=self._unheard_until,
                )
                for one in taken
            ]
            if rows:
                add_rows(session, JournalEntry, rows)
            if dropped:
                _kept_settings(session).dropped += dropped
            self._count(rows)
            if self._has_grown_much(settings):
                _let_go_of_the_oldest(session, settings)
                self._new_entries = self._new_bytes = 0
        with self._lock:
            since = [one for one, at in self._forgotten.items() if forgotten.get(one) != at]
        if since:
            # Neither of the two transactions could see the other.
            with self.database.write(counts=False) as session:
                _forget(session, since)

    def _count(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self._new_entries += len(rows)
        self._new_bytes += sum(row["size"] for row in rows)

    def _has_grown_much(self, settings: JournalSettings) -> bool:
        """Say whether it is worth reading how large the whole journal is."""
        return (
            self._new_entries * _LOOKS_A_FILL >= settings.most_entries
            or self._new_bytes * _LOOKS_A_FILL >= settings.most_bytes
        )

    def _put_back(self, taken: Sequence[HttpExchange], dropped: int) -> None:
        self._not_before = time.monotonic() + PAUSE
        with self._lock:
            room = max(0, MOST_WAITING - len(self._waiting))
            kept = [*taken[:room]]
            self._waiting[:0] = kept
            self._bytes += sum(one.weight for one in kept)
            self._dropped += dropped + len(taken) - len(kept)


class Journals:
    """Those journals of this process in which something waits to be written down."""

    def __init__(self, naming: Naming = nobody) -> None:
        self._naming = naming
        self._news: set[Journal] = set()
        self._lock = Lock()

    def keep(self, journal: Journal, exchange: HttpExchange) -> None:
        """Take a request that has ended, for the journal of its world."""
        journal.naming = self._naming
        journal.keep(exchange)
        with self._lock:
            self._news.add(journal)

    def write(self) -> None:
        """Write down what waits, in all worlds."""
        with self._lock:
            news, self._news = self._news, set()
        for journal in news:
            journal.flush_unless_paused()
        with self._lock:
            self._news |= {journal for journal in news if journal.is_behind}

    async def keep_writing(self) -> None:
        """Write down what waits, every now and then, for as long as the service runs."""
        while True:
            await asyncio.sleep(WRITE_SECONDS)
            if self._news:
                await run_in_threadpool(self.write)


def _settings(session: Session) -> JournalSettings:
    """Return how the journal is kept, without a row as long as nobody has said."""
    return session.get(JournalSettings, 1) or JournalSettings(
        id=1, masked=True, most_entries=MOST_ENTRIES, most_bytes=MOST_BYTES, dropped=0
    )


def _kept_settings(session: Session) -> JournalSettings:
    return find_or_add(session, select(JournalSettings), lambda: JournalSettings(id=1))


def _let_go_of_the_oldest(session: Session, settings: JournalSettings) -> None:
    newest, size = session.execute(
        select(
            func.coalesce(func.max(JournalEntry.id), 0),
            func.coalesce(func.sum(JournalEntry.size), 0),
        )
    ).one()
    beyond = JournalEntry.id <= newest - settings.most_entries
    if size > settings.most_bytes:
        so_far = func.sum(JournalEntry.size).over(order_by=JournalEntry.id.desc())
        sums = select(JournalEntry.id, so_far.label("so_far")).subquery()
        too_much = select(func.max(sums.c.id)).where(sums.c.so_far > settings.most_bytes)
        beyond |= JournalEntry.id <= func.coalesce(too_much.scalar_subquery(), 0)
    session.execute(delete(JournalEntry).where(beyond).execution_options(synchronize_session=False))


def _forget(session: Session, people: Sequence[str]) -> None:
    shown = session.execute(
        select(JournalEntry.id, JournalEntry.path, JournalEntry.query).where(
            JournalEntry.masked.is_(False)
        )
    ).all()
    if shown:
        # Any of them may name somebody, so what was shown of all of them goes.
        session.execute(
            update(JournalEntry),
            [
                {
                    "id": one.id,
                    "path": masking.path(one.path, masked=True),
                    "query": masking.query(one.query, masked=True),
                    "masked": True,
                    "request_body": None,
                    "response_body": None,
                }
                for one in shown
            ],
        )
    session.execute(
        update(JournalEntry)
        .where(JournalEntry.person.in_(people))
        .values(persona=None, person=None, request_body=None, response_body=None)
        .execution_options(synchronize_session=False)
    )
