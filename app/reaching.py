"""A running server, as the commands reach it: over HTTP, with sentences and exit codes.

0: done. 1: refused by the server. 2: asked in a wrong way. 3: no server there.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Annotated, Any, NoReturn
from urllib.parse import quote

import httpx
import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

REFUSED, UNREACHABLE = 1, 3
# The first sandbox of a seed waits until its template is made.
PATIENCE = httpx.Timeout(180, connect=5)
# Nobody waits for names at a prompt.
COMPLETION_PATIENCE = 1.0
# What is not a terminal has no width that a table should heed.
WIDE = 200

Url = Annotated[str, typer.Option("--url", help="Where the server is.")]
AdminKey = Annotated[
    str | None,
    typer.Option(
        "--admin-key",
        envvar="SKOLON_MOCK_ADMIN_KEY",
        help="The server's admin key, if it has one.",
        show_envvar=True,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]
LOCAL = "http://localhost:8000"

errors = Console(stderr=True, highlight=False, soft_wrap=True)


def fail(code: int, sentence: str) -> NoReturn:
    """Say what is wrong and what to do, and end."""
    errors.print(Text.assemble(("Not done: ", "red"), sentence))
    raise typer.Exit(code)


class Server:
    """A running server; whatever it refuses ends the command."""

    def __init__(self, url: str, admin_key: str | None) -> None:
        self.url = url.rstrip("/")
        self._headers = {"Accept": "application/json"}
        if admin_key:
            self._headers["Authorization"] = f"Bearer {admin_key}"

    def call(self, method: str, path: str, **content: Any) -> Any:  # noqa: ANN401, JSON
        """Return what the server answers, or nothing where it has nothing to say."""
        with self.exchange(method, path, **content) as answer:
            answer.read()
            if answer.status_code == HTTPStatus.NO_CONTENT:
                return None
            try:
                return answer.json()
            except ValueError:
                self.fail_as_foreign()

    @contextmanager
    def exchange(self, method: str, path: str, **content: Any) -> Iterator[httpx.Response]:  # noqa: ANN401, httpx's own
        """Give the answer, of which the body is still to come."""
        headers = self._headers | content.pop("headers", {})
        try:
            # Neither proxies nor a .netrc of this machine have a say.
            with (
                httpx.Client(timeout=PATIENCE, trust_env=False, headers=headers) as client,
                client.stream(method, self.url + path, **content) as answer,
            ):
                if not answer.is_success:
                    answer.read()
                    self.fail_as_told(_json_of(answer))
                yield answer
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError):
            message = f"{self.url} is no address; one looks like {LOCAL}."
            raise typer.BadParameter(message, param_hint="--url") from None
        except httpx.TimeoutException:
            fail(UNREACHABLE, f"{self.url} does not answer in time; is it busy?")
        except httpx.TransportError:
            fail(
                UNREACHABLE,
                f"There is no server at {self.url}. Start one with `skolon-mock run`,"
                " or say with --url where it is.",
            )

    def fail_as_told(self, told_problem: Any) -> NoReturn:  # noqa: ANN401, JSON
        """Say what the server's problem says, and end."""
        try:
            problem = {"errors": []} | told_problem
            wrong = [f"{one['pointer'].lstrip('/')}: {one['detail']}" for one in problem["errors"]]
            told = "; ".join(wrong) + "." if wrong else problem["detail"]
        except (ValueError, KeyError, TypeError):
            self.fail_as_foreign()
        if problem["type"] == "/problems/control_forbidden":
            told += " Say the key with --admin-key, or in SKOLON_MOCK_ADMIN_KEY."
        fail(REFUSED, told)

    def fail_as_foreign(self) -> NoReturn:
        """Say that whatever answers is another program, and end."""
        fail(REFUSED, f"What answers at {self.url} is no skolon-mock, or one in production mode.")


def _json_of(answer: httpx.Response) -> Any:  # noqa: ANN401, JSON
    try:
        return answer.json()
    except ValueError:
        return None


def sandbox_path(name: str) -> str:
    """Return where a sandbox is steered."""
    return f"/sandboxes/{quoted(name)}"


def quoted(name: str) -> str:
    """Return a name as one step of a path, whatever is in it."""
    return quote(name, safe="")


def names_of_sandboxes(context: typer.Context, incomplete: str) -> list[str]:
    """Complete a name at the prompt; when nothing can be found out, nothing is said."""
    return _completed("/sandboxes", context, incomplete)


def names_of_snapshots(context: typer.Context, incomplete: str) -> list[str]:
    return _completed("/sandboxes/snapshots", context, incomplete)


def _completed(path: str, context: typer.Context, incomplete: str) -> list[str]:
    url, key = (context.params.get(name) for name in ("url", "admin_key"))
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        found = httpx.get(
            (url or LOCAL).rstrip("/") + path,
            headers=headers,
            timeout=COMPLETION_PATIENCE,
            trust_env=False,
        ).json()
        names = [one["name"] for one in found]
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, TypeError, KeyError):
        return []
    return [name for name in names if name.startswith(incomplete)]


def say_json(facts: object) -> None:
    """Print JSON and nothing else."""
    typer.echo(json.dumps(facts, ensure_ascii=False))


def say_facts(facts: dict[str, Any]) -> None:
    """Print one thing, a fact a line."""
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in facts.items():
        table.add_row(Text(name.replace("_", " "), "dim"), _shown(value))
    _to_people().print(table)


def say_table(rows: Sequence[dict[str, Any]], *names: str) -> None:
    """Print many things, one a line."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in names:
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(_shown(row[name]) for name in names))
    _to_people().print(table)


def _to_people() -> Console:
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=WIDE)


def _shown(value: object) -> Text:
    match value:
        case None:
            return Text("-")
        case bool():
            return Text("yes" if value else "no")
        case dict():
            return Text("\n".join(f"{name}: {_shown(one)}" for name, one in value.items()))
        case list():
            return Text("\n".join(str(_shown(one)) for one in value))
        case _:
            return Text(str(value))
