"""License requests and code cases: asked, checked, decided and resolved."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from tests.factories import ORGANIZATION, license_request, unit
from tests.load.crash.stories import Story

CHECKS = ("agreement", "data-processing-agreement", "data")
DECISIONS = {"confirm": "confirmed", "activate": "activated"}
_FIRST_DAY = date(2027, 1, 1)
PATH = "/api/v1/license-requests"


class _Decided(Story):
    """A request at the partner that goes through its checks and is decided about."""

    request_id = ""

    def decide(self) -> None:
        for name in (*CHECKS, *DECISIONS):
            with self.step(name):
                self._post(name, 200)

    def check_decisions(self) -> dict[str, Any]:
        """Find what was decided exactly once, and decide again what is in doubt."""
        if self.doubt in CHECKS or self.doubt in DECISIONS:
            with self.again(self.doubt):
                self._post(self.doubt, 200, 409)
        shown: dict[str, Any] = self.world.tool.json("GET", f"{PATH}/{self.request_id}", 200)
        passed = [check["name"] for check in shown["checks"] if check["passed_at"]]
        steps = [DECISIONS.get(name, name) for name in self.done if name in (*CHECKS, *DECISIONS)]
        happened = [
            event["note"] if event["kind"] == "passed" else event["kind"]
            for event in shown["timeline"]
        ]
        self.must(happened == ["received", *steps], f"its timeline is {happened}")
        self.must(set(passed) == set(steps) & set(CHECKS), f"passed are {passed}")
        decided = [step for step in steps if step not in CHECKS]
        status = decided[-1] if decided else "received"
        self.must(shown["status"] == status, f"its status is {shown['status']}")
        return shown

    def _post(self, name: str, *expected: int) -> None:
        path = f"checks/{name}" if name in CHECKS else name
        body: dict[str, str] | None = None if name in CHECKS else {}
        self.world.tool.call("POST", f"{PATH}/{self.request_id}/{path}", *expected, json=body)


class AskedByProgram(_Decided):
    """A license request that is posted to the partner under an Idempotency-Key."""

    kind = "license request"
    receipt: bytes = b""

    def tell(self) -> None:
        self.key = uuid4().hex
        self.body = license_request(unit(), unit(school_unit_code=None))
        with self.step("posted"):
            self.receipt = self._asked()
        self.decide()

    def check(self) -> None:
        if self.doubt == "posted":
            with self.again("posted"):
                self.receipt = self._asked()
        again = self._asked()
        self.world.ledger.retry(f"{self.kind}: answered before")
        self.must(again == self.receipt, f"the key's answer is not the first one: {again!r}")
        shown = self.check_decisions()
        self.must(len(shown["units"]) == 2, "it lost a unit")

    def _asked(self) -> bytes:
        answer = self.world.tool.call(
            "POST", PATH, 201, json=self.body, headers={"Idempotency-Key": self.key}
        )
        self.request_id = answer.json()["id"]
        return answer.content


class AskedInPortal(_Decided):
    """A license request that an administrator sends, which Skolon then owes to the partner."""

    kind = "request in the portal"

    def tell(self) -> None:
        # By this day it is found at the partner, whose list does not tell Skolon's id.
        wanted_on = (_FIRST_DAY + timedelta(self.turn)).isoformat()
        self.body = {
            "kind": "purchase",
            "wanted_on": wanted_on,
            # Where nobody logs in, whose license would begin on another day then.
            "schools": [self.world.unlicensed],
            "id": str(uuid4()),
        }
        with self.step("asked"):
            delivered = self._asked()["delivery"] == "delivered"
        if delivered:
            (self.request_id,) = self._at_partner()
            self.decide()

    def check(self) -> None:
        if self.doubt == "asked":
            with self.again("asked"):
                self._asked()
        shown = self._in_portal()
        self.must(shown["wanted_on"] == self.body["wanted_on"], "it asks for another day")
        found = self._at_partner()
        self.must(len(found) <= 1, f"the partner has it {len(found)} times")
        if self.request_id:
            self.must(found == [self.request_id], f"the partner has {found}")
            self.check_decisions()

    def check_debts(self) -> None:
        shown, found = self._in_portal(), self._at_partner()
        self.must(shown["delivery"] == "delivered", f"its delivery is {shown['delivery']}")
        self.must(len(found) == 1, f"the partner has it {len(found)} times")
        decided = [DECISIONS[name] for name in self.done if name in DECISIONS]
        expected = decided[-1] if decided else None
        self.must(shown["progress"] == expected, f"Skolon was told {shown['progress']}")
        at_partner = self.world.tool.json("GET", f"{PATH}/{found[0]}", 200)
        self.must(at_partner["skolon_knows"], "the partner has yet to tell Skolon")

    def _asked(self) -> Any:  # noqa: ANN401, JSON
        path = "/portal/api/license-requests"
        return self.world.administrator.json("POST", path, 201, json=self.body)

    def _in_portal(self) -> Any:  # noqa: ANN401, JSON
        path = f"/portal/api/license-requests/{self.body['id']}"
        return self.world.administrator.json("GET", path, 200)

    def _at_partner(self) -> list[str]:
        found, cursor = [], None
        while True:
            page = self.world.tool.json(
                *("GET", PATH, 200),
                params={"limit": 500, "organization_number": ORGANIZATION}
                | ({"cursor": cursor} if cursor else {}),
            )
            found += [
                row["id"]
                for row in page["license_requests"]
                if row["wanted_on"] == self.body["wanted_on"]
            ]
            cursor = page["next_cursor"]
            if not cursor:
                return found


class CaseOpened(Story):
    """A unit without a code that is announced, and gets a fictive one."""

    kind = "code case"
    case_id = ""
    code = ""

    def tell(self) -> None:
        with self.step("opened"):
            (self.case_id,) = self._announced()["opened"]
        with self.step("resolved"):
            self.code = self._resolved(200)

    def check(self) -> None:
        if self.doubt == "opened":
            with self.again("opened"):
                opened = self._announced()["opened"]
                self.case_id = opened[0] if opened else self._found()
        again = self._announced()
        self.must(not again["opened"], "announced twice, it has two cases")
        if self.doubt == "resolved":
            with self.again("resolved"):
                self._resolved(200, 409)
                self.code = self._read()["school_unit_code"]
        shown = self._read()
        resolved = self.has("resolved")
        self.must(shown["status"] == ("resolved" if resolved else "open"), "its status is wrong")
        self.must((shown["school_unit_code"] or "") == self.code, "its code is another")

    def _announced(self) -> Any:  # noqa: ANN401, JSON
        return self.world.tool.json(
            *("POST", "/api/v1/units-without-code", 200),
            json={
                "organization": {"organization_number": ORGANIZATION, "name": "Exempelstad"},
                "units": [{"name": f"Enhet {self.turn}"}],
            },
        )

    def _found(self) -> str:
        cases = self.world.tool.json("GET", "/api/v1/code-cases", 200, params={"limit": 500})
        name = f"Enhet {self.turn}"
        (found,) = [one["id"] for one in cases["code_cases"] if one["school"]["name"] == name]
        return str(found)

    def _read(self) -> Any:  # noqa: ANN401, JSON
        return self.world.tool.json("GET", f"/api/v1/code-cases/{self.case_id}", 200)

    def _resolved(self, *expected: int) -> str:
        path = f"/api/v1/code-cases/{self.case_id}/resolve"
        body = {"resolution": "fictive"}
        return str(self.world.tool.json("POST", path, *expected, json=body).get("school_unit_code"))
