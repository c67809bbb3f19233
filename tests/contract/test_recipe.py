"""What docs/testing.md prints is run as it stands, so that it stays true."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest

from app.sandboxes.faults import FaultIn, FaultKind
from app.skolon.demo import CHARACTERS, TRIALS
from app.testing import NotStartedError, Server, running

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "testing.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("recipe")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    with running(data_directory=str(folder)) as server:
        yield server


def test_the_recipe_for_pytest_runs_as_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a server has prepared is found again, as the page says."""
    prepared = tmp_path / "data"
    with running(data_directory=str(prepared)):
        pass
    monkeypatch.setenv("SKOLON_MOCK_DATA_DIRECTORY", str(prepared))
    files = {}
    for block in blocks("python"):
        called = re.match(r"# (\S+\.py)\n", block)
        assert called
        files[called[1]] = block
    assert {*files} == {"conftest.py", "test_tool.py"}
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")

    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir",
         str(tmp_path), str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "9 passed" in ran.stdout


def test_the_recipe_for_the_shell_runs_as_printed(server: Server, tmp_path: Path) -> None:
    (script,) = blocks("sh")

    ran = subprocess.run(
        ["/bin/sh", "-eu", "-c", script],
        cwd=tmp_path,
        env={"SKOLON": server.url, "PATH": "/usr/bin:/bin:/usr/local/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert [one["name"] for one in server.http.get("/sandboxes").json()] == ["default"]


def test_a_fresh_sandbox_is_there_before_anybody_notices(server: Server) -> None:
    took = []
    for _ in range(11):
        began = perf_counter()
        with server.sandbox() as sandbox:
            took.append(perf_counter() - began)
            assert sandbox.http.get("/health/ready").is_success

    # Meant to be under 50 ms on a machine that does nothing else; this one may.
    assert median(took) < 1


def test_a_server_that_cannot_start_says_why() -> None:
    with pytest.raises(NotStartedError), running(request_timeout="no number"):
        pass


def test_the_page_names_every_kind_of_fault_and_every_field() -> None:
    for kind in FaultKind:
        assert f"`{kind}`" in PAGE
    for field in FaultIn.model_fields:
        assert f"`{field}`" in PAGE


def test_the_page_names_everybody_to_whom_something_befalls() -> None:
    described = {who.key for who in TRIALS} - {"prim", "siv"}

    assert [key for key in described if f"`{key}`" not in PAGE] == []
    assert {"lo", "bo", "tim", "partnerportal"} <= {who.key for who in CHARACTERS}
