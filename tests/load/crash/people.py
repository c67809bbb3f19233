"""People: added to the roster, logged in, renamed, forgotten, removed, given licenses, merged."""

import re
import time
from random import Random
from typing import Any, ClassVar
from uuid import uuid4

from tests.load.crash.calling import Client
from tests.load.crash.stories import Story
from tests.load.crash.worlds import CLASS, CLIENT_ID, Owed, World


class _Somebody(Story):
    """A new person in the roster."""

    user = ""
    first_name = "Ny"
    browser: Client | None = None
    # At a school without a license, nobody is of a tool's business.
    is_seen = True

    def add(self, *groups: str, school: str | None = None) -> None:
        self.email = f"{uuid4().hex[:12]}@exempelstad.example"
        self._where = {"schools": [school or self.world.school], "groups": [*groups]}
        self.is_seen = school is None
        with self.step("added"):
            self._edited("add_user", 200, **self._person())

    def check_added(self) -> None:
        if self.doubt == "added":
            with self.again("added"):
                self._edited("add_user", 200, 409, 422, **self._person())
        shown = self.world.administrator.json("GET", f"/portal/api/users/{self.email}", 200)
        self.user = shown["id"]
        self.must(shown["first_name"] == self.first_name, f"its name is {shown['first_name']}")
        self.must(len(shown["groups"]) == len(self._where["groups"]), "its groups are others")

    def log_in(self) -> None:
        with self.step("logged in"):
            self._logged_in()

    def check_logged_in(self) -> None:
        """Find the one account, and the browser still logged in."""
        if self.doubt == "logged in":
            with self.again("logged in"):
                self._logged_in()
        found = self.accounts()
        self.must(len(found) == 1, f"there are {len(found)} accounts")
        assert self.browser is not None
        self.must(self.is_logged_in(self.browser), "its browser was logged out")

    def accounts(self) -> list[str]:
        found = self.world.tool.json(
            "POST", "/api/v1/accounts/search", 200, json={"email": self.email}
        )
        return [account["id"] for account in found["accounts"]]

    def is_logged_in(self, browser: Client) -> bool:
        return browser.call("GET", "/settings", 200, 303).status_code == 200

    def _logged_in(self) -> None:
        self.browser = self.world.browser()
        self.world.log_in(self.browser, self.user)

    def _person(self) -> dict[str, Any]:
        return {
            "first_name": self.first_name,
            "last_name": f"Elev {self.turn}",
            "username": self.email,
            "email": self.email,
            "role": "student",
            **self._where,
        }

    def _edited(self, kind: str, *expected: int, **edit: object) -> None:
        """Edit the roster; once it is done, a tool that sees the person is owed a word."""
        since = time.monotonic()
        answer = self.world.edit(kind, *expected, **edit)
        if "id" in answer:
            self.user = answer["id"]
            if self.is_seen:
                self.world.owed.append(Owed(CLIENT_ID, "data-edits", "user", since))


