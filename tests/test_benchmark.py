"""The benchmark itself: what it counts, what it compares, and what makes it fail."""

import json
import threading
from collections.abc import Iterator
from copy import deepcopy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle, islice
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from tests.load.bench import plot, report
from tests.load.bench.__main__ import as_text, cli
from tests.load.bench.comparing import changes
from tests.load.bench.figures import Cell, Timed, percentile, rows_of
from tests.load.bench.generator import Request, Round, load
from tests.load.bench.targets import judge

CELL = Cell("license status", "sqlite", 1, 16)


class Answering(BaseHTTPRequestHandler):
    """Answers each path in its own way."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/gone":
            self.close_connection = True
            return
        body = b"x" * 300_000
        self.send_response(500 if self.path == "/broken" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002, its name there
        """Say nothing."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def asked(path: str, number: int) -> Iterator[Request]:
    return islice(cycle([Request.of("GET", path)]), number)


def rounds(*per_second: float, errors: int = 0) -> list[Timed]:
    return [
        Timed(Round(1.0, [0.001 * place for place in range(1, int(rate) + 1)], errors, "500"), 0.5)
        for rate in per_second
    ]


def a_run(*, errors: int = 0) -> dict[str, Any]:
    found = {
        "small": rounds(100, 110, 120),
        "large": rounds(100, 100, 100, errors=errors),
        "bare": rounds(200, 200, 200),
    }
    results: dict[str, Any] = {
        "machine": {
            "processor": "a processor", "cores": 2, "memory_gib": 8, "versions": {"python": "3"},
            "commit": "abc", "begun_at": "2026-11-29T12:00:00+00:00", "load_average": 0.1,
        },
        "worlds": {"small": 10, "large": 100},
        "rounds": 3,
        "seconds": 1.0,
        "minutes": 0.5,
        "skipped": [],
        "living": {"sqlite": {"cold start": {"times": 9, "p50_ms": 700, "p99_ms": 900}}},
        "rows": rows_of(CELL, found, ("bare", "large")),
    }  # fmt: skip
    return {**results, "targets": judge(results)}


def test_a_percentile_is_the_least_value_that_so_many_do_not_exceed() -> None:
    values = [float(number) for number in range(100, 0, -1)]

    found = [percentile(values, share) for share in (0, 0.5, 0.99, 1)]

    assert found == [1, 50, 99, 100]
    assert percentile([7.0], 0.99) == 7


def test_a_ratio_is_the_median_of_those_of_neighbors() -> None:
    found = {"large": rounds(10, 200, 30), "bare": rounds(20, 400, 20)}

    large, bare = rows_of(CELL, found, ("bare",))

    # 0.5, 0.5 and 1.5; the medians alone would say 1.5.
    assert large["ratios"] == {"bare": 0.5}
    assert bare["ratios"] == {}
    assert large["per_second"] == 30
    assert large["cpu_us"] == pytest.approx(1.5 / 240 * 1e6, rel=0.01)


def test_right_answers_are_timed_on_every_connection(port: int) -> None:
    found = load([port], asked("/", 20), connections=4, seconds=60)

    assert len(found.latencies) == 20
    assert not found.errors


@pytest.mark.parametrize("path", ["/broken", "/gone"])
def test_a_wrong_answer_is_an_error_and_never_timed(port: int, path: str) -> None:
    found = load([port], asked(path, 2), connections=2, seconds=60)

    assert found.errors == 2
    assert found.latencies == []
    assert found.first_error


@pytest.mark.parametrize(("errors", "code"), [(0, 0), (1, 1)])
def test_wrong_answers_make_the_run_fail(tmp_path: Path, errors: int, code: int) -> None:
    run, page = tmp_path / "run.json", tmp_path / "page.md"
    run.write_text(as_text(a_run(errors=errors)))

    ended = CliRunner().invoke(cli, ["--from", str(run), "--report", str(page)])

    assert ended.exit_code == code, ended.output
    assert json.loads(run.read_text()) == a_run(errors=errors)
    assert page.with_suffix(".svg").exists()


def test_a_promise_is_kept_broken_or_not_measured() -> None:
    judged = {one["target"]: one["met"] for one in judge(a_run())}

    assert judged["Cold start, SQLite"] is True
    assert judged["License status, large world beside small, SQLite"] is True
    assert judged["Cold start, PostgreSQL"] is None


def test_a_later_run_tells_what_has_become_slower() -> None:
    later = deepcopy(a_run())
    later["rows"][1]["ratios"]["bare"] = 0.3

    found = changes(a_run(), later)

    assert [(one["variant"], one["before"], one["now"]) for one in found] == [("large", 0.5, 0.3)]
    assert changes(a_run(), a_run()) == []


def test_the_page_and_its_plot_show_what_was_found() -> None:
    page, picture = report.page(a_run(), "plot.svg"), plot.svg(a_run())

    assert "| license status | 100 |" in page
    assert "![Each path](plot.svg)" in page
    assert "| Cold start, SQLite | at most 800 ms | 700 | yes |" in page
    assert "100/s" in "".join(ET.fromstring(picture).itertext())  # noqa: S314, our own
