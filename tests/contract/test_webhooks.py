"""Webhooks as a tool gets them, from the running service to a server of its own."""

import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import event, select
from standardwebhooks import Webhook as StandardWebhook
from starlette.testclient import TestClient

from app import background
from app.clock import system_clock
from app.main import create_app
from app.settings import Mode, Settings
from app.skolon import webhook_outbox, webhook_sender
from app.skolon import webhooks as on_their_way
from app.skolon.domain.webhooks import WebhookFailure, WebhookKind
from app.skolon.models import Tool, WebhookAttempt
from app.skolon.schemas.webhooks import DataEdits
from tests.conftest import World
from tests.contract import receiver as manners
from tests.contract.receiver import Server, answering, receiving, wait_until
from tests.contract.skolon import CLIENT_ID, as_tool, as_user
from tests.contract.webhooks import (
    FREE_SCHOOL,
    MAIN,
    UNLICENSED,
    freeze,
    give,
    owed,
    quiet,
    register,
    sent,
    settled,
    webhooks,
    workshop,
)
from tests.factories import decided, internal_tool, license_school, portal, send_from_portal


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look often, so that a test does not wait for what takes half a second in reality."""
    monkeypatch.setattr(background, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(webhook_sender, "PATIENCE", 2.0)


@pytest.fixture
def receiver() -> Iterator[Server]:
    with receiving() as server:
        yield server


def _by_hand(world: World, name: str, **given: Any) -> Any:  # noqa: ANN401, JSON
    body = {"client_id": name, "kind": "data-edits", **given}
    return sent(world, "POST", "/webhooks", body)


def _read(world: World, webhook: Any) -> Any:  # noqa: ANN401, JSON
    return world.client().get(f"/skolon/webhooks/{webhook['id']}").json()


def _attempted(world: World, webhook: Any, times: int) -> Any:  # noqa: ANN401, JSON
    """Return the webhook, once so many attempts at it are noted."""

    def attempts() -> Any:  # noqa: ANN401, JSON
        found = _read(world, webhook)
        return found if len(found["attempts"]) >= times else None

    return wait_until(attempts)


def test_edits_of_several_kinds_within_two_seconds_are_told_at_once_and_without_ids(
    world: World, receiver: Server
) -> None:
    register(world, "tool", receiver)
    freeze(world)
    made = give(world, "tool")
    give(world, "tool", UNLICENSED)
    sent(world, "DELETE", "/users/elsa")

    wait_until(lambda: receiver.heard)
    wait_until(lambda: receiver.heard)
    time.sleep(0.3)
    before = list(receiver.heard)
    world.move_clock(advance_by="PT1.999S")
    time.sleep(0.3)
    too_early = list(receiver.heard)
    world.move_clock(advance_by="PT0.001S")
    (edits,) = wait_until(lambda: receiver.at("/tool/data-edits"))
    time.sleep(0.3)

    assert [one.path for one in before] == ["/tool/remove-user"]
    assert too_early == before
    assert len(receiver.at("/tool/data-edits")) == 1
    assert edits.body == b'{"entities":["organization","school","license","user","group"]}'
    assert edits.headers["content-type"] == "application/json"
    assert made["id"].encode() not in edits.body
    assert not [name for name in edits.headers if name.startswith(("webhook", "x-", "auth"))]


def test_without_a_frozen_clock_edits_are_told_after_two_seconds_of_it(
    world: World, receiver: Server
) -> None:
    register(world, "tool", receiver)
    begun = time.monotonic()
    give(world, "tool")

    (edits,) = wait_until(lambda: receiver.heard)

    assert 2 <= edits.at - begun < 10


def test_a_tool_hears_of_its_own_licenses_and_schools_and_of_no_others(
    world: World, receiver: Server
) -> None:
    for name in ("mine", "other"):
        register(world, name, receiver)
    give(world, "mine", MAIN)
    quiet(world, receiver)
    give(world, "other", FREE_SCHOOL)
    world.move_clock(advance_by="PT3S")
    settled(world)

    assert receiver.at("/mine/data-edits") == []
    (edits,) = receiver.at("/other/data-edits")
    kinds = {"organization", "school", "license", "user", "group"}
    assert set(edits.json["entities"]) == kinds


def test_without_an_approval_no_people_and_no_groups_are_told(
    world: World, receiver: Server
) -> None:
    register(world, "tool", receiver)
    freeze(world)
    sent(world, "POST", "/licenses", {"client_id": "tool", "school": FREE_SCHOOL})
    world.move_clock(advance_by="PT3S")
    wait_until(lambda: receiver.heard)

    removed = sent(world, "DELETE", "/users/filip")

    assert receiver.at("/tool/data-edits")[0].json == {
        "entities": ["organization", "school", "license"]
    }
    # The tool has never seen him, neither ahead of a login nor at one.
    assert removed["webhooks"] == 0


def test_an_approval_given_and_taken_back_is_told_as_people_and_groups(
    world: World, receiver: Server
) -> None:
    register(world, "tool", receiver)
    sent(world, "POST", "/licenses", {"client_id": "tool", "school": MAIN})
    quiet(world, receiver)
    approval = "/tools/tool/approvals/Exempelstads kommun"

    for method in ("PUT", "PUT", "DELETE", "DELETE"):
        sent(world, method, approval)
        world.move_clock(advance_by="PT3S")
        wait_until(lambda: not owed(world))

    assert [one.json for one in receiver.heard] == [{"entities": ["user", "group"]}] * 2


def test_a_withdrawn_license_is_told(world: World, receiver: Server) -> None:
    _tell_the_partners_tool(world, receiver)
    license_school(world, MAIN)
    quiet(world, receiver)
    administrator = portal(world)
    (license_id,) = _licenses(administrator.get("/portal/licenses").text, "withdraw")

    administrator.post(f"/portal/licenses/{license_id}/withdraw")
    world.move_clock(advance_by="PT3S")

    (edits,) = wait_until(lambda: receiver.heard)
    assert edits.json == {"entities": ["license", "user", "group"]}


def test_the_activation_of_a_request_is_told_before_anything_is_assigned(
    world: World, receiver: Server
) -> None:
    _tell_the_partners_tool(world, receiver)
    freeze(world)
    send_from_portal(portal(world), MAIN)
    client = internal_tool(world)
    (row,) = client.get("/api/v1/license-requests").json()["license_requests"]
    decided(client, row["id"], "confirm")
    world.move_clock(advance_by="PT3S")
    time.sleep(0.3)
    assert receiver.heard == []

    decided(client, row["id"], "activate")
    world.move_clock(advance_by="PT3S")

    (edits,) = wait_until(lambda: receiver.heard)
    assert edits.json == {"entities": ["organization", "school", "license"]}


def test_a_changed_unit_code_is_told_as_a_school(world: World, receiver: Server) -> None:
    _tell_the_partners_tool(world, receiver)
    license_school(world, MAIN)
    quiet(world, receiver)
    tool = _partners_token(world)
    (school,) = tool.get("/v2/partner/school").json()["schools"]

    added = tool.post(f"/portal/api/schools/{school['id']}/unit-codes", json={"code": "10000002"})
    world.move_clock(advance_by="PT3S")

    assert added.is_success, added.text
    (edits,) = wait_until(lambda: receiver.heard)
    assert edits.json == {"entities": ["school"]}


def test_a_removed_person_is_told_to_whoever_knows_them_and_to_nobody_else(
    world: World, receiver: Server
) -> None:
    register(world, "licensed", receiver, "remove-user")
    register(world, "elsewhere", receiver, "remove-user")
    register(world, "without", receiver, "data-edits")
    give(world, "licensed", MAIN)
    give(world, "elsewhere", UNLICENSED)
    give(world, "without", MAIN)
    elsa = as_user(world, "elsa").get("/v2/partner/user/session").json()["userId"]

    removed = sent(world, "DELETE", "/users/elsa")

    (heard,) = wait_until(lambda: [each for each in receiver.heard if "remove" in each.path])
    # The built-in partner's tool is told as well.
    assert removed == {"id": elsa, "webhooks": 2}
    assert heard.path == "/licensed/remove-user"
    assert heard.body == f'{{"userId":"{elsa}"}}'.encode()
    assert heard.headers["content-type"] == "application/json"
    assert webhooks(world, client_id="elsewhere", kind="remove-user") == []
    again = workshop(world).delete("/skolon/users/elsa")
    assert again.status_code == HTTPStatus.NOT_FOUND


def test_a_person_whom_a_tool_knows_by_login_only_is_told_too_and_their_token_ends(
    world: World, receiver: Server
) -> None:
    _tell_the_partners_tool(world, receiver)
    filip = as_user(world, "filip")
    user_id = filip.get("/v2/partner/user/session").json()["userId"]

    removed = sent(world, "DELETE", f"/users/{user_id}")

    (heard,) = wait_until(lambda: receiver.at("/partner/remove-user"))
    assert removed["webhooks"] == 1
    assert heard.json == {"userId": user_id}
    assert filip.get("/v2/partner/user/session").status_code == HTTPStatus.UNAUTHORIZED


def test_whom_a_tool_had_and_lost_it_is_still_told_to_forget(
    world: World, receiver: Server
) -> None:
    _tell_the_partners_tool(world, receiver)
    license_school(world, MAIN)
    administrator = portal(world)
    (license_id,) = _licenses(administrator.get("/portal/licenses").text, "withdraw")
    administrator.post(f"/portal/licenses/{license_id}/withdraw")

    removed = sent(world, "DELETE", "/users/omar")

    assert removed["webhooks"] == 1


def test_a_removed_class_is_told_to_tools_with_a_license_at_its_school(
    world: World, receiver: Server
) -> None:
    register(world, "licensed", receiver)
    register(world, "elsewhere", receiver)
    give(world, "licensed", MAIN)
    give(world, "elsewhere", UNLICENSED)
    group = as_user(world, "elsa").get("/v2/partner/group").json()["groups"][0]

    removed = sent(world, "DELETE", f"/groups/{group['uuid']}")

    (heard,) = wait_until(lambda: [each for each in receiver.heard if "class" in each.path])
    assert removed == {"id": group["id"], "webhooks": 2}
    assert (heard.path, heard.json) == ("/licensed/remove-class", {"classId": group["id"]})


def test_data_edits_can_be_dropped_and_removals_go_all_the_same(
    world: World, receiver: Server
) -> None:
    register(world, "tool", receiver)
    sent(world, "PATCH", "/switches", {"data_edits": "dropped"})
    freeze(world)
    give(world, "tool")
    sent(world, "DELETE", "/users/elsa")
    world.move_clock(advance_by="PT3S")
    wait_until(lambda: not owed(world))

    # What was dropped does not come later either.
    sent(world, "PATCH", "/switches", {"data_edits": "sent"})
    world.move_clock(advance_by="PT3S")
    time.sleep(0.3)

    assert [one.path for one in receiver.heard] == ["/tool/remove-user"]


@pytest.mark.parametrize("uuids", ["absent", "given"])
@pytest.mark.parametrize("key", ["classId", "groupId"])
def test_switches_choose_the_key_of_a_class_and_whether_uuids_come_along(
    world: World, receiver: Server, key: str, uuids: str
) -> None:
    register(world, "tool", receiver)
    give(world, "tool")
    elsa = as_user(world, "elsa")
    group = elsa.get("/v2/partner/group").json()["groups"][0]
    user = elsa.get("/v2/partner/user").json()["users"][0]
    sent(world, "PATCH", "/switches", {"remove_class_key": key, "removal_uuids": uuids})

    sent(world, "DELETE", f"/groups/{group['id']}")
    sent(world, "DELETE", "/users/elsa")
    _by_hand(world, "tool", kind="remove-class", id=group["uuid"])
    _by_hand(world, "tool", kind="remove-user", id="elsa")
    _by_hand(world, "tool", kind="remove-user", id="never-was")

    wait_until(lambda: len([each for each in receiver.heard if "remove" in each.path]) == 5)
    of_class = {key: group["id"]} | ({"groupUuid": group["uuid"]} if uuids == "given" else {})
    of_user = {"userId": user["id"]} | ({"userUuid": user["uuid"]} if uuids == "given" else {})
    assert [each.json for each in receiver.at("/tool/remove-class")] == [of_class] * 2
    told = [each.json for each in receiver.at("/tool/remove-user")]
    assert told.count(of_user) == 2
    assert told.count({"userId": "never-was"}) == 1


def test_a_signed_webhook_passes_the_library_of_the_specification_also_at_a_retry(
    world: World, receiver: Server
) -> None:
    register(world, "tool", receiver)
    register(world, "other", receiver)
    secrets = {
        name: sent(world, "GET", f"/tools/{name}")["webhook_secret"] for name in ("tool", "other")
    }
    sent(world, "PATCH", "/switches", {"webhook_signature": "standard_webhooks"})
    receiver.manners["/tool/data-edits"] = answering(503)
    freeze(world)
    webhook = _by_hand(world, "tool")
    _attempted(world, webhook, 1)
    world.move_clock(advance_by="PT1S")
    _attempted(world, webhook, 2)

    first, second = receiver.heard
    for heard in (first, second):
        assert StandardWebhook(secrets["tool"]).verify(heard.body, heard.headers) == {
            "entities": ["user"]
        }
        with pytest.raises(Exception, match="No matching signature"):
            StandardWebhook(secrets["other"]).verify(heard.body, heard.headers)
        with pytest.raises(Exception, match="No matching signature"):
            StandardWebhook(secrets["tool"]).verify(heard.body + b" ", heard.headers)
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert "x-skolon-secret" not in first.headers


def test_the_secret_can_be_sent_as_it_is_instead(world: World, receiver: Server) -> None:
    register(world, "tool", receiver)
    sent(world, "PATCH", "/switches", {"webhook_signature": "shared_secret"})
    _by_hand(world, "tool")

    (heard,) = wait_until(lambda: receiver.heard)

    assert heard.headers["x-skolon-secret"] == sent(world, "GET", "/tools/tool")["webhook_secret"]
    assert "webhook-signature" not in heard.headers


def test_a_refused_webhook_is_tried_after_1_5_and_25_seconds_and_then_given_up(
    world: World, receiver: Server
) -> None:
    register(world, "tool", receiver)
    receiver.manners["/tool/data-edits"] = answering(500)
    freeze(world)
    webhook = _by_hand(world, "tool")

    for tried, wait in enumerate((1, 5, 25), start=1):
        state = _attempted(world, webhook, tried)
        assert state["state"] == "waiting"
        world.move_clock(advance_by=f"PT{wait - 0.001}S")
        time.sleep(0.2)
        assert len(receiver.heard) == tried
        world.move_clock(advance_by="PT0.001S")
    given_up = _attempted(world, webhook, 4)
    world.move_clock(advance_by="P1D")
    time.sleep(0.2)

    assert len(receiver.heard) == 4
    assert len({one.body for one in receiver.heard}) == 1
    assert (given_up["state"], given_up["due_at"]) == ("failed", None)
    assert [one["number"] for one in given_up["attempts"]] == [1, 2, 3, 4]
    assert {(one["status"], one["failure"]) for one in given_up["attempts"]} == {(500, "refused")}
    assert all(one["milliseconds"] >= 0 for one in given_up["attempts"])
    assert {one["url"] for one in given_up["attempts"]} == {receiver.url("/tool/data-edits")}


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_2xx_delivers(world: World, receiver: Server, status: int) -> None:
    register(world, "tool", receiver)
    receiver.manners["/tool/data-edits"] = answering(status, b"")
    _by_hand(world, "tool")

    (webhook,) = settled(world)

    assert webhook["state"] == "delivered"
    assert [(one["status"], one["failure"]) for one in webhook["attempts"]] == [(status, None)]


@pytest.mark.parametrize(
    ("manner", "status", "failure"),
    [
        pytest.param(answering(404), 404, "refused", id="not found"),
        pytest.param(answering(304), 304, "refused", id="not modified"),
        pytest.param(manners.drip, 200, "slow", id="drips"),
        pytest.param(manners.dawdle, None, "slow", id="dawdles"),
        pytest.param(manners.pour, 200, "too_large", id="pours"),
        pytest.param(manners.hang_up, None, "unreachable", id="hangs up"),
        pytest.param(manners.talk_nonsense, None, "unreachable", id="talks nonsense"),
    ],
)
def test_how_an_attempt_failed_is_noted(
    world: World, receiver: Server, manner: manners.Manners, status: int | None, failure: str
) -> None:
    register(world, "tool", receiver)
    receiver.manners["/tool/data-edits"] = manner
    freeze(world)
    begun = time.monotonic()

    (attempt,) = _attempted(world, _by_hand(world, "tool"), 1)["attempts"]

    assert (attempt["status"], attempt["failure"]) == (status, failure)
    assert time.monotonic() - begun < 15
    if manner is manners.pour:
        # What is too large is not read to its end.
        assert receiver.hung_up.wait(5)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(world: World, receiver: Server, status: int) -> None:
    register(world, "tool", receiver)
    elsewhere = receiver.url("/elsewhere")
    receiver.manners["/tool/data-edits"] = answering(status, Location=elsewhere)
    freeze(world)

    (attempt,) = _attempted(world, _by_hand(world, "tool"), 1)["attempts"]

    assert (attempt["status"], attempt["failure"]) == (status, "redirected")
    assert receiver.at("/elsewhere") == []


def test_nobody_listening_is_unreachable(world: World, receiver: Server) -> None:
    register(world, "tool", receiver)
    sent(world, "PATCH", "/tools/tool", {"data_edits_url": "http://127.0.0.1:9/"})
    freeze(world)

    (attempt,) = _attempted(world, _by_hand(world, "tool"), 1)["attempts"]

    assert (attempt["status"], attempt["failure"]) == (None, "unreachable")


def test_a_slow_tool_holds_up_neither_others_nor_other_sandboxes(
    world: World, receiver: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_sender, "PATIENCE", 30.0)
    register(world, "slow", receiver)
    register(world, "quick", receiver)
    receiver.manners["/slow/data-edits"] = manners.dawdle
    for _ in range(120):
        _by_hand(world, "slow")
    wait_until(lambda: len(receiver.heard) >= 16)
    world.control.post("/sandboxes", json={"name": "beside", "seed": "town"})
    beside = World("beside", world.app, world.control, world.app.sandboxes.open("beside").database)
    register(beside, "quick-beside", receiver)

    begun = time.monotonic()
    _by_hand(world, "quick")
    _by_hand(beside, "quick-beside")
    wait_until(lambda: receiver.at("/quick/data-edits"))
    wait_until(lambda: receiver.at("/quick-beside/data-edits"))
    world.control.delete("/sandboxes/beside")

    assert time.monotonic() - begun < 3
    # Of the slow one's, no more are begun than would be bearable.
    assert len(receiver.at("/slow/data-edits")) < 64


def test_a_tool_without_an_address_is_owed_nothing(world: World, receiver: Server) -> None:
    register(world, "tool", receiver, "remove-class")
    give(world, "tool")

    removed = sent(world, "DELETE", "/users/elsa")

    assert removed["webhooks"] == 0
    assert not owed(world)
    assert webhooks(world) == []


def test_an_address_withdrawn_meanwhile_is_noted_and_a_new_one_is_used_for_the_retry(
    world: World, receiver: Server
) -> None:
    register(world, "tool", receiver)
    freeze(world)
    give(world, "tool")
    sent(world, "PATCH", "/tools/tool", {"data_edits_url": None})
    world.move_clock(advance_by="PT2S")
    webhook = wait_until(lambda: webhooks(world))[0]
    (attempt,) = _attempted(world, webhook, 1)["attempts"]

    sent(world, "PATCH", "/tools/tool", {"data_edits_url": receiver.url("/new")})
    world.move_clock(advance_by="PT1S")

    assert (attempt["url"], attempt["status"], attempt["failure"]) == ("", None, "no_address")
    wait_until(lambda: receiver.at("/new"))
    assert _attempted(world, webhook, 2)["state"] == "delivered"


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost.evil.example:{port}/",
        "http://127.0.0.1.evil.example:{port}/",
        "http://evil.example/?localhost",
        "http://2130706433:{port}/",
        "http://0x7f000001:{port}/",
        "http://0177.0.0.1:{port}/",
        "http://127.1:{port}/",
        "http://127.0.0.2:{port}/",
        "http://0.0.0.0:{port}/",
        "http://0:{port}/",
        "http://localhost.:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://[::]:{port}/",
        "http://169.254.169.254/latest/meta-data/",
        "http://loc%61lhost:{port}/",
        "http://127.0.0.1\\@evil.example:{port}/",
        "http://evil.example:80\\@127.0.0.1:{port}/",
        "http://127.0.0.1%00.evil.example:{port}/",
    ],
)
def test_what_is_not_this_machine_by_name_is_not_called(
    world: World, receiver: Server, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(world, "tool", receiver)
    url = url.format(port=receiver.server_port)
    changed = workshop(world).patch("/skolon/tools/tool", json={"data_edits_url": url})
    if changed.status_code == HTTPStatus.UNPROCESSABLE_ENTITY:
        assert "@" in url
        return
    looked_up: list[object] = []
    monkeypatch.setattr("socket.getaddrinfo", lambda *asked, **_: looked_up.append(asked))
    freeze(world)

    (attempt,) = _attempted(world, _by_hand(world, "tool"), 1)["attempts"]

    assert (attempt["status"], attempt["failure"]) == (None, "forbidden")
    assert receiver.heard == []
    assert looked_up == []


@pytest.mark.parametrize("host", ["localhost", "LocalHost", "127.0.0.1"])
def test_this_machine_may_be_called_by_its_names(world: World, receiver: Server, host: str) -> None:
    register(world, "tool", receiver)
    url = f"HTTP://{host}:{receiver.server_port}/in-capitals"
    sent(world, "PATCH", "/tools/tool", {"data_edits_url": url})
    _by_hand(world, "tool")

    (webhook,) = settled(world)

    assert webhook["state"] == "delivered"
    assert len(receiver.at("/in-capitals")) == 1


def test_a_path_is_at_this_worlds_partner(world: World, receiver: Server) -> None:
    register(world, "tool", receiver)
    sent(world, "PATCH", "/tools/tool", {"data_edits_url": "/not-there"})
    freeze(world)

    (attempt,) = _attempted(world, _by_hand(world, "tool"), 1)["attempts"]

    assert (attempt["url"], attempt["status"], attempt["failure"]) == ("/not-there", 404, "refused")


def test_webhooks_are_listed_newest_first_by_tool_kind_and_state_a_page_at_a_time(
    world: World, receiver: Server
) -> None:
    register(world, "good", receiver)
    register(world, "bad", receiver)
    receiver.manners["/bad/remove-user"] = answering(500)
    freeze(world)
    made = [
        _by_hand(world, name, kind=kind, **({"id": "x"} if kind != "data-edits" else {}))["id"]
        for name in ("good", "bad")
        for kind in ("data-edits", "remove-user", "remove-class")
    ]
    for tried in (1, 2, 3, 4):
        _attempted(world, {"id": made[4]}, tried)
        world.move_clock(advance_by="PT25S")
    settled(world)

    walked: list[str] = []
    before: str | None = None
    while True:
        query = {"limit": 4} | ({"before": before} if before else {})
        page = world.client().get("/skolon/webhooks", params=query).json()
        walked += [one["id"] for one in page["webhooks"]]
        before = page["before"]
        if before is None:
            break

    assert sorted(walked) == sorted(made)
    assert walked == [one["id"] for one in webhooks(world)]
    assert {one["client_id"] for one in webhooks(world, client_id="bad")} == {"bad"}
    assert len(webhooks(world, client_id="bad")) == 3
    assert len(webhooks(world, kind="remove-class")) == 2
    (failed,) = webhooks(world, state="failed")
    assert (failed["client_id"], failed["kind"]) == ("bad", "remove-user")
    assert webhooks(world, client_id="nobody") == []
    assert len(webhooks(world, client_id="good", kind="data-edits", state="delivered")) == 1


def test_people_get_the_list_as_a_page_with_the_way_to_send_one_again(
    world: World, receiver: Server
) -> None:
    register(world, "tool", receiver)
    receiver.manners["/tool/data-edits"] = answering(410)
    freeze(world)
    webhook = _by_hand(world, "tool")
    _attempted(world, webhook, 1)

    page = world.browser().get("/skolon/webhooks?lang=en").text
    waiting = world.browser().get("/skolon/webhooks?state=delivered&lang=en").text

    assert receiver.url("/tool/data-edits") in page
    assert "410" in page
    assert "<code>refused</code>" in page
    # A page cannot send the admin key along, so there is no button where there is a key.
    assert "/resend</code>" in page
    assert "<form" not in page
    assert "Nothing has been sent yet" in waiting


def test_a_delivered_one_and_a_given_up_one_can_be_sent_again_with_all_retries(
    world: World, receiver: Server
) -> None:
    register(world, "tool", receiver)
    freeze(world)
    delivered = _by_hand(world, "tool")
    _attempted(world, delivered, 1)
    receiver.manners["/tool/data-edits"] = answering(500)
    failed = _by_hand(world, "tool", entities=["school"])
    for tried in (1, 2, 3, 4):
        _attempted(world, failed, tried)
        world.move_clock(advance_by="PT25S")
    receiver.heard.clear()

    for webhook in (delivered, failed):
        again = sent(world, "POST", f"/webhooks/{webhook['id']}/resend")
        assert again["state"] == "waiting"
    assert _attempted(world, delivered, 2)["state"] == "waiting"
    assert _attempted(world, failed, 5)["state"] == "waiting"
    receiver.manners["/tool/data-edits"] = answering(200)
    world.move_clock(advance_by="PT1S")

    assert _attempted(world, delivered, 3)["state"] == "delivered"
    assert _attempted(world, failed, 6)["state"] == "delivered"
    assert Counter(one.body for one in receiver.heard) == {
        b'{"entities":["user"]}': 2,
        b'{"entities":["school"]}': 2,
    }


def test_sent_again_while_a_call_is_under_way_it_goes_once_more(
    world: World, receiver: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_sender, "PATIENCE", 30.0)
    register(world, "tool", receiver)
    go_on = threading.Event()

    def wait_and_answer(handler: manners.Handler) -> None:
        go_on.wait(30)
        handler.say(200)

    receiver.manners["/tool/data-edits"] = wait_and_answer
    webhook = _by_hand(world, "tool")
    wait_until(lambda: receiver.heard)

    sent(world, "POST", f"/webhooks/{webhook['id']}/resend")
    wait_until(lambda: len(receiver.heard) == 2, seconds=10)
    go_on.set()

    told = _attempted(world, webhook, 2)
    assert told["state"] == "delivered"
    assert [one["number"] for one in told["attempts"]] == [1, 2]


def test_what_somebody_died_over_is_sent_by_another_after_the_lease(
    world: World, receiver: Server
) -> None:
    register(world, "tool", receiver)
    freeze(world)
    now, lease = world.app.sandboxes.open(world.name).clock(), timedelta(seconds=1.5)
    with world.database.write() as session:
        tool_id = session.scalars(select(Tool.id).where(Tool.client_id == "tool")).one()
        body = DataEdits(entities=["user"])
        webhook_outbox.owe(session, tool_id, WebhookKind.DATA_EDITS, body, now=now)
        session.flush()
        # By a process that is never heard of again.
        taken_on = on_their_way.take_on(session, now=now, real_now=system_clock(), lease=lease)

    time.sleep(1)
    during_the_lease = list(receiver.heard)
    (webhook,) = settled(world)

    assert len(taken_on) == 1
    assert during_the_lease == []
    assert len(receiver.heard) == 1
    assert [one["number"] for one in webhook["attempts"]] == [1]


def test_who_comes_back_after_the_lease_does_not_undo_what_another_has_delivered(
    world: World, receiver: Server
) -> None:
    register(world, "tool", receiver)
    now = system_clock()
    with world.database.write() as session:
        tool_id = session.scalars(select(Tool.id).where(Tool.client_id == "tool")).one()
        body = DataEdits(entities=["user"])
        webhook_outbox.owe(session, tool_id, WebhookKind.DATA_EDITS, body, now=now)
        session.flush()
        (late,) = on_their_way.take_on(session, now=now, real_now=now, lease=timedelta())
    settled(world)

    with world.database.write() as session:
        failed = on_their_way.Outcome("http://late.example/", 1, None, WebhookFailure.SLOW)
        on_their_way.note_outcome(session, late, failed, now=now)

    (webhook,) = webhooks(world)
    assert webhook["state"] == "delivered"
    assert [one["failure"] for one in webhook["attempts"]] == [None, "slow"]


@pytest.mark.parametrize("how", ["reset", "delete"])
def test_a_sandbox_that_goes_in_the_middle_of_a_call_stays_gone_and_the_others_go_on(
    world: World, receiver: Server, how: str
) -> None:
    go_on = threading.Event()

    def wait_and_answer(handler: manners.Handler) -> None:
        go_on.wait(10)
        handler.say(200)

    receiver.manners["/tool/data-edits"] = wait_and_answer
    world.control.post("/sandboxes", json={"name": "going", "seed": "town"})
    going = World("going", world.app, world.control, world.app.sandboxes.open("going").database)
    register(going, "tool", receiver)
    _by_hand(going, "tool")
    wait_until(lambda: receiver.heard)

    if how == "reset":
        world.control.post("/sandboxes/going/reset", json={"seed": "town"})
    else:
        world.control.delete("/sandboxes/going")
    go_on.set()
    time.sleep(0.5)
    register(world, "still-there", receiver)
    _by_hand(world, "still-there")

    wait_until(lambda: receiver.at("/still-there/data-edits"))
    assert ("going" in world.app.sandboxes.names()) == (how == "reset")
    assert len(receiver.at("/tool/data-edits")) == 1
    if how == "reset":
        fresh = world.app.sandboxes.open("going")
        assert webhooks(World("going", world.app, world.control, fresh.database)) == []
        world.control.delete("/sandboxes/going")


def test_sandboxes_that_are_reset_all_the_time_do_not_end_the_deliveries(
    world: World, receiver: Server
) -> None:
    register(world, "tool", receiver)
    world.control.post("/sandboxes", json={"name": "shaky", "seed": "town"})
    for _ in range(15):
        shaky = World("shaky", world.app, world.control, world.app.sandboxes.open("shaky").database)
        register(shaky, "tool", receiver)
        for _ in range(3):
            _by_hand(shaky, "tool")
        answer = world.control.post("/sandboxes/shaky/reset", json={"seed": "town"})
        assert answer.is_success, answer.text
    world.control.delete("/sandboxes/shaky")

    _by_hand(world, "tool")

    assert [one["state"] for one in settled(world)] == ["delivered"]
    assert "shaky" not in world.app.sandboxes.names()


def test_a_database_that_nobody_has_written_to_is_not_read_at_each_look(world: World) -> None:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("SELECT"):
            seen.append(statement)

    event.listen(world.database.engine, "before_cursor_execute", note)
    wait_until(lambda: seen)
    time.sleep(0.2)
    seen.clear()
    time.sleep(background.LOOK_SECONDS * 40)

    asked = Counter(
        found for statement in seen for found in re.findall(r"FROM (\w+)", statement)[:1]
    )
    # Every tenth look asks the database, for the sake of other processes; two questions each.
    of_webhooks = asked.pop("skolon_edit_notes", 0) + asked.pop("skolon_webhooks", 0)
    assert 0 < of_webhooks <= 2 * (40 // background.RESTING_LOOKS + 1)
    # And one, half as often, about edits that wait for the night.
    assert asked.pop("skolon_pending_edits", 0) <= 20 // background.RESTING_LOOKS + 1
    # As often, in one question, what the partner has kept for long enough.
    assert asked.pop("accounts", 0) <= 20 // background.RESTING_LOOKS + 1
    # What is looked for every fifteen seconds can fall in between once, and nothing else is asked.
    assert asked.pop("skolon_messages", 0) <= 1
    assert asked.pop("skolon_license_requests", 0) <= 1
    assert asked == Counter()


@pytest.mark.parametrize(
    ("hosts", "failure"), [((), WebhookFailure.FORBIDDEN), (("127.0.0.1",), None)]
)
def test_in_production_this_machine_is_called_only_where_a_setting_names_it(
    tmp_path: Path, receiver: Server, hosts: tuple[str, ...], failure: WebhookFailure | None
) -> None:
    production = Settings(
        mode=Mode.PRODUCTION,
        data_directory=tmp_path,
        webhook_hosts=hosts,
        skolon_client_id="a-real-client",
        skolon_client_secret=SecretStr("a-real-secret"),
        signing_key=SecretStr("a-real-key"),
        log_level="error",
    )
    app = create_app(production)

    with TestClient(app, base_url="http://localhost"):
        database = app.sandboxes.open("default").database
        with database.write() as session:
            tool = Tool(
                name="Tool",
                client_id="tool",
                secret_hash="-",
                launch_url="/",
                data_edits_url=receiver.url("/"),
            )
            session.add(tool)
            session.flush()
            body, now = DataEdits(entities=["user"]), system_clock()
            webhook_outbox.owe(session, tool.id, WebhookKind.DATA_EDITS, body, now=now)

        def attempts() -> list[WebhookAttempt]:
            with database.read() as session:
                return list(session.scalars(select(WebhookAttempt)))

        (attempt, *_) = wait_until(attempts)

    assert attempt.failure == failure
    assert bool(receiver.heard) == (failure is None)


def _licenses(page: str, action: str) -> list[str]:
    return re.findall(rf"/portal/licenses/(\w+)/{action}", page)


def _tell_the_partners_tool(world: World, receiver: Server) -> None:
    urls = {
        f"{kind.replace('-', '_')}_url": receiver.url(f"/partner/{kind}")
        for kind in ("data-edits", "remove-user", "remove-class")
    }
    sent(world, "PATCH", f"/tools/{CLIENT_ID}", urls)


def _partners_token(world: World) -> Any:  # noqa: ANN401, a client
    return as_tool(world)
