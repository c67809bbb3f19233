"""The paths that are measured, and the requests that go there."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, cycle
from urllib.parse import urlencode
from uuid import uuid4

from pydantic import BaseModel

from app.partner.demo import DEMO_API_KEY
from app.partner.schemas import LicenseStatusOut, StudentPage
from app.settings import Settings
from app.skolon.listing import Place
from app.skolon.schemas.partner_api import SessionOut, UserPage
from tests.load.bench.caller import Caller
from tests.load.bench.generator import Request
from tests.load.bench.people import STATE, Sample

A_PAGE = 1000
CHANGED = 100
TOKENS = 64
# More than either store can do; what is left over of one-time codes is lost. Of newcomers the small
# world has few: a round may be over when all of its own have come.
NEWCOMERS_A_SECOND = 250
LOGINS_A_SECOND = 500
EXCHANGES_A_SECOND = 4000
REQUESTS_A_SECOND = {10: 500, 1000: 40}

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
KEY = {"Authorization": f"Bearer {DEMO_API_KEY}"}

_turns = count()


@dataclass(frozen=True, slots=True)
class Path:
    """One of the things that are measured; `kind` says by which bare endpoint."""

    name: str
    kind: str
    make: "Callable[[World, float], Iterator[Request]]"
    model: type[BaseModel] | None = None

    @property
    def slug(self) -> str:
        return self.name.replace(",", "").replace(" ", "-")

    @property
    def is_read(self) -> bool:
        return self.model is not None

    @property
    def is_heavy(self) -> bool:
        """Whether one at a time fills a processor, so that many at once tell nothing more."""
        return self.kind == "page" or self.name == "request of 1,000 units"


class World:
    """A sample of a world, and the keys and tokens to ask about it."""

    def __init__(self, sample: Sample, settings: Settings, caller: Caller) -> None:
        self.sample = sample
        self.client = {
            "client_id": settings.skolon_client_id,
            "client_secret": settings.skolon_client_secret.get_secret_value(),
        }
        self.tool = _bearer(self._token(caller, {}))
        self.users = [
            _bearer(self._token(caller, {"persona": public_id}))
            for _, public_id, _ in sample.old_hands[:TOKENS]
        ]
        self.last_page = self._last_page(caller)

    def _token(self, caller: Caller, body: dict[str, str]) -> str:
        asked = Request.of(
            "POST",
            f"{self.sample.prefix}/skolon/tokens",
            {"Content-Type": "application/json"},
            json.dumps(body).encode(),
        )
        return str(json.loads(caller.answer(asked))["access_token"])

    def _last_page(self, caller: Caller) -> int:
        """Return after which change the last full page begins, as nearly as a page."""

        def is_full(after: int) -> bool:
            return len(json.loads(caller.answer(_page(self, after)))["users"]) == A_PAGE

        most = self.sample.newest_user
        step = A_PAGE
        while not is_full(full := max(most - step, 0)):
            if not full:
                message = f"fewer than {A_PAGE} of the {most} people are seen"
                raise RuntimeError(message)
            step *= 2
        empty = most - step // 2
        while empty - full > A_PAGE:
            middle = (full + empty) // 2
            full, empty = (middle, empty) if is_full(middle) else (full, middle)
        return full


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _get(world: World, path: str, headers: dict[str, str], **query: str | int) -> Request:
    return Request.of("GET", f"{world.sample.prefix}{path}?{urlencode(query)}", headers)


def _page(world: World, after: int) -> Request:
    cursor = Place(after, world.sample.newest_user).cursor()
    return _get(world, "/v2/partner/user", world.tool, limit=A_PAGE, cursor=cursor)


def _status(world: World, _seconds: float) -> Iterator[Request]:
    return cycle(
        [
            _get(world, "/api/v1/licenses/status", KEY, school_unit_code=code)
            for code in world.sample.unit_codes
        ]
    )


def _class_list(world: World, _seconds: float) -> Iterator[Request]:
    return cycle(
        [_get(world, f"/api/v1/classes/{one}/students", KEY) for one in world.sample.class_ids]
    )


def _session(world: World, _seconds: float) -> Iterator[Request]:
    return cycle([_get(world, "/v2/partner/user/session", token) for token in world.users])


def _first_page(world: World, _seconds: float) -> Iterator[Request]:
    return cycle([_get(world, "/v2/partner/user", world.tool, limit=A_PAGE)])


def _middle_page(world: World, _seconds: float) -> Iterator[Request]:
    return cycle([_page(world, world.sample.newest_user // 2)])


def _last_page(world: World, _seconds: float) -> Iterator[Request]:
    return cycle([_page(world, world.last_page)])


def _changes(world: World, _seconds: float) -> Iterator[Request]:
    tag = world.sample.newest_user - CHANGED
    return cycle([_get(world, "/v2/partner/user", world.tool, versionTag=tag)])


def _exchanges(world: World, seconds: float) -> Iterator[Request]:
    codes = world.sample.codes_of_old_hands(int(EXCHANGES_A_SECOND * seconds))
    form = world.client | {
        "grant_type": "authorization_code",
        "redirect_uri": world.sample.callback,
    }
    path, fixed = f"{world.sample.prefix}/oauth/access_token", urlencode(form)
    return iter([Request.of("POST", path, FORM, f"{fixed}&code={code}".encode()) for code in codes])


def _first_logins(world: World, seconds: float) -> Iterator[Request]:
    return _logins(world, world.sample.codes_of_newcomers(int(NEWCOMERS_A_SECOND * seconds)))


def _repeat_logins(world: World, seconds: float) -> Iterator[Request]:
    return _logins(world, world.sample.codes_of_old_hands(int(LOGINS_A_SECOND * seconds)))


def _logins(world: World, codes: Sequence[str]) -> Iterator[Request]:
    """Let browsers that began a login come back: code, session, profile and placement."""
    headers = {"Cookie": f"sso_state={world.sample.state_cookie}", "Accept": "text/html"}
    path = f"{world.sample.prefix}/sso/callback"
    return iter(
        [
            Request.of("GET", f"{path}?{urlencode({'code': code, 'state': STATE})}", headers,
                       status=303)
            for code in codes
        ]
    )  # fmt: skip


def _requests(units: int) -> Callable[[World, float], Iterator[Request]]:
    def make(world: World, seconds: float) -> Iterator[Request]:
        wanted = max(8, int(REQUESTS_A_SECOND[units] * seconds))
        return iter([_license_request(world, units) for _ in range(wanted)])

    return make


def _license_request(world: World, units: int) -> Request:
    """Return a request of its own; half of its units lack a code."""
    turn = next(_turns)
    organization = world.sample.organizations[turn % len(world.sample.organizations)]
    codes = world.sample.unit_codes
    body = {
        "skolon_request_id": uuid4().hex,
        "organization": {
            "organization_number": organization.number,
            "name": organization.name,
            "municipality": organization.municipality,
        },
        "kind": "purchase",
        "wanted_on": "2027-08-01",
        "units": [
            {
                "skolon_id": uuid4().hex,
                "name": f"Enhet {turn}-{number}",
                "school_unit_code": None if number % 2 else codes[number % len(codes)],
                "students": 120,
                "teachers": 9,
                "staff": 3,
            }
            for number in range(units)
        ],
    }
    headers = KEY | {"Content-Type": "application/json", "Idempotency-Key": uuid4().hex}
    path = f"{world.sample.prefix}/api/v1/license-requests"
    return Request.of("POST", path, headers, json.dumps(body).encode(), status=201)


PATHS = (
    Path("license status", "json", _status, LicenseStatusOut),
    Path("first login", "login", _first_logins),
    Path("repeat login", "login", _repeat_logins),
    Path("code exchange", "token", _exchanges),
    Path("session", "json", _session, SessionOut),
    Path("class list", "json", _class_list, StudentPage),
    Path("users, first page", "page", _first_page, UserPage),
    Path("users, middle page", "page", _middle_page, UserPage),
    Path("users, last page", "page", _last_page, UserPage),
    Path("100 changes", "json", _changes, UserPage),
    Path("request of 10 units", "request", _requests(10)),
    Path("request of 1,000 units", "request", _requests(1000)),
)
