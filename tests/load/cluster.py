"""Replicas on one PostgreSQL behind nginx, each a process with a data folder of its own."""

import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr
from sqlalchemy import make_url

from app.partner.demo import DEMO_API_KEY
from app.seeds import sandboxes_of
from app.settings import Settings
from tests.load.nation import fill
from tests.stores import postgresql_server

NGINX_CONFIGURATION = Path(__file__).parents[2] / "docs" / "nginx.conf"
ADMIN_KEY = "admin-key-of-the-replicas"
CONTROL = {"Authorization": f"Bearer {ADMIN_KEY}"}
TOOLS = {"Authorization": f"Bearer {DEMO_API_KEY}"}
START_SECONDS = 240
STOP_SECONDS = 60

# Which replicas a request was sent to, in the order in which they were tried.
_LOG = (
    'log_format replicas escape=json \'{"tried": "$upstream_addr", "status": $status,'
    ' "method": "$request_method", "path": "$uri", "of": "$http_x_check"}\';'
)
_NGINX = """
pid {folder}/nginx.pid;
error_log {folder}/nginx-errors.log;
worker_processes 1;
daemon off;
events {{ worker_connections 4096; }}
http {{
    {log}
    access_log {folder}/requests.log replicas;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/answers;
    fastcgi_temp_path {folder}/unused;
    uwsgi_temp_path {folder}/unused;
    scgi_temp_path {folder}/unused;
    include {folder}/skolon-mock.conf;
}}
"""
_PGBOUNCER = """
[databases]
* = host={host} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {pool}
max_client_conn = 2000
ignore_startup_parameters = extra_float_digits
logfile = {folder}/pgbouncer.log
"""


class NotReadyError(Exception):
    """A program ended, or took too long, before it served; what it wrote is in the message."""


class Replica:
    """One process of the service; its data folder is its own."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self._output = folder / "output.log"
        self._environment = environment | {"SKOLON_MOCK_DATA_DIRECTORY": str(folder / "data")}
        folder.mkdir()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it serves once `wait` returns."""
        with self._output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app", "run", "--port", str(self.port)],
                env=self._environment,
                stdout=output,
                stderr=output,
            )

    def wait(self) -> None:
        """Wait until it is ready."""
        wait_until_served(self.process, f"{self.url}/health/ready", self._output)

    def stop(self) -> int:
        """Ask it to end, as a restart does, and return how it ended."""
        if self.process is None:
            return 0
        self.process.terminate()
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def said(self, word: str) -> int:
        """Return how many lines of what it wrote hold the word."""
        return sum(word in line for line in self._output.read_text().splitlines())


class Cluster:
    """The replicas, and what stands in front of them and behind them."""

    def __init__(
        self, folder: Path, settings: Settings, replicas: Sequence[Replica], url: str
    ) -> None:
        self.folder = folder
        self.settings = settings
        self.replicas = replicas
        self.url = url
        self.port = int(url.rpartition(":")[2])
        self.http = httpx.Client(base_url=url, headers=CONTROL, timeout=60)
        # To each of them straight, past nginx.
        self.each = [
            httpx.Client(base_url=replica.url, headers=CONTROL, timeout=60) for replica in replicas
        ]

    def close(self) -> None:
        for client in (self.http, *self.each):
            client.close()

    def requests(self) -> str:
        """Return what nginx has written of each request, a line of JSON each."""
        return (self.folder / "requests.log").read_text()


