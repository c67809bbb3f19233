"""Where worlds are kept: a file each on SQLite, a database each on PostgreSQL."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from sqlalchemy import URL, Connection, create_engine, make_url, text

from app.settings import Mode, Settings


class Store(Protocol):
    """Databases by name; copying one is how a world is made."""

    def url(self, name: str) -> str: ...
    def names(self) -> set[str]: ...
    def create(self, name: str) -> None: ...
    def copy(self, source: str, target: str) -> None: ...
    def rename(self, source: str, target: str) -> None: ...
    def drop(self, name: str) -> None: ...
    def close(self) -> None: ...


def store_of(settings: Settings) -> Store:
    """Return the store that the settings ask for."""
    if settings.database_url is None:
        return SqliteFiles(settings.data_directory / "worlds")
    url = make_url(settings.database_url.get_secret_value()).set(drivername="postgresql+psycopg")
    return PostgresqlDatabases(url, settings.database_prefix)


def is_durable(settings: Settings) -> bool:
    """Say whether a power cut may not lose what was answered."""
    return settings.mode is Mode.PRODUCTION


class SqliteFiles:
    """One file a database, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def url(self, name: str) -> str:
        # A file that is gone is not made anew by somebody who still writes to its world.
        return f"sqlite:///file:{quote(str(self._file(name).resolve()))}?mode=rw&uri=true"

    def names(self) -> set[str]:
        return {file.stem for file in self.folder.glob("*.db")}

    def create(self, name: str) -> None:
        self._file(name).touch(exist_ok=False)

    def copy(self, source: str, target: str) -> None:
        # Written beside and renamed: a copy that is cut short is never taken for a world.
        beside = self._file(target).with_suffix(f".{os.getpid()}.copying")
        shutil.copyfile(self._file(source), beside)
        self._remove_journal(target)
        beside.replace(self._file(target))

    def rename(self, source: str, target: str) -> None:
        self._remove_journal(target)
        self._file(source).replace(self._file(target))

    def drop(self, name: str) -> None:
        self._file(name).unlink(missing_ok=True)
        self._remove_journal(name)

    def close(self) -> None:
        """Have nothing to let go of: files are opened by who uses them."""

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.db"

    def _remove_journal(self, name: str) -> None:
        for suffix in (".db-wal", ".db-shm"):
            self._file(name).with_suffix(suffix).unlink(missing_ok=True)


class PostgresqlDatabases:
    """One database each on a server, their names told apart by a prefix."""

    def __init__(self, server: URL, prefix: str) -> None:
        self.server = server
        self.prefix = f"{prefix}-"
        self._engine = create_engine(server, isolation_level="AUTOCOMMIT", pool_size=2)

    def url(self, name: str) -> str:
        return self.server.set(database=self.prefix + name).render_as_string(hide_password=False)

    def names(self) -> set[str]:
        with self._engine.connect() as connection:
            found = connection.scalars(
                text("SELECT datname FROM pg_database WHERE starts_with(datname, :prefix)"),
                {"prefix": self.prefix},
            )
            return {name.removeprefix(self.prefix) for name in found}

    def create(self, name: str) -> None:
        with self._alone() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {self._quoted(name)}")

    def copy(self, source: str, target: str) -> None:
        with self._alone() as connection:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {self._quoted(target)} (FORCE)")
            connection.exec_driver_sql(
                f"CREATE DATABASE {self._quoted(target)} TEMPLATE {self._quoted(source)}"
                " STRATEGY FILE_COPY"
            )

    def rename(self, source: str, target: str) -> None:
        with self._alone() as connection:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {self._quoted(target)} (FORCE)")
            connection.exec_driver_sql(
                f"ALTER DATABASE {self._quoted(source)} RENAME TO {self._quoted(target)}"
            )

    def drop(self, name: str) -> None:
        with self._alone() as connection:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {self._quoted(name)} (FORCE)")

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _alone(self) -> Iterator[Connection]:
        """Take turns: PostgreSQL refuses to copy a database that somebody else is copying."""
        with self._engine.connect() as connection:
            connection.exec_driver_sql("SELECT pg_advisory_lock(hashtext('skolon-mock worlds'))")
            try:
                yield connection
            finally:
                connection.exec_driver_sql("SELECT pg_advisory_unlock_all()")

    def _quoted(self, name: str) -> str:
        return self._engine.dialect.identifier_preparer.quote_identifier(self.prefix + name)
