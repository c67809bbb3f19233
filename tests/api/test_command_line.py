"""The command line, as somebody types it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from app import (
    clock_cli,
    fault_cli,
    keys_cli,
    reaching,
    register_cli,
    sandbox_cli,
    story,
    webhooks_cli,
)
from app.cli import cli
from app.serving import alone_in_folder
from app.settings import Settings
from app.story import served
from tests.conftest import ADMIN_KEY, World

ROOT = Path(__file__).parents[2]


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


Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def address(settings: Settings, control: object) -> Iterator[str]:
    """A running server on the store of these tests."""
    with served(settings, 0) as address:
        yield address


@pytest.fixture
def ask(typed: CliRunner, address: str) -> Ask:
    """Type a command that is to print JSON, and return what it says."""

    def asked(group: typer.Typer, *words: str) -> Any:  # noqa: ANN401, JSON
        result = _type(typed, address, group, words[0], "--json", *words[1:])
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return asked


def _type(typed: CliRunner, address: str, group: typer.Typer, *words: str) -> Result:
    more = [] if group is keys_cli.cli else ["--url", address, "--admin-key", ADMIN_KEY]
    return typed.invoke(group, [words[0], *more, *words[1:]])


def test_a_sandbox_lives_its_life_at_the_command_line(ask: Ask, tmp_path: Path) -> None:
    sandbox = sandbox_cli.cli
    file = tmp_path / "typed.db"

    made = ask(sandbox, "create", "typed", "--seed", "empty")
    kept = ask(sandbox, "snapshot", "typed", "typed-then")
    restored = ask(sandbox, "restore", "typed", "typed-then")
    copied = ask(sandbox, "create", "--snapshot", "typed-then")
    back = ask(sandbox, "reset", "typed")
    renamed = ask(sandbox, "rename", "typed", "typed-anew")
    downloaded = ask(sandbox, "download", "typed-anew", str(file))
    uploaded = ask(sandbox, "upload", str(file), "typed-again")
    shown = ask(sandbox, "show", "typed-again")
    names = {one["name"] for one in ask(sandbox, "list")}
    snapshots = {one["name"] for one in ask(sandbox, "list", "--snapshots")}
    for name in ("typed-anew", "typed-again", copied["name"]):
        assert ask(sandbox, "delete", name) == {"deleted": name}
    ask(sandbox, "delete", "--snapshot", "typed-then")

    assert (made["seed"], kept["sandbox"]) == ("empty", "typed")
    assert restored["snapshot"] == copied["snapshot"] == back["snapshot"] == "typed-then"
    assert renamed["base_url"].endswith("/s/typed-anew")
    assert downloaded == {"file": str(file), "size_bytes": file.stat().st_size}
    assert [one.name for one in tmp_path.iterdir()] == ["typed.db"]
    assert uploaded["name"] == shown["name"] == "typed-again"
    assert {"default", "typed-anew", "typed-again", copied["name"]} <= names
    assert "typed" not in names
    assert "typed-then" in snapshots
    assert "typed-then" not in {one["name"] for one in ask(sandbox, "list", "--snapshots")}


def test_people_get_tables_with_the_same_facts(typed: CliRunner, address: str) -> None:
    for words in (["list"], ["list", "--snapshots"], ["show", "default"]):
        result = _type(typed, address, sandbox_cli.cli, *words)

        assert result.exit_code == 0, result.output
    assert "skolonmockdemoclient000000000001" in result.stdout
    assert f"{address}/s/default" in result.stdout


def test_the_clock_is_moved_at_the_command_line(ask: Ask, world: World) -> None:
    clock, of = clock_cli.cli, ("--sandbox", world.name)

    moved = ask(clock, "set", "2031-01-01T08:00:00Z", *of)
    frozen = ask(clock, "freeze", *of)
    later = ask(clock, "advance", "P1D", *of)
    earlier = ask(clock, "advance", "--backwards", *of, "--", "-P2D")
    shown = ask(clock, "show", *of)
    running = ask(clock, "resume", *of)

    assert [one["frozen"] for one in (moved, frozen, later, shown, running)] == [
        False,
        True,
        True,
        True,
        False,
    ]
    assert later["now"].startswith("2031-01-02T08:00:")
    assert earlier == shown
    assert shown["now"].startswith("2030-12-31T08:00:")


def test_webhooks_are_listed_and_sent_again_at_the_command_line(
    ask: Ask, typed: CliRunner, address: str, world: World
) -> None:
    of = ("--sandbox", world.name)
    made = world.client({"Authorization": f"Bearer {ADMIN_KEY}"}).post(
        "/skolon/webhooks",
        json={"client_id": "skolonmockdemoclient000000000001", "kind": "data-edits"},
    )
    assert made.is_success, made.text

    listed, *_ = ask(webhooks_cli.cli, "list", *of, "--kind", "data-edits")
    sent = ask(webhooks_cli.cli, "resend", listed["id"], *of)
    people = _type(typed, address, webhooks_cli.cli, "list", *of)

    assert sent["id"] == listed["id"] == made.json()["id"]
    assert listed["id"] in people.stdout


def test_a_key_made_at_the_command_line_opens_what_its_scopes_say_until_it_is_revoked(
    ask: Ask, typed: CliRunner, address: str, world: World
) -> None:
    keys, of = keys_cli.cli, ("--sandbox", world.name)

    def status(key: str, path: str) -> int:
        return world.client({"Authorization": f"Bearer {key}"}).get(path).status_code

    made = ask(keys, "create", "Support", "--scope", "licenses:read", *of)
    paths = ("/api/v1/licenses", "/api/v1/code-cases")
    before = [status(made["key"], path) for path in paths]
    listed = ask(keys, "list", *of)
    people = _type(typed, address, keys, "list", *of)
    revoked = ask(keys, "revoke", "Support", *of)
    again = _type(typed, address, keys, "revoke", "Support", *of)

    assert before == [200, 403]
    assert made["scopes"] == ["licenses:read"]
    assert "Support" in {one["name"] for one in listed}
    assert made["key"] not in json.dumps(listed) + people.stdout
    assert revoked["id"] == made["id"]
    assert status(made["key"], paths[0]) == 401
    assert again.exit_code == 1
    assert "No key in force" in again.stderr


def test_one_of_several_keys_of_a_name_is_revoked_by_its_id(ask: Ask, typed: CliRunner) -> None:
    first, second = (ask(keys_cli.cli, "create", "Twin") for _ in range(2))

    by_name = typed.invoke(keys_cli.cli, ["revoke", "Twin"])
    by_id = ask(keys_cli.cli, "revoke", first["id"])

    assert by_name.exit_code == 1
    assert by_id["id"] == first["id"]
    assert ask(keys_cli.cli, "revoke", "Twin")["id"] == second["id"]


@pytest.mark.parametrize(
    ("group", "words", "code", "told"),
    [
        (sandbox_cli.cli, ["show", "nobody"], 1, "no sandbox of that name"),
        (sandbox_cli.cli, ["show", "../default"], 1, "Not Found"),
        (sandbox_cli.cli, ["create", "default"], 1, "already"),
        (sandbox_cli.cli, ["create", "No Name"], 1, "1 to 40"),
        (sandbox_cli.cli, ["create", "x", "--seed", "nothing-like-it"], 1, "no such seed"),
        (sandbox_cli.cli, ["create", "x", "--seed", "demo", "--snapshot", "y"], 1, "not both"),
        (sandbox_cli.cli, ["restore", "default", "nothing"], 1, "no snapshot"),
        (sandbox_cli.cli, ["delete", "default"], 1, "default sandbox"),
        (sandbox_cli.cli, ["delete"], 2, "Say the name"),
        (sandbox_cli.cli, ["delete", "x", "--snapshot", "y"], 2, "Say the name"),
        (sandbox_cli.cli, ["upload", "missing.db"], 2, "does not exist"),
        (sandbox_cli.cli, ["download", "default", "/nowhere/file.db"], 1, "cannot be written"),
        (clock_cli.cli, ["advance", "tomorrow"], 1, "advance_by: "),
        (clock_cli.cli, ["advance", "P999999D"], 1, "1970 and 2999"),
        (clock_cli.cli, ["set", "2001-01-01T00:00:00Z"], 1, "backwards"),
        (webhooks_cli.cli, ["resend", "no-id"], 1, "webhook_id: "),
        (webhooks_cli.cli, ["list", "--sandbox", "nobody"], 1, "no sandbox of that name"),
        (webhooks_cli.cli, ["list", "--limit", "0"], 2, "limit"),
        (keys_cli.cli, ["create", "x", "--scope", "everything"], 2, "scope"),
        (keys_cli.cli, ["create", " "], 1, "name"),
        (keys_cli.cli, ["list", "--sandbox", "nobody"], 1, "no sandbox of that name"),
    ],
)
def test_what_is_refused_ends_with_a_sentence_and_its_exit_code(
    typed: CliRunner, address: str, group: typer.Typer, words: list[str], code: int, told: str
) -> None:
    result = _type(typed, address, group, *words)

    assert result.exit_code == code, result.output
    assert told in " ".join(result.stderr.replace("│", " ").split())
    assert result.stdout == ""
    assert "Traceback" not in result.output


def test_a_file_that_is_there_is_replaced_only_when_that_is_said(
    typed: CliRunner, address: str, tmp_path: Path
) -> None:
    file = tmp_path / "mine.db"
    file.write_text("mine")

    refused = _type(typed, address, sandbox_cli.cli, "download", "default", str(file))
    mine = file.read_text()
    forced = _type(typed, address, sandbox_cli.cli, "download", "default", str(file), "--force")

    assert (refused.exit_code, mine) == (1, "mine")
    assert "--force" in refused.stderr
    assert forced.exit_code == 0
    assert file.read_bytes().startswith(b"SQLite format 3")


def test_without_the_admin_key_the_command_says_how_to_give_it(
    typed: CliRunner, address: str
) -> None:
    result = typed.invoke(sandbox_cli.cli, ["list", "--url", address])
    by_environment = typed.invoke(
        sandbox_cli.cli, ["list", "--url", address], env={"SKOLON_MOCK_ADMIN_KEY": ADMIN_KEY}
    )

    assert (result.exit_code, by_environment.exit_code) == (1, 0)
    assert "SKOLON_MOCK_ADMIN_KEY" in result.stderr


@pytest.mark.parametrize(
    ("url", "code", "told"),
    [
        ("http://127.0.0.1:9", 3, "skolon-mock run"),
        ("http://no-such-host.invalid", 3, "There is no server"),
        ("nonsense", 2, "is no address"),
    ],
)
def test_a_server_that_is_not_there_is_told_from_a_wrong_address(
    typed: CliRunner, url: str, code: int, told: str
) -> None:
    result = typed.invoke(sandbox_cli.cli, ["list", "--url", url])

    assert result.exit_code == code
    assert told in result.stderr


def test_what_is_no_skolon_mock_is_said_to_be_none(typed: CliRunner, address: str) -> None:
    result = typed.invoke(sandbox_cli.cli, ["list", "--url", f"{address}/static"])

    assert result.exit_code == 1
    assert result.stderr


def test_names_are_completed_at_the_prompt_and_nothing_is_said_when_nobody_answers(
    ask: Ask, address: str
) -> None:
    ask(sandbox_cli.cli, "create", "completed", "--seed", "empty")

    def completed(url: str, incomplete: str) -> list[str]:
        command = typer.main.get_command(sandbox_cli.cli)
        context = typer.Context(command)
        context.params = {"url": url, "admin_key": ADMIN_KEY}
        return reaching.names_of_sandboxes(context, incomplete)

    assert completed(address, "compl") == ["completed"]
    assert completed("http://127.0.0.1:9", "compl") == []
    assert completed(f"{address}/health/live?", "compl") == []
    ask(sandbox_cli.cli, "delete", "completed")


# As the installed command, by whose name the shell asks for completions.
_INSTALLED = "import sys; sys.argv[0] = 'skolon-mock'; from app.__main__ import main; main()"


def _run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _INSTALLED, *words],
        cwd=ROOT,
        env={**os.environ, **environment},  # noqa: TID251, a child needs its parent's
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_real_command_talks_to_a_real_server(address: str) -> None:
    listed = _run("sandbox", "list", "--json", "--url", address, SKOLON_MOCK_ADMIN_KEY=ADMIN_KEY)
    completed = _run(
        _SKOLON_MOCK_COMPLETE="complete_bash",
        COMP_WORDS=f"skolon-mock sandbox show --url {address} --admin-key {ADMIN_KEY} defau",
        COMP_CWORD="7",
    )

    assert listed.returncode == 0, listed.stderr
    assert "default" in {one["name"] for one in json.loads(listed.stdout)}
    assert completed.stdout.split() == ["default"], completed.stderr


@pytest.mark.parametrize(
    ("words", "environment", "code", "told"),
    [
        pytest.param(
            ["keys", "list"], {"SKOLON_MOCK_MODE": "nonsense"}, 2, "SKOLON_MOCK_MODE", id="setting"
        ),
        pytest.param(
            ["keys", "list"],
            {"SKOLON_MOCK_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/nothing"},
            3,
            "does not answer",
            id="database",
        ),
        pytest.param(["sandbox", "list", "--url", "http://127.0.0.1:9"], {}, 3, "run", id="server"),
        pytest.param(["sandbox", "nonsense"], {}, 2, "No such command", id="command"),
    ],
)
def test_the_real_command_never_ends_in_a_traceback(
    words: list[str], environment: dict[str, str], code: int, told: str
) -> None:
    result = _run(*words, **environment)

    assert result.returncode == code, result.stderr
    assert told in result.stderr
    assert "Traceback" not in result.stderr
    assert "nobody@" not in result.stderr


def test_every_command_that_tells_something_tells_it_to_programs_as_well() -> None:
    groups = (sandbox_cli, clock_cli, fault_cli, webhooks_cli, keys_cli, register_cli)
    commands = [
        command for group in groups for command in typer.main.get_group(group.cli).commands.values()
    ]

    assert len(commands) > 20
    for command in commands:
        assert "as_json" in {parameter.name for parameter in command.params}, command.name


def test_a_second_server_on_a_folder_is_refused_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SKOLON_MOCK_DATA_DIRECTORY", str(tmp_path))

    with alone_in_folder(Settings()):
        second = CliRunner().invoke(cli, ["run"])
    with alone_in_folder(Settings()):
        pass

    assert second.exit_code == 3
    assert f"another server works on {tmp_path}" in second.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["serving"]
