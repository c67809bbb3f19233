"""The key that signs cookies and webhooks: made once, kept where every process finds it."""

import secrets
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import create_engine, text

from app.sandboxes.postgresql_databases import PostgresqlDatabases
from app.sandboxes.stores import store_of
from app.settings import Settings

# Sandbox names have no underscore. A database of our own, since what is noted on a database may be
# read by everybody who has a name on the server.
_KEYS = "kept_keys"


def signing_key(settings: Settings) -> SecretStr:
    """Return the key that is set, else the one that is kept, made now if there is none."""
    if settings.signing_key is not None:
        return settings.signing_key
    file = settings.data_directory / "signing-key"
    store = store_of(settings)
    if isinstance(store, PostgresqlDatabases):
        # Who served alone until now kept it in the folder, and tools know secrets made of it.
        return SecretStr(_kept_on_server(store, file.read_text() if file.exists() else _new()))
    return SecretStr(_kept_in(file))


def _kept_in(file: Path) -> str:
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        # Named when it is whole: half a key would be one too.
        beside = file.with_suffix(f".{secrets.token_hex(4)}")
        try:
            beside.touch(mode=0o600)
            beside.write_text(_new())
            beside.replace(file)
        finally:
            beside.unlink(missing_ok=True)
    return file.read_text()


def _kept_on_server(store: PostgresqlDatabases, offered: str) -> str:
    try:
        with store.alone(_KEYS):
            if _KEYS not in store.names():
                store.create(_KEYS)
            engine = create_engine(store.url(_KEYS))
            try:
                with engine.begin() as connection:
                    connection.execute(
                        text(
                            "CREATE TABLE IF NOT EXISTS keys"
                            " (name text PRIMARY KEY, value text NOT NULL)"
                        )
                    )
                    connection.execute(
                        text("INSERT INTO keys VALUES ('signing', :value) ON CONFLICT DO NOTHING"),
                        {"value": offered},
                    )
                    kept = text("SELECT value FROM keys WHERE name = 'signing'")
                    return str(connection.scalar(kept))
            finally:
                engine.dispose()
    finally:
        store.close()


def _new() -> str:
    return secrets.token_urlsafe(32)
