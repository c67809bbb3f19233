"""`skolon-mock sandbox`: the worlds of a running server, over HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from app.following import followed
from app.reaching import (
    LOCAL,
    REFUSED,
    AdminKey,
    AsJson,
    Server,
    Url,
    errors,
    fail,
    names_of_sandboxes,
    names_of_snapshots,
    quoted,
    sandbox_path,
    say_facts,
    say_json,
    say_table,
)

FILE_TYPE = "application/vnd.sqlite3"
PART_BYTES = 262_144

cli = typer.Typer(help="The sandboxes of a running server.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(autocompletion=names_of_sandboxes)]
Seed = Annotated[str | None, typer.Option(help="demo, town, licensed, empty or national.")]
Scale = Annotated[
    float | None,
    typer.Option(help="Of national: 1 is as many people as Sweden has in its schools."),
]
Arrived = Annotated[
    float | None,
    typer.Option(help="Of national: the share of licensed users who have logged in before."),
]
Snapshot = Annotated[
    str | None, typer.Option(help="The name of a snapshot.", autocompletion=names_of_snapshots)
]


@cli.command()
def create(
    name: Annotated[str | None, typer.Argument(help="Without one, a name is made up.")] = None,
    seed: Seed = None,
    snapshot: Snapshot = None,
    scale: Scale = None,
    arrived: Arrived = None,
    url: Url = LOCAL,
    admin_key: AdminKey = None,
    as_json: AsJson = False,
) -> None:
    """Make a sandbox of a seed, which is the demo when none is said, or of a snapshot."""
    asked = {"name": name, "seed": seed, "snapshot": snapshot, "scale": scale, "arrived": arrived}
    server = Server(url, admin_key)
    made = followed(server, "/sandboxes", asked, doing="Making a sandbox", quiet=as_json)
    _say(made, as_json=as_json)


@cli.command("list")
def list_(
    snapshots: Annotated[bool, typer.Option("--snapshots", help="Of snapshots instead.")] = False,
    url: Url = LOCAL,
    admin_key: AdminKey = None,
    as_json: AsJson = False,
) -> None:
    """List the sandboxes, or the snapshots."""
    found = Server(url, admin_key).call("GET", "/sandboxes" + "/snapshots" * snapshots)
    if as_json:
        say_json(found)
    elif snapshots:
        say_table(found, "name", "sandbox", "seed", "created_at", "size_bytes")
    else:
        say_table(
            found,
            "name",
            "base_url",
            "seed",
            "snapshot",
            "created_at",
            "last_used_at",
            "size_bytes",
        )


@cli.command()
def show(name: Name, url: Url = LOCAL, admin_key: AdminKey = None, as_json: AsJson = False) -> None:
    """Tell where a sandbox is, what its clock says, and with which credentials it is called."""
    _say(Server(url, admin_key).call("GET", sandbox_path(name)), as_json=as_json)


@cli.command()
def reset(
    name: Name,
    seed: Seed = None,
    snapshot: Snapshot = None,
    scale: Scale = None,
    arrived: Arrived = None,
    url: Url = LOCAL,
    admin_key: AdminKey = None,
    as_json: AsJson = False,
) -> None:
    """Put a sandbox back to what is named, else to what it was made from."""
    asked = {"seed": seed, "snapshot": snapshot, "scale": scale, "arrived": arrived}
    server, path = Server(url, admin_key), f"{sandbox_path(name)}/reset"
    made = followed(server, path, asked, doing="Resetting", quiet=as_json)
    _say(made, as_json=as_json)


@cli.command("snapshot")
def take_snapshot(
    name: Name,
    snapshot: Annotated[str, typer.Argument(help="How to call it.")],
    url: Url = LOCAL,
    admin_key: AdminKey = None,
    as_json: AsJson = False,
) -> None:
    """Keep a sandbox as it is now."""
    path = f"{sandbox_path(name)}/snapshots"
    _say(Server(url, admin_key).call("POST", path, json={"name": snapshot}), as_json=as_json)


@cli.command()
def restore(
    name: Name,
    snapshot: Annotated[str, typer.Argument(autocompletion=names_of_snapshots)],
    url: Url = LOCAL,
    admin_key: AdminKey = None,
    as_json: AsJson = False,
) -> None:
    """Put a sandbox back to a snapshot, which may be of another sandbox."""
    reset(name, snapshot=snapshot, url=url, admin_key=admin_key, as_json=as_json)


@cli.command()
def rename(
    name: Name,
    new: Annotated[str, typer.Argument(help="Its new name.")],
    url: Url = LOCAL,
    admin_key: AdminKey = None,
    as_json: AsJson = False,
) -> None:
    """Give a sandbox, and its address, another name."""
    renamed = Server(url, admin_key).call("PATCH", sandbox_path(name), json={"name": new})
    _say(renamed, as_json=as_json)


@cli.command()
def delete(
    name: Annotated[str | None, typer.Argument(autocompletion=names_of_sandboxes)] = None,
    snapshot: Snapshot = None,
    url: Url = LOCAL,
    admin_key: AdminKey = None,
    as_json: AsJson = False,
) -> None:
    """Delete a sandbox, or a snapshot."""
    if (name is None) == (snapshot is None):
        message = "Say the name of a sandbox, or --snapshot and the name of a snapshot."
        raise typer.BadParameter(message)
    path = sandbox_path(name) if name else f"{sandbox_path('snapshots')}/{quoted(snapshot or '')}"
    Server(url, admin_key).call("DELETE", path)
    _say({"deleted": name or snapshot}, as_json=as_json)


@cli.command()
def download(
    name: Name,
    file: Annotated[Path | None, typer.Argument(dir_okay=False, help="Else NAME.db.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    url: Url = LOCAL,
    admin_key: AdminKey = None,
    as_json: AsJson = False,
) -> None:
    """Write a whole sandbox into one file, which any skolon-mock takes as an upload."""
    file = file or Path(f"{Path(name).name}.db")
    if file.exists() and not force:
        fail(REFUSED, f"{file} is there already; replace it with --force.")
    # Written beside and renamed: a download that is cut short leaves no half file.
    beside = file.with_name(f".{file.name}.{uuid4().hex[:8]}")
    try:
        with (
            Server(url, admin_key).exchange("GET", f"{sandbox_path(name)}/download") as answer,
            _progress(quiet=as_json) as bar,
            beside.open("wb") as opened,
        ):
            size = int(answer.headers.get("content-length", 0)) or None
            task = bar.add_task("Downloading", total=size)
            for part in answer.iter_bytes(PART_BYTES):
                opened.write(part)
                bar.advance(task, len(part))
        beside.replace(file)
    except OSError as error:
        fail(REFUSED, f"{file} cannot be written: {error.strerror}.")
    finally:
        beside.unlink(missing_ok=True)
    _say({"file": str(file), "size_bytes": file.stat().st_size}, as_json=as_json)


@cli.command()
def upload(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    name: Annotated[str | None, typer.Argument(help="Without one, a name is made up.")] = None,
    url: Url = LOCAL,
    admin_key: AdminKey = None,
    as_json: AsJson = False,
) -> None:
    """Make a sandbox of a downloaded file."""
    size = file.stat().st_size
    with _progress(quiet=as_json) as bar:
        task = bar.add_task("Uploading", total=size)

        def parts() -> Iterator[bytes]:
            with file.open("rb") as opened:
                while part := opened.read(PART_BYTES):
                    yield part
                    bar.advance(task, len(part))

        made = Server(url, admin_key).call(
            "POST",
            "/sandboxes/upload",
            params={"name": name} if name else {},
            content=parts(),
            headers={"Content-Type": FILE_TYPE, "Content-Length": str(size)},
        )
    _say(made, as_json=as_json)


def _progress(*, quiet: bool) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        console=errors,
        disable=quiet,
    )


def _say(facts: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        say_json(facts)
    else:
        say_facts(facts)
