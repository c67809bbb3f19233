"""The whole story over HTTP, told in the terminal: every step, its request and its answer."""

import html
import json
import re
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.markup import escape

from app.partner.demo import DEMO_API_KEY
from app.serving import Server, server_for
from app.settings import Settings

SCHOOLS = ("Ekbackaskolan", "Solängsskolan", "Tallkottens förskola")
A_GLANCE = 400

console = Console(highlight=False, soft_wrap=True)


class StoryError(Exception):
    """A step did not end as the story says."""


def tell(port: int) -> int:
    """Serve a fresh world, walk through the story, and return 0 if all of it went as told."""
    with tempfile.TemporaryDirectory(prefix="skolon-mock-") as folder:
        settings = Settings().model_copy(
            update={
                "data_directory": Path(folder),
                # Always in this folder: on a server it would leave its databases behind.
                "database_url": None,
                "log_level": "error",
            }
        )
        with served(settings, port) as address:
            console.print(f"[bold]A fresh world at {address}[/]")
            try:
                with Stage(address) as stage:
                    _walk(stage)
            except StoryError as error:
                console.print(f"\n[bold red]Not as told:[/] {escape(str(error))}")
                return 1
    console.print("\n[bold green]The story went as told, to the end.[/]")
    return 0


def _walk(stage: "Stage") -> None:
    tool = stage.visitor("internal tools", key=DEMO_API_KEY)
    admin = stage.visitor("Disa, the organizer's administrator")

    step("The administrator opens Skolon's portal and asks for licenses for three schools (R1)")
    admin.post("/portal/log-in", {"persona": "disa"})
    form = admin.get("/portal/license-requests/new", "Ny licensförfrågan")
    chosen = [
        found[1]
        for school in SCHOOLS
        if (found := re.search(rf'name="school" value="(\w+)"> {school}\s', form))
    ]
    admin.post(
        "/portal/license-requests",
        {"kind": "purchase", "wanted_on": time.strftime("%Y-%m-%d"), "school": chosen},
    )
    step("The partner answers at once how each school stands (R13)")
    admin.follow("Skolenhetskod saknas", "Koden finns inte i Skolverkets register")

    step("An implementer goes through the checks, confirms and activates (R7, R16)")
    (row,) = tool.call("GET", "/api/v1/license-requests")["license_requests"]
    request = f"/api/v1/license-requests/{row['id']}"
    tool.call("POST", f"{request}/confirm", {}, expected=409)
    for check in ("agreement", "data-processing-agreement", "data"):
        tool.call("POST", f"{request}/checks/{check}")
    tool.call("POST", f"{request}/confirm", {})
    tool.call("POST", f"{request}/activate", {})

    step("The administrator assigns the license to the first school (R16)")
    licenses = admin.get("/portal/licenses", "Tilldela")
    row_of_school = licenses[licenses.index(SCHOOLS[0]) :]
    found = re.search(r"/portal/licenses/\w+/assign", row_of_school)
    if found is None:
        message = "there is no license to assign"
        raise StoryError(message)
    admin.post(found[0], {})

    _walk_logins(stage, tool)


def _walk_logins(stage: "Stage", tool: "Visitor") -> None:
    step("Maja teaches 7A; nobody has logged in, so her class list is empty (R3)")
    maja = stage.visitor("Maja, teacher of 7A")
    maja.log_in("maja")
    maja.get("/", "Ingen elev har loggat in än")

    step("Elsa of 7A logs in: school, class, account and placement in one transaction (R4)")
    elsa = stage.visitor("Elsa, student in 7A")
    elsa.log_in("elsa")
    elsa.get("/", "Du går i den här klassen")

    step("Now Maja sees Elsa, and Nils of 7B does not (R3)")
    maja.get("/", "Elsa Åkerlund")
    nils = stage.visitor("Nils, teacher of 7B")
    nils.log_in("nils")
    if "Elsa" in nils.get("/", "Ingen elev har loggat in än"):
        message = "Nils sees Elsa"
        raise StoryError(message)

    _walk_old_accounts(stage, maja)

    step("Bo's preschool has no code, Tim's is unknown, Lo has no email: refused (R8, R12)")
    for persona, told in (
        ("bo", "Din skola saknar skolenhetskod"),
        ("tim", "skolenhetskod i Skolon gäller inte"),
        ("lo", "Du saknar e-postadress"),
    ):
        stage.visitor(persona.capitalize()).log_in(persona, expected=403, told=told)

    step(
        "The partner gives the preschool a fictive code, at Skolon too; Bo needs a license yet (R9)"
    )
    cases = tool.call("GET", "/api/v1/code-cases")["code_cases"]
    case = next(one for one in cases if one["school"]["name"] == SCHOOLS[2])
    tool.call("POST", f"/api/v1/code-cases/{case['id']}/resolve", {"resolution": "fictive"})
    stage.visitor("Bo").log_in("bo", expected=403, told="Du har ingen licens")

    step("An internal tool asks for the license status of the first school")
    status = tool.call("GET", "/api/v1/licenses/status?school_unit_code=10000001")
    if status["status"] != "active":
        message = "the license is not active"
        raise StoryError(message)


