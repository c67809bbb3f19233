"""What no well-meaning tool or browser sends to the identity provider: refused, never a 500."""

import base64
from http import HTTPStatus
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select

from app.skolon.models import BrowserSession, RedirectUri, Token
from tests.conftest import World
from tests.contract.skolon import CLIENT_ID, SECRET, authorize

FORM = "application/x-www-form-urlencoded"
BASIC = {"Authorization": f"Basic {base64.b64encode(f'{CLIENT_ID}:{SECRET}'.encode()).decode()}"}


def _count(world: World, table: type[Token | BrowserSession]) -> int:
    with world.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


# A credential as it is sent, before it is known to be one.
HOSTILE_CREDENTIALS = (
    b"Basic \xe5",
    b"Basic " + base64.b64encode(b"\xff:\xff"),
    b"Basic " + base64.b64encode(b"no colon"),
    b"Basic " + base64.b64encode(f"{CLIENT_ID}:\x00".encode()),
    b"Basic " + base64.b64encode(f"{CLIENT_ID}:%00".encode()),
    b"Basic " + base64.b64encode("a\ud800:b".encode("utf-8", "surrogatepass")),
    b"Basic " + b"A" * 50_000,
    b"Basic =",
    b"Basic",
    b"Bearer \xff",
    b"\xff\xfe",
)


@pytest.mark.parametrize("credentials", HOSTILE_CREDENTIALS)
def test_credentials_that_are_none_get_401_in_rfc_6749s_words(
    world: World, credentials: bytes
) -> None:
    answer = world.client().post(
        "/oauth/access_token",
        data={"grant_type": "client_credentials"},
        headers=[(b"authorization", credentials)],
    )

    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    assert answer.json()["error"] == "invalid_client"
    assert answer.headers["www-authenticate"] == 'Basic realm="Skolon"'


HOSTILE_BODIES = (
    (b"\x00=\x00", FORM),
    (b"%ED%A0%80=%ED%A0%80&grant_type=%ED%A0%80", FORM),
    (b"\xff\xfe=\xff&=&&;&grant_type", FORM),
    (b"grant_type=client_credentials&" + b"a=1&" * 5000, FORM),
    (b"grant_type=" + b"x" * 100_000, FORM),
    (b"--x\r\nContent-Disposition: form-data; name=code; filename=f\r\n\r\nx\r\n--x--",
     "multipart/form-data; boundary=x"),
    (b"--x", "multipart/form-data; boundary=x"),
    (b"zz", "multipart/form-data"),
    (b"{", "application/json"),
    (b"[]", "application/json"),
    (b"grant_type=client_credentials", ""),
)  # fmt: skip


@pytest.mark.parametrize(("body", "content_type"), HOSTILE_BODIES)
def test_a_body_that_is_no_form_is_400_in_rfc_6749s_words_and_gives_nothing(
    world: World, body: bytes, content_type: str
) -> None:
    answer = world.client().post(
        "/oauth/access_token", content=body, headers={"Content-Type": content_type} | BASIC
    )

    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert answer.json()["error"] in {"invalid_request", "unsupported_grant_type"}
    assert set(answer.json()) == {"error", "error_description"}
    assert _count(world, Token) == 0


@pytest.mark.parametrize(("body", "content_type"), HOSTILE_BODIES)
def test_a_login_form_that_is_none_logs_nobody_in(
    world: World, body: bytes, content_type: str
) -> None:
    answer = world.client().post(
        authorize(world), content=body, headers={"Content-Type": content_type}
    )

    assert answer.status_code in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}
    assert _count(world, BrowserSession) == 0


@pytest.mark.parametrize(
    "query",
    [
        "client_id=%00",
        "client_id=%ED%A0%80",
        "client_id=" + "x" * 3000,
        "redirect_uri=%00",
        "redirect_uri=http://localhost%00/",
        "scope=%00",
        "persona_page=0",
        "persona_page=9999999999999999999999",
        "persona_search=%00",
        "%00=%00&%ED%A0%80",
        "response_type[]=code",
    ],
)
def test_a_hostile_query_is_refused_and_leads_nowhere(world: World, query: str) -> None:
    name = query.partition("=")[0]
    asked = (
        authorize(world, **{name: None})
        if name in {"client_id", "redirect_uri"}
        else ("/oauth/auth?" + urlencode({"response_type": "code"}))
    )

    for browser in (world.browser(), world.client()):
        answer = browser.get(f"{asked}&{query}")

        assert answer.status_code in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}
        assert "location" not in answer.headers


def test_a_tool_without_a_registered_address_gets_nobody_sent_to_it(world: World) -> None:
    with world.database.write() as session:
        for registered in session.scalars(select(RedirectUri)).all():
            session.delete(registered)

    answer = world.browser().get(authorize(world))

    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert "location" not in answer.headers
