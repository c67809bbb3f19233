"""The command line, as somebody types it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import register_cli, story
from app.settings import Settings


@pytest.fixture
def typed(settings: Settings, monkeypatch: pytest.MonkeyPatch, control: object) -> CliRunner:
    """Somebody at a terminal whose environment names the store of these tests."""
    url = settings.database_url
    monkeypatch.setenv("SKOLON_MOCK_DATA_DIRECTORY", str(settings.data_directory))
    monkeypatch.setenv("SKOLON_MOCK_DATABASE_PREFIX", settings.database_prefix)
    if url:
        monkeypatch.setenv("SKOLON_MOCK_DATABASE_URL", url.get_secret_value())
    return CliRunner()


def test_the_demo_tells_the_story_to_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    assert story.tell(0) == 0

    told = capsys.readouterr().out
    assert "Now Maja sees Elsa" in told
    assert "The story went as told, to the end." in told


def test_the_registers_state_is_told_to_people_and_to_programs(typed: CliRunner) -> None:
    people = typed.invoke(register_cli.cli, ["status"])
    programs = typed.invoke(register_cli.cli, ["status", "--json"])

    assert people.exit_code == programs.exit_code == 0
    assert json.loads(programs.stdout)["units"] > 10_650
    assert "refreshed at: 20" in people.stdout


def test_the_register_is_renewed_and_its_changes_fetched(typed: CliRunner) -> None:
    whole = typed.invoke(register_cli.cli, ["refresh", "--json"])
    changes = typed.invoke(register_cli.cli, ["refresh", "--changes", "--json"])

    assert whole.exit_code == changes.exit_code == 0, whole.output + changes.output
    assert json.loads(whole.stdout)["units"] > 10_650
    assert json.loads(changes.stdout) == {"changed": 0}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["status", "--sandbox", "nobody"], 1),
        (["status", "--sandbox", "No Name"], 1),
        (["refresh", "--sandbox", "nobody"], 1),
        (["import", "missing.csv"], 2),
    ],
)
def test_what_cannot_be_done_ends_with_a_sentence_and_an_exit_code(
    typed: CliRunner, arguments: list[str], code: int
) -> None:
    result = typed.invoke(register_cli.cli, arguments)

    assert result.exit_code == code
    assert "Traceback" not in result.output
    assert result.stderr


def test_a_file_that_is_no_register_leaves_the_copy_as_it_was(
    typed: CliRunner, tmp_path: Path
) -> None:
    file = tmp_path / "register.csv"
    file.write_text("kod;namn\n1;2\n")
    before = typed.invoke(register_cli.cli, ["status", "--json"]).stdout

    result = typed.invoke(register_cli.cli, ["import", str(file)])

    assert result.exit_code == 1
    assert "school_unit_code" in result.stderr
    assert typed.invoke(register_cli.cli, ["status", "--json"]).stdout == before
