"""The command line: serve, tell the story, look after the register, write the OpenAPI files."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError

from app.applications import applications
from app.sandboxes.worlds import DEFAULT
from app.seeds import first_seed, sandboxes_of
from app.serving import serve
from app.settings import Company, Settings

cli = typer.Typer(
    name="skolon-mock",
    help="Skolon on a laptop, with a real partner on the other side.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

OPENAPI = Path(__file__).parents[1] / "openapi"


@cli.command()
def run(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8000,
    only: Annotated[Company | None, typer.Option(help="Serve one company alone.")] = None,
) -> None:
    """Serve everything on one port."""
    settings = Settings()
    if DEFAULT not in sandboxes_of(settings).names():
        typer.echo("Preparing the first world; this takes some seconds, once.")
        # In a process of its own, which takes what it needed of memory with it.
        subprocess.run([sys.executable, "-m", "app", "prepare"], check=True)
    serve(settings.model_copy(update={"only": only or settings.only}), host, port)


@cli.command(hidden=True)
def prepare() -> None:
    """Make the default sandbox if there is none."""
    settings = Settings()
    sandboxes = sandboxes_of(settings)
    sandboxes.prepare_default(first_seed(settings))
    sandboxes.close()


@cli.command()
def demo(
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.", min=0, max=65535)] = 0,
) -> None:
    """Walk the whole story over HTTP, and print each request and its answer."""
    from app import story  # noqa: PLC0415, serving should not wait for it

    raise typer.Exit(story.tell(port))


@cli.command()
def openapi() -> None:
    """Write the OpenAPI description of each company to `openapi/`."""
    for company, application in applications(Settings()).items():
        text = json.dumps(application.openapi(), indent=2, ensure_ascii=False)
        (OPENAPI / f"{company}.json").write_text(f"{text}\n")
        typer.echo(f"openapi/{company}.json")


def main() -> None:
    """Run the command line."""
    if sys.argv[1:2] != ["run"]:
        add_groups()
    try:
        cli()
    except ValidationError as error:
        # Without the values: some are secret.
        for wrong in error.errors(include_input=False, include_url=False):
            name = "_".join(str(step) for step in wrong["loc"]).upper()
            typer.echo(
                f"Not done: SKOLON_MOCK_{name}: {wrong['msg']}".replace("_: ", ": "), err=True
            )
        sys.exit(2)
    except OperationalError:
        typer.echo("Not done: the database that the settings name cannot be reached.", err=True)
        sys.exit(3)


def add_groups() -> None:
    """Add the commands that serving should not wait for."""
    from app import (  # noqa: PLC0415, as the docstring says
        clock_cli,
        fault_cli,
        keys_cli,
        register_cli,
        sandbox_cli,
        webhooks_cli,
    )

    cli.add_typer(sandbox_cli.cli, name="sandbox")
    cli.add_typer(clock_cli.cli, name="clock")
    cli.add_typer(fault_cli.cli, name="fault")
    cli.add_typer(webhooks_cli.cli, name="webhooks")
    cli.add_typer(keys_cli.cli, name="keys")
    cli.add_typer(register_cli.cli, name="register")
