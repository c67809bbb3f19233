"""People who log in, each with a browser of their own that costs its program little."""

import http.client
import time
from dataclasses import dataclass
from itertools import count
from urllib.parse import urlencode, urljoin, urlsplit

from tests.load.nation import skolon_id_of

PATIENCE = 60
MOST_STEPS = 8
# What is on the first page of everybody of the nation of tests/load/nation.py.
SIGN = "Nummer"


@dataclass(frozen=True, slots=True)
class Login:
    """How a login ended: without trouble it went well."""

    mark: str
    seconds: float
    trouble: str = ""


class Newcomers:
    """The people of the nation, one after the other, by the ids that Skolon knows them by."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def __next__(self) -> str:
        return skolon_id_of(next(self._numbers))


class Browser:
    """Follows redirects and keeps cookies; a connection a request, as through a load balancer."""

    def __init__(self, mark: str = "") -> None:
        self._headers = {"Accept": "text/html", "X-Check": mark, "Connection": "close"}
        self._cookies: dict[str, str] = {}

    def go(self, method: str, url: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Return the status, where the answer leads, and its text."""
        parts = urlsplit(url)
        headers = {
            **self._headers,
            "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
        }
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection(parts.netloc, timeout=PATIENCE)
        try:
            body = urlencode(form) if form else None
            connection.request(method, f"{parts.path}?{parts.query}", body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        for line in answer.headers.get_all("set-cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value
        location = answer.headers["location"]
        return answer.status, urljoin(url, location) if location else "", text


def log_in(url: str, user: str, mark: str = "", *, begun: float | None = None) -> Login:
    """Let a user log in at the partner of this address and open its first page.

    The seconds count from `begun`, when they wanted to.
    """
    browser, begun = Browser(mark), time.perf_counter() if begun is None else begun
    method, target, form, trouble = "GET", f"{url}/sso/login", None, ""
    try:
        for _ in range(MOST_STEPS):
            status, location, text = browser.go(method, target, form)
            if not location:
                break
            method, target, form = "GET", location, None
            if urlsplit(location).path.endswith("/oauth/auth"):
                # Skolon's page asks who it is.
                method, form = "POST", {"persona": user}
        if status != 200 or SIGN not in text:
            trouble = f"{method} {urlsplit(target).path}: {status}"
    except (OSError, http.client.HTTPException) as error:
        trouble = f"{method} {urlsplit(target).path}: {type(error).__name__}"
    return Login(mark, time.perf_counter() - begun, trouble)
