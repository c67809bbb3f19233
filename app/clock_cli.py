"""`skolon-mock clock`: the clock of one sandbox of a running server, over HTTP."""

from typing import Annotated

import typer

from app.reaching import (
    LOCAL,
    AdminKey,
    AsJson,
    Server,
    Url,
    names_of_sandboxes,
    sandbox_path,
    say_facts,
    say_json,
)

cli = typer.Typer(help="The clock of a sandbox, which both companies obey.", no_args_is_help=True)

Of = Annotated[
    str, typer.Option("--sandbox", help="Whose clock.", autocompletion=names_of_sandboxes)
]
Backwards = Annotated[
    bool, typer.Option("--backwards", help="Allow it to go back; expired things are valid again.")
]


@cli.command()
def show(
    sandbox: Of = "default", url: Url = LOCAL, admin_key: AdminKey = None, as_json: AsJson = False
) -> None:
    """Tell what the clock says."""
    _say(Server(url, admin_key).call("GET", f"{sandbox_path(sandbox)}/clock"), as_json=as_json)


@cli.command()
def freeze(
    sandbox: Of = "default", url: Url = LOCAL, admin_key: AdminKey = None, as_json: AsJson = False
) -> None:
    """Stop the clock where it stands."""
    _change(Server(url, admin_key), sandbox, {"freeze": True}, as_json=as_json)


@cli.command()
def resume(
    sandbox: Of = "default", url: Url = LOCAL, admin_key: AdminKey = None, as_json: AsJson = False
) -> None:
    """Let the clock run on from where it stands."""
    _change(Server(url, admin_key), sandbox, {"resume": True}, as_json=as_json)


@cli.command("set")
def set_(
    instant: Annotated[str, typer.Argument(help="For example 2027-01-31T08:00:00Z.")],
    sandbox: Of = "default",
    backwards: Backwards = False,
    url: Url = LOCAL,
    admin_key: AdminKey = None,
    as_json: AsJson = False,
) -> None:
    """Let the clock stand at an instant, and run or stay frozen as before."""
    change = {"set_to": instant, "allow_backwards": backwards}
    _change(Server(url, admin_key), sandbox, change, as_json=as_json)


@cli.command()
def advance(
    duration: Annotated[str, typer.Argument(help="As in ISO 8601: P5D, PT90S, P1DT2H.")],
    sandbox: Of = "default",
    backwards: Backwards = False,
    url: Url = LOCAL,
    admin_key: AdminKey = None,
    as_json: AsJson = False,
) -> None:
    """Let the clock stand so much later."""
    change = {"advance_by": duration, "allow_backwards": backwards}
    _change(Server(url, admin_key), sandbox, change, as_json=as_json)


def _change(server: Server, sandbox: str, change: dict[str, object], *, as_json: bool) -> None:
    path = f"{sandbox_path(sandbox)}/clock"
    _say(server.call("PATCH", path, json=change), as_json=as_json)


def _say(clock: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        say_json(clock)
    else:
        say_facts(clock)
