"""Worlds on SQLite: one file a database, in one folder."""

import shutil
import sqlite3
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from urllib.parse import quote

from app.database import BUSY_TIMEOUT_SECONDS


class SqliteFiles:
    """One file a database; the note on it is a file beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def url(self, name: str) -> str:
        # A file that is gone is not made anew by somebody who still writes to its world.
        return f"sqlite:///{self._address(name)}"

    def names(self) -> set[str]:
        return {file.stem for file in self.folder.glob("*.db")}

    def notes(self) -> dict[str, str]:
        return {
            file.stem: text
            for file in self.folder.glob("*.json")
            if (text := _text(file)) is not None
        }

    def sizes(self) -> dict[str, int]:
        names = self.names()
        sizes = dict.fromkeys(names, 0)
        # With what waits beside it to be written into it.
        for file in self.folder.glob("*.db*"):
            if file.stem in names:
                sizes[file.stem] += _size(file)
        return sizes

    def note(self, notes: dict[str, str]) -> None:
        for name, text in notes.items():
            # Written beside and renamed: nobody reads half a note.
            beside = self._note(name).with_suffix(".noting")
            beside.write_text(text)
            beside.replace(self._note(name))

    def create(self, name: str) -> None:
        self._file(name).touch(exist_ok=False)

    def copy(self, source: str, target: str) -> None:
        """Copy a file that nobody has open."""
        shutil.copyfile(self._file(source), self._file(target))

    def copy_live(self, source: str, target: str) -> None:
        """Copy a file with what waits in its journal, also while others write to it."""
        with (
            closing(self._connected(source)) as connection,
            closing(sqlite3.connect(self._file(target))) as copied,
        ):
            connection.backup(copied)

    def rename(self, source: str, target: str) -> None:
        if self._file(target).exists():
            raise FileExistsError(target)
        self.replace(source, target)

    def replace(self, source: str, target: str) -> None:
        """Give the target's name to the source, in one step."""
        self._settle(source)
        if self._note(source).exists():
            shutil.copyfile(self._note(source), self._note(target))
        self._remove_journal(target)
        self._file(source).replace(self._file(target))
        self._remove_journal(source)
        self._note(source).unlink(missing_ok=True)

    def drop(self, name: str) -> None:
        self._file(name).unlink(missing_ok=True)
        self._remove_journal(name)
        self._note(name).unlink(missing_ok=True)
        self._note(name).with_suffix(".noting").unlink(missing_ok=True)

    def alone(self, name: str) -> AbstractContextManager[None]:  # noqa: ARG002, as in every store
        """Wait for nobody: one process serves a folder."""
        return nullcontext()

    def newsroom(self) -> None:
        """Have nobody to tell anything."""

    def close(self) -> None:
        """Have nothing to let go of: files are opened by who uses them."""

    def _settle(self, name: str) -> None:
        """Bring what another process left in the journal into the file."""
        if self._file(name).with_suffix(".db-wal").exists():
            with closing(self._connected(name)) as connection:
                busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                message = f"{name} is in use by another process"
                raise sqlite3.OperationalError(message)

    def _connected(self, name: str) -> sqlite3.Connection:
        return sqlite3.connect(self._address(name), uri=True, timeout=BUSY_TIMEOUT_SECONDS)

    def _address(self, name: str) -> str:
        return f"file:{quote(str(self._file(name).resolve()))}?mode=rw&uri=true"

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.db"

    def _note(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    def _remove_journal(self, name: str) -> None:
        for suffix in (".db-wal", ".db-shm"):
            self._file(name).with_suffix(suffix).unlink(missing_ok=True)


def _text(file: Path) -> str | None:
    try:
        return file.read_text()
    except FileNotFoundError:
        return None


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0