@contextmanager
def cluster(
    replicas: int,
    *,
    users: int,
    pool: int | None = None,
    port: int | None = None,
    more: Mapping[str, str] | None = None,
) -> Iterator[Cluster]:
    """Run it all until the block is left; `pool` is of PgBouncer, which is left out without it.

    The users are at schools of a thousand each; all of them have a license. Without users the
    first world is left to the replicas to make, which all start at the same moment.
    `more` is what else they find in their environment.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="replicas-")))
        # nginx and PgBouncer are other users of the machine.
        folder.chmod(0o755)
        direct = stack.enter_context(postgresql_server())
        settings = Settings(
            data_directory=folder / "making", database_url=SecretStr(direct), log_level="error"
        )
        if users:
            sandboxes = sandboxes_of(settings)
            fill(sandboxes.prepare_default("demo").database, users)
            sandboxes.close()
        environment = environment_of(direct) | dict(more or {})
        if pool:
            environment |= stack.enter_context(_pgbouncer(folder, direct, pool))
        made = [Replica(folder / f"replica-{number}", environment) for number in range(replicas)]
        for replica in made:
            stack.callback(replica.stop)
            replica.start()
        for replica in made:
            replica.wait()
        url = stack.enter_context(_nginx(folder, [replica.port for replica in made], port))
        running = Cluster(folder, settings, made, url)
        stack.callback(running.close)
        yield running


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def wait_until_served(process: Any, url: str, output: Path) -> None:  # noqa: ANN401, a Popen
    """Wait until the address is answered with 200."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            if httpx.get(url, timeout=5).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    raise NotReadyError(f"{url} is not served:\n{output.read_text()[-4000:]}")


def environment_of(database_url: str | None) -> dict[str, str]:
    """Return the environment of a replica on this database, or on files of its own."""
    inherited = dict(os.environ)  # noqa: TID251, handed on to the program that reads it
    others = {name: value for name, value in inherited.items() if name[:12] != "SKOLON_MOCK_"}
    on = {"SKOLON_MOCK_DATABASE_URL": database_url} if database_url else {}
    return (
        others
        | on
        | {
            "SKOLON_MOCK_ADMIN_KEY": ADMIN_KEY,
            "SKOLON_MOCK_LOG_LEVEL": "warning",
        }
    )


@contextmanager
def _nginx(folder: Path, ports: Sequence[int], port: int | None) -> Iterator[str]:
    """Run nginx as docs/nginx.conf says, but for the ports."""
    port = port or free_port()
    servers = "".join(f"    server 127.0.0.1:{one} max_fails=0;\n" for one in ports)
    text = NGINX_CONFIGURATION.read_text()
    text, replaced = re.subn(r"(    server 127\.0\.0\.1:\d+ max_fails=0;\n)+", servers, text)
    assert replaced == 1
    text = text.replace("listen 8000;", f"listen 127.0.0.1:{port};")
    (folder / "skolon-mock.conf").write_text(text)
    (folder / "nginx.conf").write_text(_NGINX.format(folder=folder, log=_LOG))
    command = [_program("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf")]
    output = folder / "nginx.log"
    with output.open("wb") as opened:
        process = subprocess.Popen(command, stdout=opened, stderr=opened)
    try:
        url = f"http://localhost:{port}"
        wait_until_served(process, f"{url}/health/live", output)
        yield url
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


@contextmanager
def _pgbouncer(folder: Path, direct: str, pool: int) -> Iterator[dict[str, str]]:
    """Run PgBouncer in front of PostgreSQL, and give the settings that lead through it."""
    port, url = free_port(), make_url(direct)
    own = folder / "pgbouncer"
    own.mkdir()
    configuration = own / "pgbouncer.ini"
    configuration.write_text(
        _PGBOUNCER.format(
            host=url.query["host"], user=url.username, port=port, pool=pool, folder=own
        )
    )
    account: dict[str, Any] = {}
    if os.geteuid() == 0:
        # It refuses to run as root.
        nobody = pwd.getpwnam("nobody")
        os.chown(own, nobody.pw_uid, nobody.pw_gid)
        account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    process = subprocess.Popen(
        [_program("pgbouncer"), "--quiet", str(configuration)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **account,
    )
    try:
        through = url.set(host="127.0.0.1", port=port, query={})
        yield {
            "SKOLON_MOCK_DATABASE_URL": through.render_as_string(hide_password=False),
            "SKOLON_MOCK_DATABASE_DIRECT_URL": direct,
        }
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def _program(name: str) -> str:
    found = shutil.which(name, path=f"{os.defpath}:/usr/sbin:/usr/local/sbin")
    if found is None:
        raise NotReadyError(f"{name} is not installed: apt-get install {name}")
    return found
