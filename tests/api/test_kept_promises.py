"""The program that kills servers (docs/crash-safety.md): it runs, and it finds what is lost."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from app.database import Database
from app.sandboxes.stores import store_of
from app.seeds import sandboxes_of
from tests.conftest import PREFIX, settings_for
from tests.load.crash.requests import AskedByProgram
from tests.load.crash.stories import checked
from tests.load.kill import Trial, trial_on


@pytest.fixture
def trial(data: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Trial]:
    with closing(sandboxes_of(settings_for("sqlite", data, request, prefix=PREFIX))) as worlds:
        worlds.prepare_default("demo")
        made = worlds.create(None, "licensed").name
        worlds.delete(made)
    (tmp_path / "worlds").mkdir()
    # What sandboxes are copied from takes longest to make, and is there already.
    for template in (data / "worlds").glob("template_*.db"):
        shutil.copy(template, tmp_path / "worlds")
    with trial_on("sqlite", tmp_path) as trial:
        trial.server.start()
        trial.begin_world()
        yield trial


def test_what_was_acknowledged_outlives_a_killed_server_and_what_is_lost_is_found(
    trial: Trial,
) -> None:
    trial.go_round(Random(1))  # noqa: S311, no secret

    assert trial.kills["server"] == 1
    assert trial.ledger.acknowledged.total()
    assert trial.ledger.broken == []

    world = trial.worlds[0]
    story = AskedByProgram(world, Random(1))  # noqa: S311, no secret
    story.tell()
    checked(story)
    assert trial.ledger.broken == []
    with closing(Database(store_of(trial.settings).url(world.name))) as database:
        with database.write() as session:
            session.execute(
                text("DELETE FROM request_events WHERE kind = 'activated' AND actor <> 'Skolon'")
            )
        checked(story)
        assert "its timeline is" in trial.ledger.broken[0]
        assert len(trial.ledger.broken) == 1
