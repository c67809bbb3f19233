"""Worlds on SQLite: one file a database, in one folder.

A process may die between any two steps. What it was about to do then either has not begun or, from
one rename on, is finished by the next start.
"""

import shutil
import sqlite3
from contextlib import AbstractContextManager, closing
from hashlib import blake2s
from pathlib import Path
from urllib.parse import quote

from app.database import Database
from app.errors import BusyError
from app.patience import PATIENCE_SECONDS
from app.sandboxes import turn_files


class SqliteFiles:
    """One file a database; the note on it is a file beside it."""

    def __init__(self, folder: Path, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self.folder = folder
        self._patience_seconds = patience_seconds
        folder.mkdir(parents=True, exist_ok=True)

    def url(self, name: str) -> str:
        # A file that is gone is not made anew by somebody who still writes to its world.
        return f"sqlite:///{self._address(name)}"

    def database(self, name: str, *, durable: bool, is_new: bool = False) -> Database:  # noqa: ARG002, as in every store
        return Database(self.url(name), durable=durable, patience_seconds=self._patience_seconds)

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

    def free_bytes(self) -> int | None:
        return shutil.disk_usage(self.folder).free

    def note(self, notes: dict[str, str]) -> None:
        for name, text in notes.items():
            # Written beside and renamed: nobody reads half a note.
            beside = self._noting(name)
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
        """Give the target's name to the source, in one step, together with its note."""
        self._settle(source)
        if self._note(source).exists():
            self._note(source).replace(self._coming_note(target))
        # From here on it is the target, and what is left to do is done even after a death.
        self._file(source).replace(self._coming(target))
        self._arrive(target)
        self._remove_journal(source)

    def drop(self, name: str) -> None:
        self._file(name).unlink(missing_ok=True)
        self._remove_journal(name)
        self._note(name).unlink(missing_ok=True)
        self._noting(name).unlink(missing_ok=True)

    def alone(self, name: str) -> AbstractContextManager[None]:
        """Wait until no other process does anything about this name, and keep it so."""
        return turn_files.held(self._turn(name))

    def is_taken(self, name: str) -> bool:
        """Say whether a living process does something about this name."""
        return turn_files.is_held(self._turn(name))

    def tidy(self) -> None:
        """Finish what a process had begun when it died, and remove what else it left."""
        for coming in self.folder.glob("*.coming"):
            with self.alone(coming.stem):
                if coming.exists():
                    self._arrive(coming.stem)
        for name in {file.name.partition(".")[0] for file in self._files()}:
            if not self.is_taken(name):
                with self.alone(name):
                    self._remove_strays(name)
        for turn in self.folder.glob("*.turn"):
            if not turn_files.is_held(turn):
                with turn_files.held(turn):
                    pass

    def newsroom(self) -> None:
        """Have nobody to tell anything."""

    def close(self) -> None:
        """Have nothing to let go of: files are opened by who uses them."""

    def _arrive(self, name: str) -> None:
        """Let what is coming take the place of what had the name before; twice, it is the same."""
        if self._coming_note(name).exists():
            self._coming_note(name).replace(self._note(name))
        # Of the old one; it goes by the name, and the new one has none yet.
        self._remove_journal(name)
        self._coming(name).replace(self._file(name))

    def _remove_strays(self, name: str) -> None:
        """Remove what belongs to nothing: beside a database, or without one."""
        strays = [self._noting(name), self._coming_note(name)]
        if not self._file(name).exists():
            strays += [file for file in self._files() if file.name.partition(".")[0] == name]
        for stray in strays:
            stray.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        return [file for file in self.folder.iterdir() if file.suffix != ".turn"]

    def _settle(self, name: str) -> None:
        """Bring what another process left in the journal into the file."""
        if self._file(name).with_suffix(".db-wal").exists():
            with closing(self._connected(name)) as connection:
                busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                message = f"{name} is in use by another process"
                raise BusyError(message)

    def _connected(self, name: str) -> sqlite3.Connection:
        return sqlite3.connect(self._address(name), uri=True, timeout=self._patience_seconds)

    def _address(self, name: str) -> str:
        return f"file:{quote(str(self._file(name).resolve()))}?mode=rw&uri=true"

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.db"

    def _note(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    def _noting(self, name: str) -> Path:
        return self.folder / f"{name}.noting"

    def _coming(self, name: str) -> Path:
        return self.folder / f"{name}.coming"

    def _coming_note(self, name: str) -> Path:
        return self.folder / f"{name}.coming-json"

    def _turn(self, name: str) -> Path:
        # Asked for before anybody has looked whether it is a name at all.
        digest = blake2s(name.encode(errors="replace"), digest_size=8).hexdigest()
        return self.folder / f"{digest}.turn"

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
