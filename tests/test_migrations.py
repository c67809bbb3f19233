"""Every migration up and down among the rows of a small nation, on both stores."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import inspect, text

from app.clock import system_clock
from app.database import Database
from app.nation.settling import settle
from app.sandboxes import migrations
from app.seeds import every_table, sandboxes_of
from app.settings import Settings
from tests.load.stepping import Step, config, steps

# Accounts without an organization, of before Skolon, have no place in the tables before this one.
LOSES_ACCOUNTS = "35fda74a1336"


@dataclass
class Walk:
    """From the newest migration to before the first, and how the tables were after each step."""

    tables: list[set[str]]
    steps: list[Step] = field(default_factory=list)
    in_the_end: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def walk(settings: Settings) -> Iterator[Walk]:
    worlds = sandboxes_of(settings)
    database = worlds.create("migrated", "town").database
    settle(database, scale=0.001, arrived=0.5, now=system_clock(), tell=lambda *_: None)
    walk = Walk([_tables(database)])
    for step in steps(database):
        walk.steps.append(step)
        walk.tables.append(_tables(database))
    with migrations.migrating(database) as connection:
        alembic = config()
        alembic.attributes["connection"] = connection
        command.upgrade(alembic, "head")
    with database.engine.connect() as connection:
        walk.in_the_end = set(inspect(connection).get_table_names())
    yield walk
    worlds.delete("migrated")
    worlds.close()


def test_every_migration_undoes_on_its_way_down_what_it_does_on_its_way_up(walk: Walk) -> None:
    for first, step in enumerate(walk.steps[::3]):
        before, _, after_down_and_up, _ = walk.tables[3 * first : 3 * first + 4]
        assert after_down_and_up ^ before == set(), step.title

    assert walk.tables[-1] == set()


def test_all_migrations_in_one_go_make_every_table(walk: Walk) -> None:
    assert walk.in_the_end - {"alembic_version"} == set(every_table().tables)


def test_no_migration_loses_rows_of_a_table_that_stays(walk: Walk) -> None:
    losing = {step.revision for step in walk.steps if step.lost}

    assert losing <= {LOSES_ACCOUNTS}


def test_a_migration_tells_for_which_large_tables_others_wait(walk: Walk) -> None:
    """In its docstring, where `python -m tests.load.migrations --write` puts it with the times."""
    untold = {
        f"{step.title} {wait.table}"
        for step in walk.steps
        for wait in step.waits
        if f"`{wait.table}`" not in step.docstring.partition("In a nation, ")[2]
    }

    assert any(step.waits for step in walk.steps)
    assert untold == set()


@pytest.mark.parametrize(
    "leaving",
    [
        "DELETE FROM owners",
        "UPDATE owned SET owner = 2",
        "INSERT INTO owned VALUES (2)",
        'DROP TABLE "owners"',
        "WITH gone (id) AS (SELECT id FROM owners) DELETE FROM owners WHERE id IN gone",
    ],
)
def test_a_migration_that_leaves_rows_without_theirs_changes_nothing(
    tmp_path: Path, leaving: str
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'world.db'}")
    with database.write() as session:
        session.execute(text("CREATE TABLE owners (id INTEGER PRIMARY KEY)"))
        session.execute(text("CREATE TABLE owned (owner INTEGER REFERENCES owners (id))"))
        session.execute(text("INSERT INTO owners VALUES (1)"))
        session.execute(text("INSERT INTO owned VALUES (1)"))

    with pytest.raises(RuntimeError, match="1 rows"), migrations.migrating(database) as connection:
        connection.exec_driver_sql(leaving)

    with database.read() as session:
        assert session.execute(text("SELECT id, owner FROM owners, owned")).all() == [(1, 1)]
    database.close()


def _tables(database: Database) -> set[str]:
    """Describe all that is declared, a line each."""
    with database.engine.connect() as connection:
        found = inspect(connection)
        declared: dict[str, Any] = {
            "column": found.get_multi_columns(),
            "index": found.get_multi_indexes(),
            "unique": found.get_multi_unique_constraints(),
            "foreign key": found.get_multi_foreign_keys(),
            "check": found.get_multi_check_constraints(),
        }
        return {
            f"{table}: {kind} {json.dumps(one, default=str, sort_keys=True)}"
            for kind, of_tables in declared.items()
            for (_, table), all_of_it in of_tables.items()
            for one in all_of_it
            if table != "alembic_version"
        }
