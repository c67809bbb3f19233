"""The command line: serve, tell the story, write down the OpenAPI files."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

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
    from app.serving import serve  # noqa: PLC0415, other commands need none of what it imports

    settings = Settings()
    serve(settings.model_copy(update={"only": only or settings.only}), host, port)


@cli.command()
def demo(
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.", min=0, max=65535)] = 0,
) -> None:
    """Walk the whole story over HTTP, and print each request and its answer."""
    from app.story import tell  # noqa: PLC0415, other commands need none of what it imports

    raise typer.Exit(tell(port))


@cli.command()
def openapi() -> None:
    """Write the OpenAPI description of each company to `openapi/`."""
    from app.main import applications  # noqa: PLC0415, other commands need none of what it imports

    for company, application in applications(Settings()).items():
        text = json.dumps(application.openapi(), indent=2, ensure_ascii=False)
        (OPENAPI / f"{company}.json").write_text(text + os.linesep)
        typer.echo(f"openapi/{company}.json")


def main() -> None:
    """Run the command line."""
    cli()


if __name__ == "__main__":
    main()
