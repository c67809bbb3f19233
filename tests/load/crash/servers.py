"""The server and the database that are killed and started again on the same data."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from tests.stores import programs_and_account

_ROOT = Path(__file__).parents[3]
_LONGEST_START = 120.0
# A killed process takes nothing along that it has handed to the system, so nothing is fsynced;
# but a commit is not acknowledged before it has been handed over.
_SERVER_SETTINGS = {
    "fsync": "off",
    "listen_addresses": "",
    "max_connections": "300",
    "synchronous_commit": "on",
}


class Server:
    """`skolon-mock run` as a process, always at the same address."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.address = f"http://localhost:{self._port}"
        inherited = dict(os.environ)  # noqa: TID251, a child needs its parent's
        self._environment = {
            name: value for name, value in inherited.items() if not name.startswith("SKOLON_MOCK_")
        }
        # As `./run` does.
        self._environment |= {"PYDANTIC_DISABLE_PLUGINS": "__all__", **environment}
        self._log = log
        self._process: subprocess.Popen[str] | None = None

    def begin(self) -> None:
        """Start it, without waiting until it answers."""
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "app", "run", "--port", str(self._port)],
                cwd=_ROOT,
                env=self._environment,
                text=True,
                stdout=subprocess.PIPE,
                stderr=log,
            )

    def start(self) -> float:
        """Start it, and return the seconds until it answers."""
        started = time.monotonic()
        self.begin()
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if re.search(r"ready at http://", line):
                return time.monotonic() - started
        raise RuntimeError(f"the server did not start:\n{self._log.read_text()[-4000:]}")

    def crashes(self) -> list[str]:
        """Return what its log has of what nobody had thought of, in all of its lives."""
        lines = self._log.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if '"event":"crash"' in line.replace(" ", "")]

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None


class Postgresql:
    """A PostgreSQL server with every one of its processes in reach."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._programs, self._account = programs_and_account(folder)
        self._postmaster: subprocess.Popen[bytes] | None = None
        self.url = f"postgresql+psycopg://postgres@/postgres?host={folder}"
        initdb = (
            *(self._programs / "initdb", "--pgdata=data", "--username=postgres", "--auth=trust"),
            *("--encoding=UTF8", "--locale=C", "--no-sync"),
        )
        subprocess.run(
            initdb, cwd=folder, check=True, stdout=subprocess.DEVNULL, **self._surroundings()
        )

    def start(self) -> float:
        """Start it, and return the seconds until it has recovered and takes connections."""
        started = time.monotonic()
        settings = [f"-c{name}={value}" for name, value in _SERVER_SETTINGS.items()]
        program = str(self._programs / "postgres")
        command = [program, "-D", "data", "-k", str(self._folder), *settings]
        with (self._folder / "log").open("ab") as log:
            self._postmaster = subprocess.Popen(
                command,
                cwd=self._folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self._surroundings(),
            )
        while self._postmaster.poll() is None and time.monotonic() - started < _LONGEST_START:
            try:
                psycopg.connect(host=str(self._folder), user="postgres", dbname="postgres").close()
            except psycopg.OperationalError:
                time.sleep(0.02)
            else:
                return time.monotonic() - started
        log_text = (self._folder / "log").read_text(errors="replace")
        raise RuntimeError(f"PostgreSQL did not start:\n{log_text[-4000:]}")

    def kill(self) -> None:
        """End every process of it; each is a process group of its own, led by the postmaster."""
        if self._postmaster is None:
            return
        # While it stands still it begins no other.
        self._postmaster.send_signal(signal.SIGSTOP)
        children = _children_of(self._postmaster.pid)
        self._postmaster.send_signal(signal.SIGKILL)
        for child in children:
            _kill(child)
        self._postmaster.wait()
        self._postmaster = None
        for child in children:
            while _is_alive(child):
                time.sleep(0.005)

    def _surroundings(self) -> dict[str, Any]:
        # Without the caller's PGHOST, PGPORT and the like.
        return {"env": {"PATH": os.defpath, "LC_ALL": "C"}} | self._account


@contextmanager
def postgresql() -> Iterator[Postgresql]:
    """Give a server that runs; it is gone with its data when the block is left."""
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    server = None
    try:
        server = Postgresql(folder)
        server.start()
        yield server
    finally:
        if server is not None:
            server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _children_of(pid: int) -> list[int]:
    """Return the processes that this one has begun, as Linux tells them; of a dead one none."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except FileNotFoundError:
        return []
    return [int(child) for child in children.split()]


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _is_alive(pid: int) -> bool:
    """Say whether the process still does anything; one that nobody waits for does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"
