"""`skolon-mock fault`: what is to go wrong in a sandbox, over HTTP."""

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
    say_table,
)
from app.sandboxes.faults import FaultKind
from app.settings import Company

cli = typer.Typer(help="What is to go wrong in a sandbox.", no_args_is_help=True)

Of = Annotated[
    str, typer.Option("--sandbox", help="In which sandbox.", autocompletion=names_of_sandboxes)
]


@cli.command("list")
def list_(
    sandbox: Of = "default", url: Url = LOCAL, admin_key: AdminKey = None, as_json: AsJson = False
) -> None:
    """List the faults, and how often each has matched and fired."""
    found = Server(url, admin_key).call("GET", _path(sandbox))
    if as_json:
        say_json(found["faults"])
        return
    rows = [
        {
            **one,
            "kind": one["rule"]["kind"],
            "rule": ", ".join(f"{n} {value}" for n, value in one["rule"].items() if n != "kind"),
        }
        for one in found["faults"]
    ]
    say_table(rows, "id", "kind", "rule", "matched", "fired")
    typer.echo(f"What the real Skolon does oddly is a switch: {found['quirks']['switches']}")


@cli.command()
def add(
    kind: Annotated[FaultKind, typer.Argument(help="In which way it goes wrong.")],
    sandbox: Of = "default",
    company: Annotated[Company | None, typer.Option(help="Which company is called.")] = None,
    method: Annotated[str | None, typer.Option(help="Such as POST.")] = None,
    path: Annotated[str | None, typer.Option(help="Such as '/v2/partner/*'.")] = None,
    client_id: Annotated[str | None, typer.Option(help="Which tool calls.")] = None,
    persona: Annotated[str | None, typer.Option(help="Whom the call concerns.")] = None,
    count: Annotated[int | None, typer.Option(help="How many times at most.")] = None,
    after: Annotated[int | None, typer.Option(help="How many calls pass before.")] = None,
    probability: Annotated[float | None, typer.Option(help="From 0 to 1.")] = None,
    seed: Annotated[int | None, typer.Option(help="The same hits the same calls.")] = None,
    milliseconds: Annotated[int | None, typer.Option(help="Of latency.")] = None,
    status: Annotated[int | None, typer.Option(help="Of status: 400 to 599.")] = None,
    retry_after: Annotated[int | None, typer.Option(help="Of status: seconds.")] = None,
    at: Annotated[str | None, typer.Option(help="Of dropped: before or middle.")] = None,
    webhook: Annotated[str | None, typer.Option(help="Such as data-edits.")] = None,
    seconds: Annotated[int | None, typer.Option(help="How late a webhook is.")] = None,
    url: Url = LOCAL,
    admin_key: AdminKey = None,
    as_json: AsJson = False,
) -> None:
    """Let something go wrong from now on."""
    asked = {
        "kind": kind,
        "company": company,
        "method": method,
        "path": path,
        "client_id": client_id,
        "persona": persona,
        "count": count,
        "after": after,
        "probability": probability,
        "seed": seed,
        "milliseconds": milliseconds,
        "status": status,
        "retry_after": retry_after,
        "at": at,
        "webhook": webhook,
        "seconds": seconds,
    }
    rule = {name: value for name, value in asked.items() if value is not None}
    made = Server(url, admin_key).call("POST", _path(sandbox), json=rule)
    if as_json:
        say_json(made)
    else:
        say_facts({"id": made["id"], **made["rule"]})


@cli.command()
def remove(
    number: Annotated[int | None, typer.Argument(help="The id that the list tells.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    sandbox: Of = "default",
    url: Url = LOCAL,
    admin_key: AdminKey = None,
    as_json: AsJson = False,
) -> None:
    """Remove a fault, or all."""
    if every == (number is not None):
        raise typer.BadParameter("say the id of one, or --all", param_hint="NUMBER")
    which = _path(sandbox) if number is None else f"{_path(sandbox)}/{number}"
    Server(url, admin_key).call("DELETE", which)
    if as_json:
        say_json({"removed": "all" if number is None else number})


def _path(sandbox: str) -> str:
    return f"{sandbox_path(sandbox)}/faults"
