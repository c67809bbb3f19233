"""Work of a server that takes long: a bar at a terminal, elsewhere a line now and then."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from app.reaching import Server, errors

LINES = "application/x-ndjson"
# Where there is no bar, this often.
_LINES_TO_THE_END = 10


def followed(server: Server, path: str, asked: object, *, doing: str, quiet: bool) -> Any:  # noqa: ANN401, JSON
    """Ask for something, show how far it is, and return what comes of it."""
    show = _silently if quiet else _bar if errors.is_terminal else _in_lines
    with (
        server.exchange("POST", path, json=asked, headers={"Accept": LINES}) as answer,
        show(doing) as tell,
    ):
        try:
            for fact in map(json.loads, answer.iter_lines()):
                if "made" in fact:
                    return fact["made"]
                if "problem" in fact:
                    server.fail_as_told(fact["problem"])
                tell(fact["share"], fact["step"])
        except (ValueError, KeyError, TypeError):
            server.fail_as_foreign()
    return server.fail_as_foreign()


Tell = Callable[[float, str], None]


@contextmanager
def _bar(doing: str) -> Iterator[Tell]:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, TimeElapsedColumn(), console=errors, transient=True) as bar:
        # Without an end as long as nothing is said of it.
        task = bar.add_task(doing, total=None)

        def tell(share: float, step: str) -> None:
            bar.update(task, description=f"{doing}: {step}", total=1, completed=share)

        yield tell


@contextmanager
def _in_lines(doing: str) -> Iterator[Tell]:
    told = -1

    def tell(share: float, step: str) -> None:
        nonlocal told
        if (now := int(share * _LINES_TO_THE_END)) > told:
            told = now
            errors.print(f"{doing}: {step}, {share:.0%}")

    yield tell


@contextmanager
def _silently(_doing: str) -> Iterator[Tell]:
    yield lambda _share, _step: None
