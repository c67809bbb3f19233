"""The command line. Each command imports what it needs: some have no use for the application."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

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
    from app.sandboxes.worlds import DEFAULT  # noqa: PLC0415, as the first line says
    from app.seeds import sandboxes_of  # noqa: PLC0415, as above
    from app.serving import FolderInUseError, alone_in_folder, serve  # noqa: PLC0415, as above

    settings = Settings()
    try:
        with alone_in_folder(settings):
            if DEFAULT not in sandboxes_of(settings).names():
                typer.echo("Preparing the first world; this takes some seconds, once.")
                _prepare_apart(settings)
            serve(settings.model_copy(update={"only": only or settings.only}), host, port)
    except FolderInUseError:
        typer.echo(
            f"Not done: another server works on {settings.data_directory}. Stop it, or let"
            " SKOLON_MOCK_DATA_DIRECTORY name another folder; several servers share a PostgreSQL.",
            err=True,
        )
        raise typer.Exit(3) from None


@cli.command()
def demo(
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.", min=0, max=65535)] = 0,
) -> None:
    """Walk the whole story over HTTP, and print each request and its answer."""
    from app import story  # noqa: PLC0415, as the first line says

    raise typer.Exit(story.tell(port))


@cli.command()
def openapi() -> None:
    """Write the OpenAPI description of each company to `openapi/`."""
    from app.applications import applications  # noqa: PLC0415, as the first line says

    for company, application in applications(Settings()).items():
        text = json.dumps(application.openapi(), indent=2, ensure_ascii=False)
        (OPENAPI / f"{company}.json").write_text(f"{text}\n")
        typer.echo(f"openapi/{company}.json")


def _prepare_apart(settings: Settings) -> None:
    """Make the first world in a process of its own, which takes the memory for it along."""
    from multiprocessing import get_all_start_methods, get_context  # noqa: PLC0415, as above

    # Where a process can be forked, it need not import everything again.
    can_fork = "fork" in get_all_start_methods()
    context = get_context("fork") if can_fork else get_context("spawn")
    apart = context.Process(target=_prepare, args=(settings,))
    apart.start()
    apart.join()
    if apart.exitcode:
        raise typer.Exit(apart.exitcode)


def _prepare(settings: Settings) -> None:
    from app.seeds import first_seed, sandboxes_of  # noqa: PLC0415, as the first line says

    sandboxes = sandboxes_of(settings)
    sandboxes.prepare_default(first_seed(settings))
    sandboxes.close()


def main() -> None:
    """Run the command line."""
    add_groups(sys.argv[1] if len(sys.argv) > 1 else "")
    try:
        cli()
    except ValidationError as error:
        # Without the values: some are secret.
        for wrong in error.errors(include_input=False, include_url=False):
            name = "_".join(["SKOLON_MOCK", *(str(step).upper() for step in wrong["loc"])])
            typer.echo(f"Not done: {name}: {wrong['msg']}", err=True)
        sys.exit(2)
    except Exception as error:
        from app.driver_errors import refusal_of  # noqa: PLC0415, as the first line says

        refusal = refusal_of(error)
        if refusal is None:
            raise
        typer.echo(f"Not done: {refusal}", err=True)
        sys.exit(3)


def add_groups(asked: str) -> None:
    """Add the groups of commands, but for those that are known not to be asked for."""
    if asked == "run":
        return
    from app import clock_cli, fault_cli, sandbox_cli, webhooks_cli  # noqa: PLC0415, as above

    over_http = {
        "sandbox": sandbox_cli.cli,
        "clock": clock_cli.cli,
        "fault": fault_cli.cli,
        "webhooks": webhooks_cli.cli,
    }
    for name, group in over_http.items():
        cli.add_typer(group, name=name)
    if asked in over_http:
        return
    from app import keys_cli, register_cli  # noqa: PLC0415, these import the partner

    cli.add_typer(keys_cli.cli, name="keys")
    cli.add_typer(register_cli.cli, name="register")
