"""Turns between processes on one machine: a file each, which the system frees when one dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def held(file: Path) -> Iterator[None]:
    """Wait until nobody else has the file, and have it; it is there only as long."""
    while True:
        with file.open("a") as opened:
            fcntl.flock(opened, fcntl.LOCK_EX)
            # Whoever had it has removed it: another may have made and taken a new one by now.
            if not _is_same(opened, file):
                continue
            try:
                yield
            finally:
                file.unlink(missing_ok=True)
            return


def is_held(file: Path) -> bool:
    """Say whether somebody has the file; one that was left by the dead is free."""
    try:
        with file.open() as opened:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _is_same(opened: IO[str], file: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(opened.fileno()), file.stat())
    except FileNotFoundError:
        return False
