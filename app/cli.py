"""The command line: serve, tell the story, look after the register, write the OpenAPI files."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

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
        from app import register_cli  # noqa: PLC0415, serving should not wait for it

        cli.add_typer(register_cli.cli, name="register")
    cli()
