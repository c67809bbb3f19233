"""What must never be found in a world's database or beside it: something half done."""

from collections.abc import Iterable

from sqlalchemy import text

from app.database import Database
from app.sandboxes.sqlite_files import SqliteFiles
from app.sandboxes.stores import Store

# Each finds rows that no transaction leaves behind.
_HALVES = {
    "an Idempotency-Key without an answer": "SELECT key FROM idempotency_keys WHERE answer IS NULL",
    "a license request without its checks": (
        "SELECT id FROM license_requests WHERE 3 <> (SELECT count(*) FROM request_checks"
        " WHERE license_request_id = license_requests.id)"
    ),
    "a license request without units": (
        "SELECT id FROM license_requests WHERE NOT EXISTS (SELECT 1 FROM requested_units"
        " WHERE license_request_id = license_requests.id)"
    ),
    "a decision with a check left open": (
        "SELECT id FROM license_requests WHERE status IN ('confirmed', 'activated')"
        " AND EXISTS (SELECT 1 FROM request_checks"
        " WHERE license_request_id = license_requests.id AND passed_at IS NULL)"
    ),
    "a status that no event tells of": (
        "SELECT id FROM license_requests WHERE NOT EXISTS (SELECT 1 FROM request_events"
        " WHERE license_request_id = license_requests.id AND kind = status)"
    ),
    "a decision that Skolon is not owed": (
        "SELECT id FROM request_events WHERE kind IN ('confirmed', 'activated')"
        " AND NOT EXISTS (SELECT 1 FROM skolon_messages"
        " WHERE license_request_id = request_events.license_request_id"
        " AND body LIKE '%\"status\": \"' || kind || '\"%')"
    ),
    "an activated request without licenses for its units": (
        "SELECT id FROM license_requests WHERE status = 'activated' AND"
        " (SELECT count(*) FROM licenses WHERE license_request_id = license_requests.id)"
        " <> (SELECT count(*) FROM requested_units WHERE license_request_id = license_requests.id)"
    ),
    "a license before the activation": (
        "SELECT licenses.id FROM licenses JOIN license_requests"
        " ON license_requests.id = license_request_id WHERE status <> 'activated'"
    ),
    "a resolved case whose school has no code": (
        "SELECT id FROM code_cases WHERE status = 'resolved' AND NOT EXISTS"
        " (SELECT 1 FROM school_unit_codes WHERE school_id = code_cases.school_id"
        " AND digits = school_unit_code)"
    ),
    "a fictive code on two schools": (
        "SELECT digits FROM school_unit_codes WHERE kind = 'fictive'"
        " GROUP BY digits HAVING count(DISTINCT school_id) > 1"
    ),
    "an account to which nobody logs in": (
        "SELECT id FROM accounts WHERE merged_into_id IS NULL AND NOT EXISTS"
        " (SELECT 1 FROM identities WHERE account_id = accounts.id)"
    ),
    "an account from Skolon without a place in a class": (
        "SELECT account_id FROM identities WHERE issuer = 'skolon-mock' AND NOT EXISTS"
        " (SELECT 1 FROM placements WHERE account_id = identities.account_id)"
    ),
    "an account that was merged away without a merge": (
        "SELECT id FROM accounts WHERE merged_into_id IS NOT NULL AND NOT EXISTS"
        " (SELECT 1 FROM merges WHERE merged_account_id = accounts.id AND undone_at IS NULL)"
    ),
    "a merge whose account still is its own": (
        "SELECT id FROM merges WHERE undone_at IS NULL AND EXISTS (SELECT 1 FROM accounts"
        " WHERE accounts.id = merged_account_id AND merged_into_id IS NULL)"
    ),
    "a session of an account that was merged away": (
        "SELECT browser_sessions.account_id FROM browser_sessions JOIN accounts"
        " ON accounts.id = browser_sessions.account_id WHERE merged_into_id IS NOT NULL"
    ),
    "an assigned single license that nobody holds": (
        "SELECT id FROM skolon_licenses WHERE type = 'single' AND assigned_at IS NOT NULL"
        " AND withdrawn_at IS NULL AND deleted_at IS NULL AND NOT EXISTS (SELECT 1 FROM"
        " skolon_seats WHERE license_id = skolon_licenses.id AND ended_at IS NULL)"
    ),
    "a deleted person who still has a seat": (
        "SELECT user_id FROM skolon_seats JOIN skolon_users ON skolon_users.id = user_id"
        " WHERE deleted_at IS NOT NULL AND ended_at IS NULL"
    ),
}


def halves_in(store: Store, name: str) -> list[str]:
    """Say what is half done in a world."""
    database = Database(store.url(name))
    try:
        with database.read() as session:
            found = [
                f"{name}: {what}: {row}"
                for what, statement in _HALVES.items()
                if (row := session.execute(text(statement)).first()) is not None
            ]
            if session.get_bind().dialect.name == "sqlite":
                found += _damages(name, session.execute(text("PRAGMA integrity_check")).all(), "ok")
                found += _damages(name, session.execute(text("PRAGMA foreign_key_check")).all())
            return found
    finally:
        database.close()


def leftovers_of(store: Store) -> list[str]:
    """Say what a killed process was making and nobody removed, in databases and in files."""
    names = store.names()
    left = {name for name in names if name.startswith("unfinished_")}
    if isinstance(store, SqliteFiles):
        # "world.db-wal" and "world.json" belong to "world".
        left |= {
            file.name for file in store.folder.iterdir() if file.name.partition(".")[0] not in names
        }
    return [f"left over: {one}" for one in sorted(left)]


def _damages(name: str, rows: Iterable[object], but: str = "") -> list[str]:
    return [f"{name}: {row}" for row in rows if str(tuple(row)) != f"('{but}',)"]  # type: ignore[arg-type]  # a Row
