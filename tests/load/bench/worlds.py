"""Worlds with an invented nation in them, kept as snapshots so that a second run finds them."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, insert, literal, null, select
from sqlalchemy.orm import Session

from app.clock import system_clock
from app.database import Database
from app.nation.settling import settle
from app.partner.models import Account
from app.patience import unhurried
from app.sandboxes.worlds import Sandboxes
from app.skolon.models import User

ROOT = Path(__file__).parents[3]
# So many people has a nation of scale 1, from what the first plan gave.
PEOPLE_AT_SCALE_1 = 1_750_000
# The share of those who can log in who already have.
ARRIVED = 0.5

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Size:
    """A world of so many people at Skolon, and as many accounts at the partner."""

    name: str
    people: int


def prepare(sandboxes: Sandboxes, size: Size, tell: Tell) -> Database:
    """Make the world afresh from its snapshot, made now if need be; return its database."""
    snapshot = snapshot_of(size)
    if size.name in sandboxes.names():
        sandboxes.delete(size.name)
    kept = {one.name for one in sandboxes.snapshots()}
    for older in kept - {snapshot}:
        # Of this size as it was made before something changed.
        if older.startswith(f"{size.people}-"):
            sandboxes.delete_snapshot(older)
    if snapshot not in kept:
        tell(f"settling {size.people:,} people")
        database = sandboxes.create(size.name, "town").database
        now = system_clock()
        settle(
            database,
            scale=size.people / PEOPLE_AT_SCALE_1,
            arrived=ARRIVED,
            now=now,
            tell=lambda _share, _step: None,
        )
        with unhurried(), database.write() as session:
            add_older_accounts(session, size.people, now=now)
        with database.engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
            connection.commit()
        sandboxes.take_snapshot(size.name, snapshot)
        return database
    tell(f"copying {size.people:,} people")
    return sandboxes.create(size.name, snapshot=snapshot).database


def snapshot_of(size: Size) -> str:
    """Return a name for this world as it is made now; another nation has another one."""
    digest = hashlib.sha256()
    for pattern in ("app/nation/*.py", "app/*/nation.py", "migrations/versions/*.py"):
        for file in sorted(ROOT.glob(pattern)):
            digest.update(file.read_bytes())
    return f"{size.people}-{digest.hexdigest()[:12]}"


def add_older_accounts(session: Session, wanted: int, *, now: datetime) -> None:
    """Let so many have an account that others bought it before Skolon, with addresses of theirs."""
    there = session.scalar(select(func.count()).select_from(Account)) or 0
    address = User.public_id.concat("@hemma.example")
    older = (
        # An id is somebody's at Skolon alone: no account has it.
        select(
            User.id, null(), null(), address, address, address, User.first_name, User.last_name,
            literal("sv"), literal(now), literal(now), null(),
        )
        .order_by(User.id)
        .limit(max(0, wanted - there))
    )  # fmt: skip
    columns = (
        "id organization_id school_id email email_key match_key first_name last_name language"
        " created_at last_used_at merged_into_id"
    )
    session.execute(insert(Account).from_select(columns.split(), older))