class Pupil(_Somebody):
    """A pupil who logs in, and is then left alone, renamed, forgotten or removed."""

    kind = "pupil"
    account = ""
    FATES: ClassVar[tuple[str, ...]] = ("stays", "renamed", "forgotten", "removed")

    def tell(self) -> None:
        self.fate = self.random.choice(self.FATES)
        self.add(self.world.school_class)
        self.log_in()
        (self.account,) = self.accounts()
        match self.fate:
            case "renamed":
                with self.step("renamed"):
                    self._renamed(200)
            case "forgotten":
                with self.step("forgotten"):
                    self._forgotten(204)
            case "removed":
                with self.step("removed"):
                    self._removed(200)

    def check(self) -> None:
        match self.doubt:
            case "renamed":
                with self.again("renamed"):
                    self._renamed(200, 409)
            case "forgotten":
                self._is_forgotten_or_not()
                with self.again("forgotten"):
                    self._forgotten(204, 404)
            case "removed":
                with self.again("removed"):
                    self._removed(200, 404)
        if self.has("removed"):
            path = f"/portal/api/users/{self.user}"
            self.world.administrator.call("GET", path, 404)
            return
        self.check_added()
        if self.has("forgotten"):
            self.must(self._is_forgotten_or_not(), "it is still known")
        elif self.has("logged in") or self.doubt == "logged in":
            self.check_logged_in()
            self.must(self.accounts()[0] in self._class_list(), "it is not in its class")

    def _is_forgotten_or_not(self) -> bool:
        """Say whether it was forgotten, if that was done whole."""
        assert self.browser is not None
        signs = {
            "account": self.world.tool.call(
                "GET", f"/api/v1/accounts/{self.account}", 200, 404
            ).is_success,
            "email": bool(self.accounts()),
            "session": self.is_logged_in(self.browser),
            "class list": self.account in self._class_list(),
        }
        self.must(len(set(signs.values())) == 1, f"it is half forgotten: {signs}")
        return not signs["account"]

    def _class_list(self) -> set[str]:
        """Return who is in the class by the partner's books."""
        listed: set[str] = set()
        classes = self.world.tool.json("GET", "/api/v1/schools/10000001/classes", 200)["classes"]
        for one in classes:
            cursor: str | None = "" if one["name"] == CLASS else None
            while cursor is not None:
                page = self.world.tool.json(
                    *("GET", f"/api/v1/classes/{one['id']}/students", 200),
                    params={"limit": 1000} | ({"cursor": cursor} if cursor else {}),
                )
                listed |= {student["id"] for student in page["students"]}
                cursor = page["next_cursor"]
        return listed

    def _renamed(self, *expected: int) -> None:
        self.first_name = "Omdöpt"
        name = {"first_name": self.first_name, "last_name": f"Elev {self.turn}"}
        self._edited("rename_user", *expected, user=self.user, **name)

    def _forgotten(self, *expected: int) -> None:
        self.world.tool.call("DELETE", f"/api/v1/accounts/{self.account}", *expected)

    def _removed(self, *expected: int) -> None:
        since = time.monotonic()
        self._edited("delete_user", *expected, user=self.user)
        self.world.owed.append(Owed(CLIENT_ID, "remove-user", self.user, since))


class Licensed(_Somebody):
    """A person at a school without a license, for whom one is made, assigned and withdrawn."""

    kind = "license"
    license_id = ""

    def tell(self) -> None:
        self.add(school=self.world.unlicensed)
        with self.step("made"):
            made = self.world.administrator.json(
                *("POST", "/portal/api/licenses", 201),
                json={"client_id": CLIENT_ID, "type": "single", "school": self.world.unlicensed},
            )
            (self.license_id,) = made["licenses"]
        with self.step("assigned"):
            self._assigned(200)
        if self.random.random() < 0.5:
            with self.step("withdrawn"):
                self._withdrawn(200)

    def check(self) -> None:
        self.check_added()
        if not self.has("made"):
            return
        if self.doubt == "assigned":
            with self.again("assigned"):
                self._assigned(200, 409)
        if self.doubt == "withdrawn":
            with self.again("withdrawn"):
                self._withdrawn(200, 409)
        shown = self.world.administrator.json("GET", f"/portal/api/licenses/{self.license_id}", 200)
        holder = shown["holder"]["id"] if shown["holder"] else None
        is_held = self.has("assigned") and not self.has("withdrawn")
        self.must(holder == (self.user if is_held else None), f"{holder} has it")
        self.must(shown["covered"] == is_held, f"it covers {shown['covered']} people")

    def _assigned(self, *expected: int) -> None:
        self._acted("assign", *expected, json={"users": [self.user]})

    def _withdrawn(self, *expected: int) -> None:
        self._acted("withdraw", *expected)

    def _acted(self, act: str, *expected: int, **arguments: object) -> None:
        """Do this to the license; once it is done, its tool is owed a word."""
        since = time.monotonic()
        path = f"/portal/api/licenses/{self.license_id}/{act}"
        answer = self.world.administrator.call("POST", path, *expected, **arguments)
        if answer.is_success:
            self.world.owed.append(Owed(CLIENT_ID, "data-edits", "license", since))


