"""What a tool knows of Skolon, and what a browser does between the two."""

import html
import re
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

import httpx

# Nothing listens there: the tests hand the address to the library themselves.
CALLBACK = "http://localhost:53682/callback"


@dataclass(frozen=True, slots=True)
class Skolon:
    """The addresses that a tool is configured with."""

    url: str

    @property
    def authorize(self) -> str:
        return f"{self.url}/oauth/auth"

    @property
    def token(self) -> str:
        return f"{self.url}/oauth/access_token"

    @property
    def api(self) -> str:
        return f"{self.url}/v2/partner"


def log_in(authorize_url: str, persona: str = "elsa") -> str:
    """Choose a persona on the login page; return where the browser is sent with a code."""
    parts = urlsplit(authorize_url)
    headers = {"Origin": f"{parts.scheme}://{parts.netloc}", "Sec-Fetch-Site": "same-origin"}
    with httpx.Client(headers={"Accept": "text/html"}) as browser:
        page = browser.get(authorize_url)
        assert page.status_code == HTTPStatus.OK, page.text
        chosen = browser.post(authorize_url, data={"persona": persona}, headers=headers)
    assert chosen.status_code == HTTPStatus.SEE_OTHER, chosen.text
    return _sent_to(chosen.headers["location"])


def cancel(authorize_url: str) -> str:
    """Think better of it on the login page; return where the browser is sent."""
    page = httpx.get(authorize_url, headers={"Accept": "text/html"})
    found = re.search(r'href="([^"]+)">(?:Avbryt|Cancel)<', page.text)
    assert found, page.text
    return _sent_to(html.unescape(found[1]))


def _sent_to(address: str) -> str:
    assert address.startswith(f"{CALLBACK}?")
    return address
