"""`skolon-mock keys`: the partner's API keys of one sandbox, straight in the store."""

from typing import Annotated

import typer

from app.partner import api_keys
from app.partner.api_keys import Scope
from app.reaching import AsJson, say_facts, say_json, say_table
from app.register_cli import SandboxName, opened
from app.sandboxes.worlds import DEFAULT

cli = typer.Typer(
    help="Keys of the partner's API. Works on the store that the settings name, not over HTTP.",
    no_args_is_help=True,
)


@cli.command()
def create(
    name: Annotated[str, typer.Argument(help="The program that is to use it.")],
    scope: Annotated[
        list[Scope] | None, typer.Option(help="May be said many times; without it, every scope.")
    ] = None,
    sandbox: SandboxName = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Make a key, which is shown this once and kept only as a hash."""
    with opened(sandbox) as world, world.database.write() as session:
        row, key = api_keys.make(session, name, scope or list(Scope))
        made = {"id": str(row.id), "name": row.name, "scopes": row.scopes.split(), "key": key}
    if as_json:
        say_json(made)
    else:
        say_facts(made)


@cli.command("list")
def list_(sandbox: SandboxName = DEFAULT, as_json: AsJson = False) -> None:
    """List the keys, without the keys themselves."""
    with opened(sandbox) as world, world.database.read() as session:
        rows = [
            {
                "id": str(row.id),
                "name": row.name,
                "scopes": row.scopes.split(),
                "revoked_at": row.revoked_at.isoformat() if row.revoked_at else None,
            }
            for row in api_keys.every(session)
        ]
    if as_json:
        say_json(rows)
    else:
        say_table(rows, "id", "name", "scopes", "revoked_at")


@cli.command()
def revoke(
    key: Annotated[str, typer.Argument(help="The id or the name that the list tells.")],
    sandbox: SandboxName = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Let a key open nothing any more."""
    with opened(sandbox) as world, world.database.write() as session:
        row = api_keys.revoke(session, key, now=world.clock())
        revoked = {"id": str(row.id), "name": row.name, "revoked_at": str(row.revoked_at)}
    if as_json:
        say_json(revoked)
    else:
        say_facts(revoked)