def _walk_old_accounts(stage: "Stage", maja: "Visitor") -> None:
    step("Maja had an account before Skolon, with the same email: it was kept (R14)")
    maja.get("/settings", "behölls när du loggade in med Skolon", "Bråk")

    step("Omar's old account has another email; he logs in to it, proves the new one, merges (R15)")
    omar = stage.visitor("Omar, student in 7A")
    omar.post("/login", {"email": "omar@hemma.example"})
    omar.log_in("omar", begin=("POST", "/sso/prove"))
    preview = omar.get("/settings/merge", "Ingenting har hänt än", "omar.holm@exempelstad.example")
    omar.post("/settings/merge", dict(re.findall(r'name="(kept|merged)" value="(.+?)"', preview)))
    omar.follow("Kontona är ihopslagna", "Bråk; Geometri")
    maja.get("/", "Omar Holm (före Skolon)")


def step(title: str) -> None:
    console.print(f"\n[bold cyan]{escape(title)}[/]")


class Stage(ExitStack):
    """Where the story is played; when it is over, every visitor's connections are closed."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address

    def visitor(self, name: str, key: str | None = None) -> "Visitor":
        headers = {"Authorization": f"Bearer {key}"} if key else {"Accept": "text/html"}
        http = httpx.Client(base_url=self._address, headers=headers, timeout=30)
        return Visitor(self.enter_context(http), name)


class Visitor:
    """A browser or a program that prints what it asks and what it is answered."""

    def __init__(self, http: httpx.Client, name: str) -> None:
        self.http = http
        self.name = name
        self._next = ""

    def get(self, path: str, *told: str) -> str:
        answer = self._send("GET", path)
        return self._expect(answer, 200, told)

    def post(self, path: str, form: dict[str, Any]) -> None:
        answer = self._send("POST", path, data=form)
        self._expect(answer, 303, ())
        self._next = answer.headers["location"]

    def follow(self, *told: str) -> None:
        """Go where the last answer sent the browser."""
        self.get(self._next, *told)

    def log_in(
        self,
        persona: str,
        expected: int = 303,
        told: str = "",
        begin: tuple[str, str] = ("GET", "/sso/login"),
    ) -> None:
        """Log in to the partner through Skolon, or show it another account of theirs."""
        begun = self._send(*begin)
        chosen = self._send("POST", begun.headers["location"], data={"persona": persona})
        answer = self._send("GET", chosen.headers["location"])
        self._expect(answer, expected, (told,) if told else ())

    def call(self, method: str, path: str, body: object = None, expected: int | None = None) -> Any:  # noqa: ANN401, JSON
        answer = self._send(method, path, json=body)
        if expected != answer.status_code and (expected or not answer.is_success):
            message = f"{method} {path} was answered {answer.status_code}"
            raise StoryError(message)
        return answer.json()

    def _send(self, method: str, path: str, **content: Any) -> httpx.Response:  # noqa: ANN401, httpx's own
        answer = self.http.request(method, path, **content)
        sent = content.get("json") or content.get("data")
        console.print(f"  [dim]{escape(self.name)}[/]")
        console.print(f"  → {method} {escape(answer.request.url.raw_path.decode())}")
        if sent:
            console.print(f"    {escape(json.dumps(sent, ensure_ascii=False))}")
        console.print(f"  ← {answer.status_code} {escape(_glance(answer))}")
        return answer

    def _expect(self, answer: httpx.Response, status: int, told: tuple[str, ...]) -> str:
        text = html.unescape(answer.text)
        missing = [words for words in told if words not in text]
        if answer.status_code != status or missing:
            message = (
                f"{answer.request.method} {answer.request.url.path} was answered"
                f" {answer.status_code} without {missing}"
            )
            raise StoryError(message)
        return text


def _glance(answer: httpx.Response) -> str:
    """Return the answer in short: where it leads, its JSON, or the words of its page."""
    if answer.is_redirect:
        return f"to {answer.headers['location']}"
    if "json" in answer.headers.get("content-type", ""):
        return answer.text[:A_GLANCE]
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    words = re.sub(r"<[^>]+>", " ", f"<{main}")
    return " ".join(html.unescape(words).split())[:A_GLANCE]


@contextmanager
def served(settings: Settings, port: int) -> Iterator[str]:
    """Serve from a thread, and give the address."""
    server = server_for(settings, "127.0.0.1", port, sheet=False)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield _address_once_started(server, thread)
    finally:
        server.should_exit = True
        thread.join(timeout=10)


def _address_once_started(server: Server, thread: threading.Thread) -> str:
    while not server.started:
        if not thread.is_alive():
            sys.exit(1)
        time.sleep(0.02)
    return server.address
