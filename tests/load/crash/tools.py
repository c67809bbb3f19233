"""Tools that are registered and move their webhooks, and sandboxes with all that is in one."""

import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from app.clock import system_clock
from tests.load.crash.stories import Story
from tests.load.crash.worlds import Owed, addresses


class Registered(Story):
    """A tool that is registered, changes where it is told, and is told of somebody unknown."""

    kind = "tool"
    version = 0

    def tell(self) -> None:
        self.client_id = f"tool-{uuid4().hex[:12]}"
        self.wanted = 0
        with self.step("registered"):
            self._registered(201)
        for version in range(1, self.random.randint(2, 4)):
            self.wanted = version
            with self.step("moved"):
                self._moved()
                self.version = version
        with self.step("webhook by hand"):
            self._sent()

    def check(self) -> None:
        if self.doubt == "registered":
            with self.again("registered"):
                self._registered(201, 409)
        if self.doubt == "moved":
            with self.again("moved"):
                self._moved()
                self.version = self.wanted
        if self.doubt == "webhook by hand":
            # Without an answer there may be one more of it; each comes under an id of its own.
            with self.again("webhook by hand"):
                self._sent()
        shown = self.world.control.json("GET", f"{self._path}/{self.client_id}", 200)
        told = self._addresses(self.version)
        self.must({name: shown[name] for name in told} == told, f"it is told elsewhere: {shown}")

    @property
    def _path(self) -> str:
        return f"{self.world.address}/skolon/tools"

    def _addresses(self, version: int) -> dict[str, str]:
        return addresses(self.world.receiver, self.world.name, self.client_id, version)

    def _registered(self, *expected: int) -> None:
        body = {"name": self.client_id, "launch_url": "/", "client_id": self.client_id}
        body |= self._addresses(0)
        self.world.control.call("POST", self._path, *expected, json=body)

    def _moved(self) -> None:
        body = self._addresses(self.wanted)
        self.world.control.call("PATCH", f"{self._path}/{self.client_id}", 200, json=body)

    def _sent(self) -> None:
        since = time.monotonic()
        self.world.control.call(
            *("POST", f"{self.world.address}/skolon/webhooks", 201),
            json={"client_id": self.client_id, "kind": "remove-user", "id": self.client_id},
        )
        self.world.owed.append(Owed(self.client_id, "remove-user", self.client_id, since))


class SideWorld(Story):
    """A sandbox from beginning to end: clock, fault, snapshot, reset and deletion."""

    kind = "sandbox"
    STEPS = ("made", "marked", "advanced", "fault set", "kept", "marked again", "reset", "deleted")

    def tell(self) -> None:
        self.name = f"side-{uuid4().hex[:12]}"
        self.is_put_away = False
        for name in self.STEPS[: self.random.randint(1, len(self.STEPS))]:
            with self.step(name):
                self._do(name)

    def check(self) -> None:
        if self.is_put_away:
            self.must(self.name not in self._listed("sandboxes"), "it is back")
            return
        if self.doubt == "reset":
            self._must_be_whole()
        if self.doubt is not None:
            with self.again(self.doubt):
                self._do(self.doubt, is_retry=True)
        if not self.has("deleted"):
            self._must_be_whole()
        self.must(
            (self.name in self._listed("sandboxes")) != self.has("deleted"), "the list is wrong"
        )
        self.must(
            (self.name in self._listed("sandboxes/snapshots")) == self.has("kept"),
            "the list of snapshots is wrong",
        )
        self._put_away()

    def _do(self, name: str, *, is_retry: bool = False) -> None:
        """Do a step; repeated, it may be that it was done."""
        control, own = self.world.control, f"/sandboxes/{self.name}"
        taken = (409,) if is_retry else ()
        match name:
            case "made":
                body = {"name": self.name, "seed": "town"}
                control.call("POST", "/sandboxes", 201, *taken, json=body)
            case "marked" | "marked again":
                self._mark(name.replace(" ", "-"), 201, *taken)
            case "advanced":
                # Twice the same instant, so that a repetition changes nothing.
                if not is_retry:
                    self.instant = system_clock() + timedelta(days=1)
                body = {"set_to": self.instant.isoformat()}
                control.call("PATCH", f"{own}/clock", 200, *taken, json=body)
            case "fault set":
                fault = {"kind": "latency", "milliseconds": 1, "path": "/nowhere"}
                control.call("POST", f"{own}/faults", 201, json=fault)
            case "kept":
                control.call("POST", f"{own}/snapshots", 201, *taken, json={"name": self.name})
            case "reset":
                control.call("POST", f"{own}/reset", 200, json={"snapshot": self.name})
            case "deleted":
                control.call("DELETE", own, 204, *((404,) if is_retry else ()))

    def _must_be_whole(self) -> None:
        """Find what was acknowledged in it, and after a reset what was kept before, together."""
        control, own = self.world.control, f"/sandboxes/{self.name}"
        tools = {
            mark
            for mark in ("marked", "marked-again")
            if control.call(
                "GET", f"/s/{self.name}/skolon/tools/{mark}-{self.name}", 200, 404
            ).is_success
        }
        clock = datetime.fromisoformat(control.json("GET", f"{own}/clock", 200)["now"])
        is_advanced = clock.astimezone(UTC) > system_clock() + timedelta(hours=1)
        faults = len(control.json("GET", f"{own}/faults", 200)["faults"])
        self.must(("marked" in tools) == self.has("marked"), f"its marks are {tools}")
        self.must(is_advanced == self.has("advanced"), f"its clock says {clock}")
        self.must(bool(faults) == self.has("fault set"), f"it has {faults} faults")
        if self.doubt != "reset":
            is_marked = self.has("marked again") and not self.has("reset")
            self.must(("marked-again" in tools) == is_marked, f"its marks are {tools}")

    def _mark(self, mark: str, *expected: int) -> None:
        name = f"{mark}-{self.name}"
        body = {"name": name, "launch_url": "/", "client_id": name}
        self.world.control.call("POST", f"/s/{self.name}/skolon/tools", *expected, json=body)

    def _listed(self, what: str) -> set[str]:
        return {one["name"] for one in self.world.control.json("GET", f"/{what}", 200)}

    def _put_away(self) -> None:
        """Leave nothing behind but the knowledge that it is gone."""
        control = self.world.control
        if not self.has("deleted"):
            control.call("DELETE", f"/sandboxes/{self.name}", 204)
        if self.has("kept"):
            control.call("DELETE", f"/sandboxes/snapshots/{self.name}", 204)
        self.is_put_away = True
