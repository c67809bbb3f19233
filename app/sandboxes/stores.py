"""Where worlds are kept: a file each on SQLite, a database each on PostgreSQL."""

from contextlib import AbstractContextManager
from typing import Protocol

from pydantic import SecretStr
from sqlalchemy import URL, make_url

from app.database import Database
from app.sandboxes.news import Newsroom
from app.sandboxes.postgresql_databases import PostgresqlDatabases
from app.sandboxes.sqlite_files import SqliteFiles
from app.settings import Mode, Settings


class Store(Protocol):
    """Databases by name; copying one is how a world is made.

    What is made is made under a name that nobody asks for, and named when it is whole. Beside each
    stands a note, a text that can be read without opening the database.
    """

    def url(self, name: str) -> str: ...
    def database(self, name: str, *, durable: bool, is_new: bool = False) -> Database: ...
    def names(self) -> set[str]: ...
    def notes(self) -> dict[str, str]: ...
    def sizes(self) -> dict[str, int]: ...
    def free_bytes(self) -> int | None: ...
    def note(self, notes: dict[str, str]) -> None: ...
    def create(self, name: str) -> None: ...
    def copy(self, source: str, target: str) -> None: ...
    def copy_live(self, source: str, target: str) -> None: ...
    def rename(self, source: str, target: str) -> None: ...
    def replace(self, source: str, target: str) -> None: ...
    def drop(self, name: str) -> None: ...
    def alone(self, name: str) -> AbstractContextManager[None]: ...
    def newsroom(self) -> Newsroom | None: ...
    def is_taken(self, name: str) -> bool: ...
    def tidy(self) -> None: ...
    def close(self) -> None: ...


def store_of(settings: Settings) -> Store:
    """Return the store that the settings ask for."""
    if settings.database_url is None:
        return SqliteFiles(settings.data_directory / "worlds", settings.database_timeout)
    direct = settings.database_direct_url or settings.database_url
    return PostgresqlDatabases(
        _postgresql(settings.database_url),
        settings.database_prefix,
        direct=_postgresql(direct),
        patience_seconds=settings.database_timeout,
    )


def is_durable(settings: Settings) -> bool:
    """Say whether a power cut may not lose what was answered."""
    return settings.mode is Mode.PRODUCTION


def _postgresql(url: SecretStr) -> URL:
    return make_url(url.get_secret_value()).set(drivername="postgresql+psycopg")
