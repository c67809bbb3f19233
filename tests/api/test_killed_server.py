"""A server that is killed in the middle of a bulk call leaves all of it or none."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from app.partner.demo import DEMO_API_KEY
from app.partner.models import CodeCase, School
from app.settings import Settings
from tests.conftest import World
from tests.factories import ORGANIZATION

ROWS = 5000
ROOT = Path(__file__).parents[2]


@contextmanager
def _server(settings: Settings) -> Iterator[tuple[subprocess.Popen[str], str]]:
    url = settings.database_url
    environment = {
        **os.environ,  # noqa: TID251, a child needs its parent's
        "SKOLON_MOCK_DATA_DIRECTORY": str(settings.data_directory),
        "SKOLON_MOCK_DATABASE_PREFIX": settings.database_prefix,
        **({"SKOLON_MOCK_DATABASE_URL": url.get_secret_value()} if url else {}),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "run", "--port", "0"],
        cwd=ROOT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    try:
        found = None
        while not found:
            line = process.stdout.readline()
            assert line, "the server did not start"
            found = re.search(r"ready at (http://\S+)", line)
        yield process, found[1]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize("after", [0.05, 0.3, 0.8])
def test_a_killed_bulk_call_leaves_all_rows_or_none(
    world: World, settings: Settings, after: float
) -> None:
    overview = "enhet\n" + "".join(f"Enhet {number}\n" for number in range(ROWS))
    answered: list[int] = []

    with _server(settings) as (process, address):

        def post() -> None:
            try:
                answer = httpx.post(
                    f"{address}/s/{world.name}/api/v1/units-without-code",
                    content=overview.encode(),
                    params={"organization_number": ORGANIZATION, "organization_name": "Exempel"},
                    headers={
                        "Authorization": f"Bearer {DEMO_API_KEY}",
                        "Content-Type": "text/csv",
                    },
                    timeout=60,
                )
            except httpx.HTTPError:
                return
            answered.append(answer.status_code)

        caller = threading.Thread(target=post)
        caller.start()
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        caller.join(timeout=60)

    with world.database.read() as session:
        counts = {
            session.scalar(select(func.count()).select_from(table)) for table in (School, CodeCase)
        }
    assert counts in ({0}, {ROWS})
    assert not answered or counts == {ROWS}
