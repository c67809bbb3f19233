"""The image is built and run here as far as that goes without Docker: see replay.py."""

import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest

from tests.docker.replay import Image, build

PROJECT = Path(__file__).parents[2]
SECONDS_TO_GET_READY = 20


def test_the_linter_finds_nothing() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")

    found = subprocess.run(
        [hadolint, PROJECT / "Dockerfile"], capture_output=True, text=True, check=False
    )

    assert found.stdout + found.stderr == ""


def test_the_image_serves_without_writing_outside_its_volume(image: Image) -> None:
    before = files_and_times(image)

    with served(image) as address:
        page = httpx.get(address, headers={"Accept": "text/html"}, follow_redirects=True)

    assert page.status_code == HTTPStatus.OK
    assert files_and_times(image) == before
    assert any((image.root / "data").iterdir())


def test_the_image_runs_as_nobody_in_particular(image: Image) -> None:
    assert image.user


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    # pytest's own folders are closed to other users.
    with tempfile.TemporaryDirectory(prefix="image-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        image = build(PROJECT, folder)
        shutil.rmtree(folder / "context")
        for path in image.root.rglob("*"):
            if path != image.root / "data" and not path.is_symlink():
                path.chmod(path.stat().st_mode & 0o555)
        yield image
        for path in image.root.rglob("*"):
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o755)


@contextmanager
def served(image: Image) -> Iterator[str]:
    """Run the image's command until its health check is content, and stop it afterwards."""
    port = free_port()
    command = [word.replace(image.port, port) for word in image.command]
    health_command = [word.replace(image.port, port) for word in image.health_command]
    assert command != image.command
    assert health_command != image.health_command
    with image.start(command) as server:
        try:
            healthy = becomes_healthy(image, health_command, server)
            if healthy:
                yield f"http://127.0.0.1:{port}/"
        finally:
            server.send_signal(signal.SIGTERM)
            output, _ = server.communicate(timeout=10)
    assert healthy, output
    assert server.returncode in {0, -signal.SIGTERM}, output


def becomes_healthy(image: Image, command: list[str], server: subprocess.Popen[str]) -> bool:
    give_up_at = time.monotonic() + SECONDS_TO_GET_READY
    while server.poll() is None and time.monotonic() < give_up_at:
        with image.start(command) as check:
            check.communicate()
        if check.returncode == 0:
            return True
        time.sleep(0.1)
    return False


def files_and_times(image: Image) -> dict[str, int]:
    return {
        str(path): path.lstat().st_mtime_ns
        for path in image.root.rglob("*")
        if image.root / "data" not in (path, *path.parents)
    }


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return str(listener.getsockname()[1])