class Merged(_Somebody):
    """A pupil with an account of before Skolon, who merges the two; support may undo it."""

    kind = "merge"
    merge_id = ""

    def __init__(self, world: World, random: Random) -> None:
        super().__init__(world, random)
        self.old_email = f"{uuid4().hex[:12]}@hemma.example"
        # Which account is kept, and which is merged into it.
        self.sides: dict[str, str] = {}

    def tell(self) -> None:
        self.add(self.world.school_class)
        with self.step("imported"):
            self._imported()
        with self.step("logged in locally"):
            self._logged_in_locally()
        with self.step("proved"):
            self._proved()
        page = self._browser().call("GET", "/settings/merge", 200).text
        self.sides = dict(re.findall(r'name="(kept|merged)" value="(.+?)"', page))
        self.must(len(self.sides) == 2, "the proof is not known")
        with self.step("merged"):
            answer = self._browser().call("POST", "/settings/merge", 303, data=self.sides)
            self.merge_id = answer.headers["location"].rsplit("/", 1)[1]
        if self.random.random() < 0.5:
            with self.step("undone"):
                self._undone(200)

    def check(self) -> None:
        self.check_added()
        if self.doubt == "imported":
            with self.again("imported"):
                self._imported()
        if self.has("imported"):
            # Twice, it is one account all the same.
            self.must(self._imported()["already_known"] == 1, "it was not imported")
        if self.doubt == "merged":
            self._merge_again()
        if self.doubt == "undone":
            with self.again("undone"):
                self._undone(200, 409)
        if self.has("logged in locally") and not self.has("undone"):
            self.must(self.is_logged_in(self._browser()), "its browser was logged out")
        if self.has("merged"):
            self._check_merge()

    def _merge_again(self) -> None:
        """Find the merge done or not done, and do it in the second case."""
        merged = f"/api/v1/accounts/{self.sides['merged']}"
        is_done = not self.world.tool.call("GET", merged, 200, 404).is_success
        with self.again("merged"):
            # The merge gave the browser a new session; its answer is lost, so it logs in anew.
            self._logged_in_locally()
            if not is_done:
                self._proved()
                answer = self._browser().call("POST", "/settings/merge", 303, data=self.sides)
                self.merge_id = answer.headers["location"].rsplit("/", 1)[1]
            else:
                page = self._browser().call("GET", "/settings", 200).text
                found = re.search(r"/settings/merges/([0-9a-f-]{36})", page)
                self.must(found, "it is merged without a trace")
                assert found is not None
                self.merge_id = found[1]

    def _check_merge(self) -> None:
        record = self.world.tool.json("GET", f"/api/v1/merges/{self.merge_id}", 200)
        undone = self.has("undone")
        self.must(bool(record["undone_at"]) == undone, f"undone at {record['undone_at']}")
        kept, merged = record["kept_account_id"], record["merged_account_id"]
        self.must({kept, merged} == set(self.sides.values()), "it merged others")
        self.world.tool.call("GET", f"/api/v1/accounts/{kept}", 200)
        self.world.ledger.check()
        self.world.tool.call("GET", f"/api/v1/accounts/{merged}", 200 if undone else 404)
        moved = record["moved"]
        self.must(moved["identities"] == 1, f"moved was {moved}")

    def _browser(self) -> Client:
        assert self.browser is not None
        return self.browser

    def _imported(self) -> Any:  # noqa: ANN401, JSON
        titles = "email;first_name;last_name;organization_number;language;completed_lessons"
        row = f"{self.old_email};Gammal;Elev {self.turn};;sv;Bråk"
        return self.world.tool.json(
            *("POST", "/api/v1/accounts/import", 200),
            content=f"{titles};created_on\n{row};2024-08-19".encode(),
            headers={"Content-Type": "text/csv"},
        )

    def _logged_in_locally(self) -> None:
        self.browser = self.world.browser()
        self.browser.call("POST", "/login", 303, data={"email": self.old_email})

    def _proved(self) -> None:
        self.world.log_in(self._browser(), self.user, begin=("POST", "/sso/prove"))

    def _undone(self, *expected: int) -> None:
        self.world.tool.call("POST", f"/api/v1/merges/{self.merge_id}/undo", *expected)
