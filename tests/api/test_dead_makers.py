"""Whoever dies between two steps leaves a world as it was, or as it was to be."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.sandboxes.sqlite_files import SqliteFiles

Act = Callable[[SqliteFiles], None]


class DeadError(BaseException):
    """The process is no more."""


def _add(store: SqliteFiles, name: str, content: str) -> None:
    store.create(name)
    with closing(sqlite3.connect(store.folder / f"{name}.db")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE told (content)")
        connection.execute("INSERT INTO told VALUES (?)", (content,))
        connection.commit()
    store.note({name: content})


def _content(store: SqliteFiles, name: str) -> tuple[str, str | None] | None:
    """Return what the database says, and what its note says."""
    if name not in store.names():
        return None
    with closing(sqlite3.connect(store.folder / f"{name}.db")) as connection:
        (content,) = connection.execute("SELECT content FROM told").fetchone()
    return content, store.notes().get(name)


def _die_at(step: int, monkeypatch: pytest.MonkeyPatch) -> Callable[[], bool]:
    """Let no change of a file succeed from this one on; return whether it came so far."""
    steps = 0

    def dying(method: Callable[..., Any]) -> Callable[..., Any]:
        def or_dead(*arguments: object, **named: object) -> Any:  # noqa: ANN401, the method's own
            nonlocal steps
            steps += 1
            if steps > step:
                raise DeadError
            return method(*arguments, **named)

        return or_dead

    for name in ("replace", "unlink", "write_text"):
        monkeypatch.setattr(Path, name, dying(getattr(Path, name)))
    return lambda: steps > step


@pytest.mark.parametrize(
    ("act", "outcomes"),
    [
        (lambda store: store.replace("made", "world"), {("old", "old"), ("new", "new")}),
        (lambda store: store.rename("made", "another"), {("old", "old")}),
        (lambda store: store.drop("world"), {("old", "old"), None}),
        (lambda store: store.note({"world": "used"}), {("old", "old"), ("old", "used")}),
    ],
    ids=["replace", "rename", "drop", "note"],
)
def test_dead_at_any_step_all_of_it_is_done_or_nothing(
    tmp_path: Path, act: Act, outcomes: set[tuple[str, str] | None]
) -> None:
    found = set()
    was_dead, step = True, 0
    while was_dead:
        store = SqliteFiles(tmp_path / str(step))
        _add(store, "world", "old")
        _add(store, "made", "new")
        with pytest.MonkeyPatch.context() as patched:
            has_died = _die_at(step, patched)
            try:
                with store.alone("world"):
                    act(store)
            except DeadError:
                pass
            was_dead = has_died()

        store.tidy()

        found.add(_content(store, "world"))
        assert _content(store, "another") in (None, ("new", "new"))
        stray = {file.name.partition(".")[0] for file in store.folder.iterdir()} - store.names()
        assert not stray
        step += 1
    assert found == outcomes
    assert step > 1


def test_who_waits_for_a_turn_gets_it_when_the_other_has_removed_the_file(tmp_path: Path) -> None:
    store, other = SqliteFiles(tmp_path), SqliteFiles(tmp_path)

    with store.alone("world"):
        assert other.is_taken("world")
        assert not other.is_taken("another")
    with other.alone("world"):
        assert store.is_taken("world")

    assert not list(tmp_path.iterdir())
