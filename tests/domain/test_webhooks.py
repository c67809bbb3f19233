"""Rules of webhooks: when they are tried, where they may go, how they are signed."""

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook as StandardWebhook

from app.skolon.domain import webhooks as rules

HOSTS = ("tool.example", "Second.Example", "[fd00::1]", "10.0.0.7")


def test_three_retries_follow_after_1_5_and_25_seconds_and_then_none() -> None:
    waits = [rules.next_try(failures) for failures in (1, 2, 3, 4, 5)]

    assert waits == [timedelta(seconds=1), timedelta(seconds=5), timedelta(seconds=25), None, None]


@pytest.mark.parametrize(
    "url",
    [
        "http://tool.example/",
        "https://tool.example:8443/a?b",
        "https://TOOL.example",
        "http://second.example/",
        "http://[fd00::1]:8080/",
        "http://10.0.0.7/",
    ],
)
@pytest.mark.parametrize("loopback", [True, False])
def test_the_hosts_that_are_named_are_allowed_in_every_mode(url: str, loopback: bool) -> None:
    assert rules.is_allowed(url, HOSTS, loopback=loopback)


@pytest.mark.parametrize(
    "url", ["http://localhost:5000/", "http://LOCALHOST/", "https://127.0.0.1/", "http://[::1]:1/"]
)
def test_this_machine_is_allowed_only_where_it_may_be(url: str) -> None:
    assert rules.is_allowed(url, HOSTS, loopback=True)
    assert not rules.is_allowed(url, HOSTS, loopback=False)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://",
        "http:///localhost/",
        "//localhost/",
        "localhost",
        "ftp://localhost/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://localhost.evil.example/",
        "http://tool.example.evil.example/",
        "http://eviltool.example/",
        "http://sub.tool.example/",
        "http://tool.example./",
        "http://localhost./",
        "http://user@localhost/",
        "http://localhost@evil.example/",
        "http://localhost:80@evil.example/",
        "http://evil.example#@localhost/",
        "http://evil.example\\@localhost/",
        "http://localhost:0/",
        "http://localhost:99999/",
        "http://localhost:port/",
        "http://[::1/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::1%25lo]/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://127.1/",
        "http://0.0.0.0/",
        "http://ⓛocalhost/",
    ],
)
def test_nothing_that_only_looks_like_an_allowed_host_is_one(url: str) -> None:
    assert not rules.is_allowed(url, HOSTS, loopback=True)


@given(
    st.text(st.sampled_from("htps:/@.#?%[]\\01259localtexmpfd \t"), max_size=40).map(
        lambda rest: f"http://{rest}"
    )
)
def test_where_the_rule_sees_an_allowed_host_the_client_goes_to_the_same(url: str) -> None:
    if not rules.is_allowed(url, HOSTS, loopback=True):
        return

    try:
        host = httpx.URL(url).host
    except (httpx.InvalidURL, UnicodeError):
        return

    assert host.lower() == urlsplit(url).hostname


@given(body=st.text(max_size=200), key=st.binary(min_size=16, max_size=64))
def test_signatures_are_those_of_the_specification(body: str, key: bytes) -> None:
    secret = rules.secret_of(key, "tool")
    moment = datetime(2026, 11, 24, 8, tzinfo=UTC)

    signature = rules.signature(secret, "msg_1", int(moment.timestamp()), body)

    text = f"whsec_{base64.b64encode(secret).decode()}"
    assert signature == StandardWebhook(text).sign("msg_1", moment, body)


def test_every_tool_and_every_installation_has_a_secret_of_its_own() -> None:
    secrets = {
        rules.secret_of(key, client_id) for key in (b"one", b"two") for client_id in ("a", "b")
    }

    assert len(secrets) == 4
    assert {len(secret) for secret in secrets} == {32}
