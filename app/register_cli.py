"""`skolon-mock register`: the partner's copy of the register of school units, in one sandbox."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app import seeds
from app.errors import RefusalError
from app.partner import register_import, register_views
from app.partner.register_refresh import ShrunkRegisterError
from app.partner.skolverket_client import RegisterFailedError
from app.sandboxes.sandbox import Sandbox
from app.sandboxes.worlds import DEFAULT
from app.settings import Settings

cli = typer.Typer(help="The partner's copy of the register of school units.", no_args_is_help=True)

SandboxName = Annotated[str, typer.Option("--sandbox", help="Whose copy.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]


@cli.command()
def status(sandbox: SandboxName = DEFAULT, as_json: AsJson = False) -> None:
    """Say how large and how old the copy is, and what is odd about it."""
    with opened(sandbox) as world, world.database.read() as session:
        state = register_views.state(session)
    _say(state.model_dump(mode="json"), as_json=as_json)


@cli.command()
def refresh(
    sandbox: SandboxName = DEFAULT,
    changes: Annotated[bool, typer.Option(help="Only what has changed since.")] = False,
    as_json: AsJson = False,
) -> None:
    """Renew the copy from the register; an interrupted refresh goes on where it stopped."""
    with opened(sandbox) as world, _progress(quiet=as_json) as bar:
        task = bar.add_task("Asking the register", total=None)
        count = seeds.refresh_register(
            world.database,
            Settings(),
            clock=world.clock,
            only_changes=changes,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    _say({"changed" if changes else "units": count}, as_json=as_json)


@cli.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A CSV file.")],
    sandbox: SandboxName = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Replace the copy by a CSV file with the columns school_unit_code, name and status."""
    with opened(sandbox) as world, world.database.write() as session:
        count = register_import.read_file(session, file, now=world.clock())
    _say({"units": count}, as_json=as_json)


@contextmanager
def opened(name: str) -> Iterator[Sandbox]:
    """Open a sandbox of the store that the settings name; what is refused ends the command."""
    sandboxes = seeds.sandboxes_of(Settings())
    try:
        yield sandboxes.prepare_default("demo") if name == DEFAULT else sandboxes.open(name)
    except (RefusalError, RegisterFailedError, ShrunkRegisterError) as error:
        Console(stderr=True).print(f"[red]Not done:[/] {error or type(error).__doc__}")
        raise typer.Exit(1) from error
    finally:
        sandboxes.close()


def _progress(*, quiet: bool) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=quiet,
    )


def _say(facts: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(facts, ensure_ascii=False))
        return
    for name, value in facts.items():
        typer.echo(f"{name.replace('_', ' ')}: {'never' if value is None else value}")
