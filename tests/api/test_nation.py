"""A nation that is settled in a world: whole, always the same, and with everybody odd in it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, MetaData, inspect, text

from app.nation.settling import settle
from app.sandboxes.worlds import Sandboxes
from app.seeds import every_table, sandboxes_of
from app.settings import Settings

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SMALLEST = 0.001
ODD = {
    "a school of two unit codes": "SELECT 1 FROM skolon_school_unit_codes GROUP BY school_id"
    " HAVING count(*) > 1",
    "a unit without a code": "SELECT 1 FROM skolon_schools WHERE kind = 'preschool' AND id NOT IN"
    " (SELECT school_id FROM skolon_school_unit_codes)",
    "a customer without approval": "SELECT 1 FROM skolon_organization_licenses WHERE"
    " organization_id NOT IN (SELECT organization_id FROM skolon_approvals)",
    "a class license": "SELECT 1 FROM skolon_licenses WHERE type = 'group'",
    "a license of a school": "SELECT 1 FROM skolon_licenses WHERE type = 'school'",
    "a license that no school has assigned": "SELECT 1 FROM skolon_licenses WHERE"
    " assigned_at IS NULL",
    "a trial license": "SELECT 1 FROM skolon_licenses WHERE is_demo",
    "a license that has ended": "SELECT 1 FROM skolon_licenses WHERE ends_on < '2026-11-24'",
    "a pool": "SELECT 1 FROM skolon_seats WHERE pool_id IS NOT NULL",
    "a teacher at two schools": "SELECT 1 FROM skolon_school_memberships WHERE position = 1",
    "a pupil without email": "SELECT 1 FROM skolon_users WHERE role = 'student'"
    " AND email IS NULL AND deleted_at IS NULL",
    "a deleted pupil": "SELECT 1 FROM skolon_users WHERE deleted_at IS NOT NULL",
    "a deleted class": "SELECT 1 FROM skolon_groups WHERE deleted_at IS NOT NULL",
    "an empty group": "SELECT 1 FROM skolon_groups WHERE type = 'TEACHING_GROUP' AND id NOT IN"
    " (SELECT group_id FROM skolon_group_memberships)",
    "a shared email": "SELECT 1 FROM skolon_users GROUP BY email HAVING count(email) > 1",
    "a protected identity": "SELECT 1 FROM skolon_users WHERE first_name = 'X'",
    "a partner account": "SELECT 1 FROM skolon_users WHERE role = 'partner'"
    " AND username = 'pia.partner@nation.example'",
    "a school administrator": "SELECT 1 FROM skolon_school_administrators",
    "an overdue request": "SELECT 1 FROM license_requests WHERE status = 'received'"
    " AND answer_by < '2026-11-24'",
    "a request that waits": "SELECT 1 FROM license_requests WHERE status = 'received'"
    " AND answer_by > '2026-11-24'",
    "a yes": "SELECT 1 FROM license_requests WHERE status = 'confirmed'",
    "a no": "SELECT 1 FROM license_requests WHERE status = 'declined'",
}  # fmt: skip


@pytest.fixture(scope="module")
def worlds(settings: Settings) -> Iterator[Sandboxes]:
    """Two worlds with the same smallest nation, and one without."""
    worlds = sandboxes_of(settings)
    for name in ("nation-one", "nation-two", "nation-none"):
        world = worlds.create(name, "town")
        if name != "nation-none":
            settle(world.database, scale=SMALLEST, arrived=0.5, now=NOW, tell=lambda *_: None)
    yield worlds
    for name in ("nation-one", "nation-two", "nation-none"):
        worlds.delete(name)
    worlds.close()


@pytest.mark.parametrize("odd", ODD)
def test_the_smallest_nation_has_one_of_everything_odd(worlds: Sandboxes, odd: str) -> None:
    with worlds.open("nation-one").database.read() as session:
        assert session.execute(text(ODD[odd])).first() is not None


def test_a_thousandth_of_the_pupils_live_in_a_thousandth_of_a_nation(worlds: Sandboxes) -> None:
    pupils = text("SELECT count(*) FROM skolon_users WHERE username LIKE 'e0%' OR"
                  " (role = 'student' AND deleted_at IS NOT NULL)")  # fmt: skip

    with worlds.open("nation-one").database.read() as session:
        assert session.scalar(pupils) == 1_600


def test_the_same_scale_is_the_same_nation(worlds: Sandboxes) -> None:
    found = []
    for name in ("nation-one", "nation-two"):
        with worlds.open(name).database.read() as session:
            connection = session.connection()
            # What the town's own seed makes up is of other ids each time.
            found.append(
                {
                    table: connection.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2")).all()  # noqa: S608, our own names
                    for table in ("skolon_users", "skolon_seats", "placements", "requested_units")
                }
            )

    assert found[0] == found[1]


def test_no_row_of_a_nation_refers_to_one_that_is_not_there(worlds: Sandboxes) -> None:
    with worlds.open("nation-one").database.read() as session:
        for table in every_table().sorted_tables:
            for key in table.foreign_keys:
                lost = (
                    f"SELECT 1 FROM {table.name} WHERE {key.parent.name} IS NOT NULL AND"  # noqa: S608, our own names
                    f" {key.parent.name} NOT IN"
                    f" (SELECT {key.column.name} FROM {key.column.table.name})"
                )
                assert session.execute(text(lost)).first() is None, lost


def test_a_nation_leaves_the_tables_as_the_migrations_made_them(worlds: Sandboxes) -> None:
    declared = []
    for name in ("nation-one", "nation-none"):
        with worlds.open(name).database.read() as session:
            declared.append(_declared(session.connection()))

    assert declared[0] == declared[1]


def _declared(connection: Connection) -> dict[str, object]:
    if connection.dialect.name == "sqlite":
        return {
            name: sql
            for name, sql in connection.execute(text("SELECT name, sql FROM sqlite_master"))
            # Statistics, which an empty world has none of.
            if not name.startswith("sqlite_stat")
        }
    found = MetaData()
    found.reflect(connection)
    look = inspect(connection)
    return {
        name: (
            sorted(look.get_indexes(name), key=str),
            sorted(look.get_foreign_keys(name), key=str),
        )
        for name in found.tables
    }
