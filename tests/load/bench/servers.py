"""What is measured: the product as everybody starts it, and bare endpoints, each on its cores."""

import multiprocessing
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.settings import Settings
from tests.load.bench import bare

_READY = re.compile(r"ready at http://\S+:(\d+)")
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cores:
    """Who computes where; with two cores, the load shares one with the database."""

    server: frozenset[int]
    load: frozenset[int]

    @classmethod
    def of(cls, available: Sequence[int], workers: int) -> "Cores":
        return cls(frozenset(available[:workers]), frozenset(available[1:] or available))


@dataclass(frozen=True, slots=True)
class Served:
    """Processes that answer alike, each on a port of its own."""

    ports: tuple[int, ...]
    pids: tuple[int, ...]

    def cpu_seconds(self) -> float:
        """Return the processor time that they have taken so far, the kernel's for them as well."""
        return sum(map(_cpu_seconds, self.pids))

    def resident_bytes(self) -> int:
        return sum(map(resident_bytes, self.pids))


def environment(settings: Settings) -> dict[str, str]:
    """Return what a process of the product is started with, as `./run` starts it."""
    given = {
        "PATH": os.defpath,
        "MALLOC_ARENA_MAX": "1",
        "PYDANTIC_DISABLE_PLUGINS": "__all__",
        "SKOLON_MOCK_DATA_DIRECTORY": str(settings.data_directory),
        "SKOLON_MOCK_LOG_LEVEL": "error",
    }
    for name in ("database_url", "signing_key"):
        if (secret := getattr(settings, name)) is not None:
            given[f"SKOLON_MOCK_{name.upper()}"] = secret.get_secret_value()
    return given


def started(settings: Settings) -> "subprocess.Popen[str]":
    """Start the product on a free port."""
    return subprocess.Popen(
        [sys.executable, "-m", "app", "run", "--port", "0"],
        env=environment(settings),
        cwd=Path(__file__).parents[3],
        stdout=subprocess.PIPE,
        text=True,
    )


def port_of(process: "subprocess.Popen[str]") -> int:
    """Wait until it is ready, and return the port."""
    assert process.stdout is not None
    for line in process.stdout:
        if found := _READY.search(line):
            return int(found[1])
    message = f"the server ended with {process.wait()} before it was ready"
    raise RuntimeError(message)


@contextmanager
def product(settings: Settings, cores: Cores, workers: int = 1) -> Iterator[Served]:
    """Serve the whole product until the block is left, in so many processes on the same worlds."""
    with ExitStack() as stack:
        processes = []
        for _ in range(workers):
            process = stack.enter_context(started(settings))
            stack.callback(process.terminate)
            os.sched_setaffinity(process.pid, cores.server)
            processes.append((port_of(process), process.pid))
        ports, pids = zip(*processes, strict=True)
        yield Served(ports, pids)


@contextmanager
def bare_endpoints(setup: "bare.Setup", cores: Cores, workers: int = 1) -> Iterator[Served]:
    """Serve the bare endpoints until the block is left."""
    spawning = multiprocessing.get_context("spawn")
    processes = []
    ports: list[int] = []
    try:
        for _ in range(workers):
            with socket.create_server(("127.0.0.1", 0), backlog=2048) as listening:
                ports.append(listening.getsockname()[1])
                process = spawning.Process(
                    target=bare.serve, args=(listening, setup, cores.server), daemon=True
                )
                process.start()
                processes.append(process)
        yield Served(tuple(ports), tuple(process.pid or 0 for process in processes))
    finally:
        for process in processes:
            process.terminate()
            process.join()


def resident_bytes(pid: int) -> int:
    """Return how much memory a process holds."""
    (line,) = re.findall(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(line) * 1024


def _cpu_seconds(pid: int) -> float:
    # After the name in parentheses, which may hold anything: the 14th and 15th fields of all.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND
