"""`skolon-mock webhooks`: what a sandbox's Skolon told tools, over HTTP."""

from typing import Annotated

import typer

from app.reaching import (
    LOCAL,
    AdminKey,
    AsJson,
    Server,
    Url,
    names_of_sandboxes,
    quoted,
    say_facts,
    say_json,
    say_table,
)

cli = typer.Typer(help="What Skolon told tools, and how it went.", no_args_is_help=True)

Of = Annotated[
    str, typer.Option("--sandbox", help="Whose webhooks.", autocompletion=names_of_sandboxes)
]


@cli.command("list")
def list_(
    sandbox: Of = "default",
    client_id: Annotated[str | None, typer.Option(help="Only of this tool.")] = None,
    kind: Annotated[str | None, typer.Option(help="Such as data-edits.")] = None,
    state: Annotated[str | None, typer.Option(help="Such as waiting or delivered.")] = None,
    limit: Annotated[int, typer.Option(help="How many at most.", min=1, max=200)] = 50,
    url: Url = LOCAL,
    admin_key: AdminKey = None,
    as_json: AsJson = False,
) -> None:
    """List the newest webhooks and how often each was tried."""
    wanted = {"client_id": client_id, "kind": kind, "state": state, "limit": limit}
    found = Server(url, admin_key).call(
        "GET",
        f"/s/{quoted(sandbox)}/skolon/webhooks",
        params={name: value for name, value in wanted.items() if value is not None},
    )["webhooks"]
    if as_json:
        say_json(found)
    else:
        rows = [{**one, "attempts": len(one["attempts"])} for one in found]
        say_table(rows, "id", "made_at", "kind", "client_id", "state", "attempts", "body")


@cli.command()
def resend(
    webhook: Annotated[str, typer.Argument(help="The id that the list tells.")],
    sandbox: Of = "default",
    url: Url = LOCAL,
    admin_key: AdminKey = None,
    as_json: AsJson = False,
) -> None:
    """Send a webhook once more, whatever became of it."""
    path = f"/s/{quoted(sandbox)}/skolon/webhooks/{quoted(webhook)}/resend"
    sent = Server(url, admin_key).call("POST", path)
    if as_json:
        say_json(sent)
    else:
        say_facts({name: sent[name] for name in ("id", "kind", "client_id", "state", "due_at")})
