"""A sandbox in which clients act, with what all of them need to know of it."""

from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Self

from app.partner.demo import DEMO_API_KEY
from app.skolon.demo.characters import MAIN, UNLICENSED
from tests.contract.receiver import Server as Receiver
from tests.load.crash.calling import Client
from tests.load.crash.ledger import CutOffError, Ledger

CLIENT_ID = "skolonmockdemoclient000000000001"
CLASS = "7A"


@dataclass(slots=True)
class Owed:
    """What a tool must be told, at the latest when all is calm again; `since` is monotonic."""

    client_id: str
    path: str
    told: str
    since: float


@dataclass(slots=True)
class World:
    """One sandbox: who calls it, its schools, and what its tools are owed."""

    name: str
    address: str
    ledger: Ledger
    receiver: Receiver
    control: Client
    tool: Client
    administrator: Client
    school: str
    school_class: str
    # People there have no license until they are given one.
    unlicensed: str
    owed: list[Owed] = field(default_factory=list)
    _turns: int = 0
    _lock: Lock = field(default_factory=Lock)

    @classmethod
    def begin(cls, name: str, address: str, ledger: Ledger, receiver: Receiver) -> Self:
        """Make a sandbox whose webhooks come to the receiver, each with an id."""
        control = Client(ledger, address)
        base = f"{address}/s/{name}"
        control.call("POST", "/sandboxes", 201, json={"name": name, "seed": "licensed"})
        control.call(
            *("PATCH", f"{base}/skolon/switches", 200),
            json={"webhook_signature": "standard_webhooks"},
        )
        control.call(
            *("PATCH", f"{base}/skolon/tools/{CLIENT_ID}", 200),
            json=addresses(receiver, name, CLIENT_ID),
        )
        begun = control.json("POST", f"{base}/portal/api/sessions", 201, json={"persona": "disa"})
        administrator = Client(ledger, base, Authorization=f"Bearer {begun['token']}")
        schools = {school["name"]: school["id"] for school in begun["schools"]}
        groups = administrator.json(
            "GET", "/portal/api/groups", 200, params={"school": schools[MAIN]}
        )["groups"]
        return cls(
            name=name,
            address=base,
            ledger=ledger,
            receiver=receiver,
            control=control,
            tool=Client(ledger, base, Authorization=f"Bearer {DEMO_API_KEY}"),
            administrator=administrator,
            school=schools[MAIN],
            school_class=next(group["id"] for group in groups if group["name"] == CLASS),
            unlicensed=schools[UNLICENSED],
        )

    def browser(self) -> Client:
        """Return a new browser, with cookies of its own."""
        return Client(self.ledger, self.address, keeps=False, Accept="text/html")

    def answers(self) -> bool:
        """Say whether the control plane and this world answer, whatever happened before."""
        try:
            self.control.call("GET", "/sandboxes", 200)
            self.administrator.call("GET", "/portal/api/sessions/current", 200)
        except CutOffError:
            return False
        return True

    def close(self) -> None:
        for client in (self.control, self.tool, self.administrator):
            client.close()

    def turn(self) -> int:
        """Return a number that nobody else in this world has."""
        with self._lock:
            self._turns += 1
            return self._turns

    def edit(self, kind: str, *expected: int, **edit: object) -> Any:  # noqa: ANN401, JSON
        """Edit the roster as its administrator."""
        body = {"kind": kind, **edit}
        return self.administrator.json("POST", "/portal/api/roster/edits", *expected, json=body)

    def log_in(
        self, browser: Client, user: str, begin: tuple[str, str] = ("GET", "/sso/login")
    ) -> str:
        """Log in to the partner through Skolon; return where the partner sends the browser."""
        begun = browser.call(*begin, 303)
        chosen = browser.call("POST", begun.headers["location"], 303, data={"persona": user})
        return str(browser.call("GET", chosen.headers["location"], 303).headers["location"])


def addresses(receiver: Receiver, world: str, client_id: str, version: int = 0) -> dict[str, str]:
    """Say where a tool wants to be told of what."""
    base = f"http://localhost:{receiver.server_port}/{world}/{client_id}"
    return {
        "data_edits_url": f"{base}/data-edits/{version}",
        "remove_user_url": f"{base}/remove-user/{version}",
    }
