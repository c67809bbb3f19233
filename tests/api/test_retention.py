"""What the partner keeps for a time only, on the clock of each world."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from app import background
from app.partner import erasure, retention
from app.partner.models import Account, BrowserSession, Identity, LoginAttempt, Merge, Placement
from app.partner.retention import Retention, let_go_of_everything_due
from tests.conftest import World
from tests.contract.receiver import wait_until
from tests.factories import license_school, log_in

TWO_YEARS = Retention(timedelta(days=730))
# Shorter than the service's own, which goes on beside the tests.
A_MONTH = Retention(timedelta(days=30))


def _now(world: World) -> datetime:
    return world.app.sandboxes.open(world.name).clock()


def _account(now: datetime, **given: object) -> dict[str, object]:
    return {
        "id": uuid4(),
        "email": "somebody@hemma.example",
        "email_key": "somebody@hemma.example",
        "first_name": "Some",
        "last_name": "Body",
        "created_at": now,
        "last_used_at": now,
        **given,
    }


def _add(world: World, *accounts: dict[str, object]) -> None:
    columns = {
        "organization_id": None, "school_id": None, "match_key": None, "language": None,
        "merged_into_id": None,
    }  # fmt: skip
    with world.database.write() as session:
        session.execute(insert(Account), [columns | account for account in accounts])


def _count(world: World, table: type[Account | LoginAttempt | BrowserSession | Merge]) -> int:
    with world.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def _let_go(world: World, now: datetime) -> datetime | None:
    return let_go_of_everything_due(world.database, TWO_YEARS, lambda: now)


def test_an_account_goes_when_its_time_is_over_and_not_a_moment_before(world: World) -> None:
    now = _now(world)
    young, old = _account(now), _account(now, last_used_at=now - timedelta(days=10))
    _add(world, young, old)

    early = _let_go(world, now + timedelta(days=720) - timedelta(microseconds=1))
    before = _count(world, Account)
    next_due = _let_go(world, now + timedelta(days=720))

    assert early == now + timedelta(days=720)
    assert before == 2
    assert next_due == now + timedelta(days=730)
    with world.database.read() as session:
        assert session.scalars(select(Account.id)).all() == [young["id"]]
    assert _let_go(world, now + timedelta(days=730)) is None


def test_more_than_a_batch_goes_in_transactions_of_a_bounded_size(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "A_BATCH", 4)
    now = _now(world)
    _add(world, *(_account(now - timedelta(days=40 + day)) for day in range(9)), _account(now))
    transactions = world.database.writes

    let_go_of_everything_due(world.database, A_MONTH, lambda: now)

    assert _count(world, Account) == 1
    assert world.database.writes - transactions == 3


def test_a_merged_away_account_goes_after_thirty_days_and_the_kept_one_stays(
    world: World,
) -> None:
    now = _now(world)
    kept = _account(now)
    merged = [_account(now, merged_into_id=kept["id"]) for _ in range(2)]
    apart = _account(now)
    _add(world, kept, *merged, apart)
    days = (31, 29, 31)
    with world.database.write() as session:
        session.execute(
            insert(Merge),
            [
                {
                    "id": uuid4(),
                    "kept_account_id": kept["id"],
                    "merged_account_id": account["id"],
                    "proved_by": "skolon",
                    "merged_at": now - timedelta(days=day),
                    "moved": {},
                    "undone_at": now if account is apart else None,
                    "undone_by": "support key x" if account is apart else None,
                }
                for account, day in zip((*merged, apart), days, strict=True)
            ],
        )

    next_due = _let_go(world, now)

    with world.database.read() as session:
        left = set(session.scalars(select(Account.id)))
        assert left == {kept["id"], merged[1]["id"], apart["id"]}
        assert session.scalars(select(Merge.merged_account_id)).all() == [merged[1]["id"]]
    assert next_due == now + timedelta(days=1)


def test_old_attempts_and_sessions_that_are_over_go_and_the_others_stay(world: World) -> None:
    now = _now(world)
    account = _account(now)
    _add(world, account)
    with world.database.write() as session:
        session.execute(
            insert(LoginAttempt),
            [
                {
                    "id": uuid4(),
                    "reference": f"DAY{day:05}",
                    "outcome": "ok",
                    "school_name": None,
                    "attempted_at": now - timedelta(days=day),
                }
                for day in (0, 179, 180, 400)
            ],
        )
        session.execute(
            insert(BrowserSession),
            [
                {
                    "token_hash": f"hash {hours}",
                    "account_id": account["id"],
                    "implementer_id": None,
                    "last_used_at": now,
                    "expires_at": now + timedelta(hours=hours),
                    "proved_account_id": None,
                    "proved_at": None,
                    "proved_by": None,
                }
                for hours in (-1, 0, 1)
            ],
        )

    next_due = _let_go(world, now)

    with world.database.read() as session:
        references = session.scalars(select(LoginAttempt.reference)).all()
        assert sorted(references) == ["DAY00000", "DAY00179"]
        assert session.scalars(select(BrowserSession.token_hash)).all() == ["hash 1"]
    assert next_due == now + timedelta(hours=1)


def test_who_logs_in_just_before_they_would_be_forgotten_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = _now(world)
    _add(world, _account(now - timedelta(days=40)))
    hold = erasure._held  # noqa: SLF001, a login comes in between
    seen: list[set[UUID]] = []

    def held_late(session: Session, find: object) -> set[UUID]:
        found = find()  # type: ignore[operator]
        if not seen:
            session.execute(update(Account).values(last_used_at=now))
        seen.append(found)
        return hold(session, find)  # type: ignore[arg-type]

    monkeypatch.setattr(erasure, "_held", held_late)
    with world.database.write() as session:
        A_MONTH.let_go(session, world.database, now=now)

    assert len(seen[0]) == 1
    assert _count(world, Account) == 1


def test_the_service_itself_forgets_whoever_is_due_when_the_clock_has_moved(world: World) -> None:
    license_school(world, "Ekbackaskolan")
    log_in(world.browser(), "elsa")
    time = background.RETENTION_SECONDS
    assert _count(world, Account) == 1

    world.move_clock(advance_by="P729D")
    wait_until(lambda: not _count(world, BrowserSession))
    assert not _count(world, LoginAttempt)
    before = _count(world, Account)
    world.move_clock(advance_by="P1DT1M")
    wait_until(lambda: not _count(world, Account))

    assert time <= 1
    assert before == 1
    with world.database.read() as session:
        assert session.scalars(select(Identity)).all() == []
        assert {each.account_id for each in session.scalars(select(Placement))} == {None}
