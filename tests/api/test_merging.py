"""Old accounts and new ones: the partner's own login, settings, and merging two accounts (R15)."""

import re
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from starlette.testclient import TestClient

from app.main import create_app
from app.partner.domain.merging import UNDOABLE_FOR
from app.partner.models import (
    Account,
    AccountEvent,
    BrowserSession,
    CompletedLesson,
    Identity,
    Merge,
    Placement,
)
from app.settings import Mode, Settings
from tests.conftest import World
from tests.factories import ORGANIZATION, internal_tool, license_school, log_in

OLD = "omar.forr@gamla.example"
OLD_NAME, NEW_NAME = "Omar Holm (gammalt)", "Omar Holm"
JSON = {"Accept": "application/json"}


@pytest.fixture
def licensed(world: World) -> World:
    """Ekbackaskolan has its license, and Omar an old account with another email."""
    license_school(world, "Ekbackaskolan")
    _import(world, f"{OLD};Omar;Holm (gammalt);;sv;Bråk|Procent;2024-08-19")
    return world


def _import(world: World, *rows: str) -> None:
    titles = "email;first_name;last_name;organization_number;language;completed_lessons;created_on"
    sent = internal_tool(world).post(
        "/api/v1/accounts/import",
        content="\n".join([titles, *rows]).encode(),
        headers={"Content-Type": "text/csv"},
    )
    assert sent.json() == {"added": len(rows), "already_known": 0}, sent.text


def _log_in_locally(browser: TestClient, email: str = OLD) -> Any:  # noqa: ANN401, a response
    return browser.post("/login", data={"email": email})


def _old_account(world: World, email: str = OLD) -> TestClient:
    browser = world.browser()
    assert _log_in_locally(browser, email).status_code == HTTPStatus.SEE_OTHER
    return browser


def _skolon_account(world: World, persona: str = "omar") -> TestClient:
    browser = world.browser()
    assert log_in(browser, persona).status_code == HTTPStatus.SEE_OTHER
    return browser


def _prove(browser: TestClient, persona: str = "omar") -> Any:  # noqa: ANN401, a response
    """Log in through Skolon as the other account; return the partner's answer."""
    browser.post("/oauth/log-out")
    authorize = browser.post("/sso/prove").headers["location"]
    chosen = browser.post(authorize, data={"persona": persona})
    return browser.get(chosen.headers["location"])


def _prove_locally(browser: TestClient, email: str = OLD) -> Any:  # noqa: ANN401, a response
    return browser.post("/settings/merge/local", data={"email": email})


def _previewed(browser: TestClient) -> dict[str, str]:
    page = browser.get("/settings/merge").text
    found = {
        name: re.search(rf'name="{name}" value="([\w-]+)"', page) for name in ("kept", "merged")
    }
    return {name: match[1] for name, match in found.items() if match}


def _merge(browser: TestClient, **changed: str) -> Any:  # noqa: ANN401, a response
    return browser.post("/settings/merge", data=_previewed(browser) | changed, headers=JSON)


def _merged(browser: TestClient) -> UUID:
    answer = _merge(browser)
    assert answer.status_code == HTTPStatus.SEE_OTHER, answer.text
    return UUID(answer.headers["location"].rpartition("/")[2])


def _problem(answer: Any) -> tuple[int, str]:  # noqa: ANN401, a response
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


def _who(browser: TestClient) -> str:
    """Return whose settings this browser shows, by the name."""
    found = re.search(r"<dd>(.*?)</dd>", browser.get("/settings").text)
    return found[1] if found else ""


def _state(world: World) -> dict[str, set[tuple[object, ...]]]:
    """Return all that merging touches and undoing puts back."""
    with world.database.read() as session:
        return {
            table.__name__: {tuple(row) for row in session.execute(select(*columns))}
            for table, columns in {
                Account: (
                    Account.id,
                    Account.organization_id,
                    Account.school_id,
                    Account.email,
                    Account.email_key,
                    Account.match_key,
                    Account.first_name,
                    Account.merged_into_id,
                ),
                Identity: (Identity.id, Identity.account_id),
                Placement: (Placement.id, Placement.account_id, Placement.ended_at),
                CompletedLesson: (CompletedLesson.id, CompletedLesson.account_id),
            }.items()
        }


def _account_id(world: World, email: str) -> UUID:
    with world.database.read() as session:
        return session.scalars(select(Account.id).filter_by(email=email)).one()


def test_r15_an_old_account_is_merged_by_logging_in_through_skolon(licensed: World) -> None:
    browser = _old_account(licensed)

    proved = _prove(browser)
    preview = browser.get("/settings/merge").text
    merge_id = _merged(browser)

    assert proved.headers["location"].endswith("/settings/merge")
    assert "Bråk; Procent" in preview
    assert "7A, Ekbackaskolan" in preview
    assert "omar.holm@exempelstad.example" in preview
    assert "Kontona är ihopslagna" in browser.get(f"/settings/merges/{merge_id}").text
    assert "7A" in browser.get("/").text
    # The new way in leads to the old account, whose name stays, also in the teacher's list.
    assert _who(_skolon_account(licensed)) == _who(_old_account(licensed)) == OLD_NAME
    assert "Omar Holm (gammalt)" in _skolon_account(licensed, "maja").get("/").text


def test_r15_a_skolon_account_is_merged_under_settings(licensed: World) -> None:
    browser = _skolon_account(licensed)
    assert 'href="' in browser.get("/settings").text

    assert _prove_locally(browser).status_code == HTTPStatus.SEE_OTHER
    _merged(browser)

    assert _who(browser) == OLD_NAME
    assert _who(_skolon_account(licensed)) == OLD_NAME
    with licensed.database.read() as session:
        merge = session.scalars(select(Merge)).one()
        events = session.scalars(
            select(AccountEvent.kind)
            .where(AccountEvent.account_id == merge.kept_account_id)
            .order_by(AccountEvent.happened_at)
        ).all()
    assert merge.proved_by == "local"
    assert events[0] == "imported"
    assert events[-1] == "merged"


def test_r15_what_both_have_is_there_once_and_what_one_has_comes_along(licensed: World) -> None:
    _import(licensed, f"maja.forr@gamla.example;Maja;Ek;{ORGANIZATION};;Bråk|Vikt;2024-01-01")
    # Two Skolon accounts in one class, both with lessons.
    elsa, omar = _skolon_account(licensed, "elsa"), _skolon_account(licensed)
    with licensed.database.write() as session:
        for email, lesson in (("elsa.akerlund@", "Bråk"), ("omar.holm@", "Bråk")):
            account = session.scalars(select(Account).where(Account.email.startswith(email))).one()
            session.add(
                CompletedLesson(
                    account_id=account.id, lesson=lesson, completed_at=account.created_at
                )
            )
    _prove(elsa, "omar")
    _merged(elsa)
    _prove_locally(elsa, "maja.forr@gamla.example")
    _merged(elsa)

    with licensed.database.read() as session:
        kept = session.scalars(
            select(Account).where(Account.email == "maja.forr@gamla.example")
        ).one()
        lessons = session.scalars(select(CompletedLesson.lesson).filter_by(account_id=kept.id))
        open_places = session.scalars(
            select(Placement).filter_by(account_id=kept.id).where(Placement.ended_at.is_(None))
        ).all()
        issuers = session.scalars(select(Identity.issuer).filter_by(account_id=kept.id)).all()
        placements = session.scalars(select(Placement.account_id)).all()
    assert sorted(lessons) == ["Bråk", "Vikt"]
    assert len(open_places) == 1
    assert set(placements) == {kept.id}
    assert sorted(issuers) == ["local", "skolon-mock", "skolon-mock"]
    assert omar.get("/settings").status_code == HTTPStatus.SEE_OTHER


def test_r15_the_browser_goes_on_under_a_new_token_and_others_of_the_new_account_end(
    licensed: World,
) -> None:
    browser, elsewhere = _skolon_account(licensed), _skolon_account(licensed)
    old_elsewhere = _old_account(licensed)
    _prove_locally(browser)
    before = browser.cookies.get("partner_session")

    _merged(browser)

    assert browser.cookies.get("partner_session") != before
    stale = licensed.browser()
    stale.cookies.set("partner_session", before or "", path=f"/s/{licensed.name}")
    assert [_who(one) for one in (browser, old_elsewhere, elsewhere, stale)] == [
        OLD_NAME,
        OLD_NAME,
        "",
        "",
    ]


def test_r14_an_old_account_is_open_to_nobody_elses_email_after_a_merge(licensed: World) -> None:
    """Its own person has come from Skolon: who has the address later is somebody else."""
    elsa = "elsa.akerlund@exempelstad.example"
    _import(licensed, f"{elsa};Elsa;Före;{ORGANIZATION};;;2024-01-01")
    browser = _old_account(licensed, elsa)
    _prove(browser, "omar")
    _merged(browser)

    other = _skolon_account(licensed, "elsa")

    with licensed.database.read() as session:
        accounts = session.scalars(select(Account).where(Account.email == elsa)).all()
    assert len(accounts) == 2
    assert "Elsa Åkerlund" in other.get("/settings").text


@pytest.mark.parametrize("way", ["skolon", "local"])
def test_r15_a_proof_is_good_for_ten_minutes_of_the_clock(licensed: World, way: str) -> None:
    browser = _old_account(licensed) if way == "skolon" else _skolon_account(licensed)
    _prove(browser) if way == "skolon" else _prove_locally(browser)
    pair = _previewed(browser)
    licensed.move_clock(advance_by="PT10M1S")

    answer = browser.post("/settings/merge", data=pair, headers=JSON)

    assert _problem(answer) == (HTTPStatus.FORBIDDEN, "proof_expired")
    page = browser.get("/settings/merge").text
    assert "mer än tio minuter" in page
    assert _previewed(browser) == {}


def test_r15_nothing_is_merged_without_a_proof(licensed: World) -> None:
    browser = _old_account(licensed)
    _skolon_account(licensed)
    pair = {
        "kept": str(_account_id(licensed, OLD)),
        "merged": str(_account_id(licensed, "omar.holm@exempelstad.example")),
    }
    before = _state(licensed)

    answer = browser.post("/settings/merge", data=pair, headers=JSON)
    nobody = licensed.browser().post("/settings/merge", data=pair, headers=JSON)

    assert _problem(answer) == (HTTPStatus.FORBIDDEN, "no_proof")
    assert _problem(nobody) == (HTTPStatus.FORBIDDEN, "not_logged_in")
    assert _state(licensed) == before


def test_r15_a_merge_cannot_be_played_again(licensed: World) -> None:
    browser = _old_account(licensed)
    _prove(browser)
    pair, token = _previewed(browser), browser.cookies.get("partner_session") or ""
    _merged(browser)
    after = _state(licensed)

    again = browser.post("/settings/merge", data=pair, headers=JSON)
    stale = licensed.client(headers=JSON)
    stale.cookies.set("partner_session", token, path=f"/s/{licensed.name}")
    with_old_token = stale.post("/settings/merge", data=pair)

    assert _problem(again) == (HTTPStatus.CONFLICT, "already_merged")
    assert _problem(with_old_token) == (HTTPStatus.FORBIDDEN, "not_logged_in")
    assert _state(licensed) == after


def test_r15_only_the_accounts_of_the_preview_are_merged(licensed: World) -> None:
    browser, third = _old_account(licensed), str(uuid4())
    _prove(browser)
    pair = _previewed(browser)
    before = _state(licensed)

    swapped = {"kept": pair["merged"], "merged": pair["kept"]}
    for changed in (swapped, {"merged": third}, {"kept": third}):
        answer = _merge(browser, **changed)
        assert _problem(answer) == (HTTPStatus.CONFLICT, "merge_changed")
    malformed = _merge(browser, kept="x")
    missing = browser.post("/settings/merge", headers=JSON)

    assert malformed.status_code == missing.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert _state(licensed) == before


def test_r15_an_account_is_not_merged_with_itself(licensed: World) -> None:
    old, new = _old_account(licensed), _skolon_account(licensed)

    by_email = _prove_locally(old)
    by_skolon = _prove(new)

    for answer in (by_email, by_skolon):
        assert answer.status_code == HTTPStatus.CONFLICT
        assert "Det är samma konto" in answer.text
    assert _previewed(old) == _previewed(new) == {}


def test_r15_a_cancelled_merge_leaves_no_proof_and_no_change(licensed: World) -> None:
    browser = _old_account(licensed)
    _prove(browser)
    pair, before = _previewed(browser), _state(licensed)

    cancelled = browser.post("/settings/merge/cancel")

    assert cancelled.headers["location"].endswith("/settings")
    assert _problem(browser.post("/settings/merge", data=pair, headers=JSON))[1] == "no_proof"
    assert _state(licensed) == before


def test_a_proof_is_refused_like_any_login_and_leaves_the_session_alone(licensed: World) -> None:
    browser = _old_account(licensed)

    without_email = _prove(browser, "lo")

    assert without_email.status_code == HTTPStatus.FORBIDDEN
    assert "Du saknar e-postadress i Skolon" in without_email.text
    assert _who(browser) == OLD_NAME
    assert _previewed(browser) == {}


def test_a_proof_is_for_the_session_that_asked(licensed: World) -> None:
    browser = _old_account(licensed)
    browser.post("/oauth/log-out")
    authorize = browser.post("/sso/prove").headers["location"]
    callback = browser.post(authorize, data={"persona": "omar"}).headers["location"]
    browser.post("/logout")
    _import(licensed, "another@gamla.example;Någon;Annan;;;;")
    _log_in_locally(browser, "another@gamla.example")

    answer = browser.get(callback)

    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert "Du är inte inloggad" in answer.text
    assert _who(browser) == "Någon Annan"
    assert _previewed(browser) == {}


def test_whoever_is_unknown_to_the_partner_gets_an_account_with_the_proof(licensed: World) -> None:
    browser = _old_account(licensed)

    assert _prove(browser, "iris").headers["location"].endswith("/settings/merge")

    assert _account_id(licensed, "iris.oberg@exempelstad.example")
    assert len(_previewed(browser)) == 2


def test_r15_a_merge_across_organizations_is_warned_of_and_recorded(licensed: World) -> None:
    internal_tool(licensed).put("/api/v1/organizations/5560360793", json={"name": "Friskolan"})
    _import(licensed, "olof@fri.example;Olof;Fri;5560360793;;;2024-01-01")
    browser = _old_account(licensed, "olof@fri.example")
    _prove(browser)

    page = browser.get("/settings/merge").text
    merge_id = _merged(browser)

    assert "Olika huvudmän" in page
    answer = internal_tool(licensed).get(f"/api/v1/merges/{merge_id}").json()
    assert answer["across_organizations"] is True
    assert answer["proved_by"] == "skolon"
    assert answer["moved"] == {"identities": 1, "placements": 1, "lessons": 0}


def test_an_account_that_is_forgotten_meanwhile_is_merged_with_nobody(licensed: World) -> None:
    browser = _old_account(licensed)
    _prove(browser)
    pair = _previewed(browser)
    gone = internal_tool(licensed).delete(f"/api/v1/accounts/{pair['merged']}")
    assert gone.status_code == HTTPStatus.NO_CONTENT

    answer = browser.post("/settings/merge", data=pair, headers=JSON)

    assert _problem(answer) == (HTTPStatus.FORBIDDEN, "no_proof")
    assert _who(browser) == OLD_NAME


def test_r15_support_undoes_a_merge_and_everything_is_as_before(licensed: World) -> None:
    browser, elsewhere = _skolon_account(licensed), _old_account(licensed)
    _prove_locally(browser)
    before = _state(licensed)
    merge_id = _merged(browser)
    # A login through Skolon gives the kept account the email that is told there.
    assert _who(_skolon_account(licensed)) == OLD_NAME
    assert _state(licensed) != before

    answer = internal_tool(licensed).post(f"/api/v1/merges/{merge_id}/undo")

    assert answer.json()["undone_by"] == "support key internal tools", answer.text
    assert _state(licensed) == before
    assert [_who(one) for one in (browser, elsewhere)] == ["", ""]
    assert _who(_old_account(licensed)) == OLD_NAME
    assert _who(_skolon_account(licensed)) == NEW_NAME


def test_an_undone_merge_opens_the_place_that_both_had(licensed: World) -> None:
    browser = _skolon_account(licensed, "elsa")
    _prove(browser, "omar")
    before = _state(licensed)
    merge_id = _merged(browser)

    internal_tool(licensed).post(f"/api/v1/merges/{merge_id}/undo")

    assert _state(licensed) == before


def test_an_undone_merge_gives_back_what_is_still_there(licensed: World) -> None:
    browser = _old_account(licensed)
    _prove(browser)
    merge_id = _merged(browser)
    kept_id = _account_id(licensed, OLD)
    with licensed.database.write() as session:
        # Somebody forgot the class, and the kept account did another lesson.
        placement = session.scalars(select(Placement).filter_by(account_id=kept_id)).one()
        placement.account_id, placement.ended_at = None, placement.placed_at
        session.add(
            CompletedLesson(account_id=kept_id, lesson="Ny", completed_at=placement.placed_at)
        )

    assert internal_tool(licensed).post(f"/api/v1/merges/{merge_id}/undo").is_success

    with licensed.database.read() as session:
        assert session.scalars(select(Placement.account_id)).all() == [None]
        lesson = session.scalars(select(CompletedLesson).filter_by(lesson="Ny")).one()
        assert lesson.account_id == kept_id


def test_a_merge_is_undone_once_within_thirty_days_and_by_whoever_may(licensed: World) -> None:
    browser = _old_account(licensed)
    _prove(browser)
    merge_id = _merged(browser)
    client, path = internal_tool(licensed), f"/api/v1/merges/{merge_id}/undo"

    anonymous = licensed.client().post(path)
    unknown = client.post(f"/api/v1/merges/{uuid4()}/undo")
    malformed = client.post("/api/v1/merges/1/undo")
    first, second = client.post(path), client.post(path)

    assert anonymous.status_code == HTTPStatus.UNAUTHORIZED
    assert _problem(unknown) == (HTTPStatus.NOT_FOUND, "unknown_merge")
    assert malformed.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert first.status_code == HTTPStatus.OK
    assert _problem(second) == (HTTPStatus.CONFLICT, "merge_undone")
    assert client.get(f"/api/v1/merges/{uuid4()}").status_code == HTTPStatus.NOT_FOUND


def test_a_merge_is_not_undone_after_thirty_days(licensed: World) -> None:
    browser = _old_account(licensed)
    _prove(browser)
    merge_id = _merged(browser)
    # The job that deletes what is left after that runs beside this, so the merge ages instead.
    with licensed.database.write() as session:
        session.get_one(Merge, merge_id).merged_at -= UNDOABLE_FOR

    answer = internal_tool(licensed).post(f"/api/v1/merges/{merge_id}/undo")

    assert _problem(answer) == (HTTPStatus.CONFLICT, "merge_too_old")


def test_merges_are_undone_from_the_last_one_back(licensed: World) -> None:
    _import(licensed, "oldest@gamla.example;Omar;Äldst;;;;2020-01-01")
    browser = _skolon_account(licensed)
    before = _state(licensed)
    _prove_locally(browser)
    first = _merged(browser)
    _prove_locally(browser, "oldest@gamla.example")
    second = _merged(browser)
    client = internal_tool(licensed)

    too_early = client.post(f"/api/v1/merges/{first}/undo")

    assert _problem(too_early) == (HTTPStatus.CONFLICT, "later_merge_stands")
    assert client.post(f"/api/v1/merges/{second}/undo").is_success
    assert client.post(f"/api/v1/merges/{first}/undo").is_success
    assert _state(licensed) == before


def _at_once(*calls: Any) -> list[Any]:  # noqa: ANN401, functions that return responses
    with ThreadPoolExecutor(len(calls)) as together:
        return [future.result() for future in [together.submit(call) for call in calls]]


def _post_merge(browser: TestClient, pair: dict[str, str]) -> Any:  # noqa: ANN401, a response
    return browser.post("/settings/merge", data=pair, headers=JSON)


def test_r15_two_browsers_that_merge_the_same_two_accounts_do_it_once(licensed: World) -> None:
    old, new = _old_account(licensed), _skolon_account(licensed)
    _prove(old)
    _prove_locally(new)
    pair = _previewed(old)
    assert _previewed(new) == pair

    answers = _at_once(*[lambda one=one: _post_merge(one, pair) for one in (old, new) * 4])

    statuses = sorted(answer.status_code for answer in answers)
    assert statuses.count(HTTPStatus.SEE_OTHER) == 1, statuses
    assert set(statuses) <= {303, 403, 409}
    refused = {_problem(each)[1] for each in answers if each.status_code != HTTPStatus.SEE_OTHER}
    assert refused <= {"already_merged", "not_logged_in", "no_proof"}
    with licensed.database.read() as session:
        assert len(session.scalars(select(Merge)).all()) == 1


def test_r15_an_account_is_merged_with_two_others_at_once_one_after_the_other(
    licensed: World,
) -> None:
    """A into B, and B into C: both, or one and a clear answer; never a login into a ruin."""
    _import(licensed, "oldest@gamla.example;Omar;Äldst;;;;2020-01-01")
    a, b = _skolon_account(licensed), _old_account(licensed)
    _prove_locally(a)
    _prove_locally(b, "oldest@gamla.example")
    pairs = _previewed(a), _previewed(b)

    answers = _at_once(lambda: _post_merge(a, pairs[0]), lambda: _post_merge(b, pairs[1]))

    refused = [each for each in answers if each.status_code != HTTPStatus.SEE_OTHER]
    assert len(refused) <= 1
    assert {_problem(each)[1] for each in refused} <= {"already_merged", "not_logged_in"}
    with licensed.database.read() as session:
        live = set(session.scalars(select(Account.id).where(Account.merged_into_id.is_(None))))
        assert set(session.scalars(select(Identity.account_id))) <= live
        sessions = session.scalars(select(BrowserSession.account_id)).all()
        assert {one for one in sessions if one} <= live


def test_r15_logins_that_meet_a_merge_end_in_the_kept_account(licensed: World) -> None:
    browser = _old_account(licensed)
    _prove(browser)
    pair = _previewed(browser)
    others = [licensed.browser() for _ in range(4)]

    answers = _at_once(
        lambda: _post_merge(browser, pair),
        *[lambda one=one: log_in(one, "omar") for one in others],
    )

    assert {answer.status_code for answer in answers} == {HTTPStatus.SEE_OTHER}
    with licensed.database.read() as session:
        kept = UUID(pair["kept"])
        assert set(session.scalars(select(Placement.account_id))) == {kept}
        assert set(session.scalars(select(Identity.account_id))) == {kept}
        open_places = select(Placement).where(Placement.ended_at.is_(None))
        assert len(session.scalars(open_places).all()) == 1


def test_a_merge_is_undone_many_times_at_once_but_once(licensed: World) -> None:
    browser = _old_account(licensed)
    _prove(browser)
    before = _state(licensed)
    merge_id = _merged(browser)

    answers = _at_once(
        *[lambda: internal_tool(licensed).post(f"/api/v1/merges/{merge_id}/undo")] * 6
    )

    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 5]
    assert _state(licensed) == before


def test_an_old_account_logs_in_by_email_alone_and_says_so(licensed: World) -> None:
    browser = licensed.browser()

    page = browser.get("/login").text
    answer = _log_in_locally(browser, f" {OLD.upper()} ")

    assert "utan lösenord" in page
    assert OLD in page
    assert answer.status_code == HTTPStatus.SEE_OTHER
    assert _who(browser) == OLD_NAME


def test_in_production_nobody_logs_in_by_email_alone(tmp_path: Path) -> None:
    production = Settings(
        mode=Mode.PRODUCTION,
        data_directory=tmp_path,
        skolon_client_id="a-real-client",
        skolon_client_secret=SecretStr("a-real-secret"),
        signing_key=SecretStr("a-real-key"),
        log_level="error",
    )

    with TestClient(create_app(production), base_url="http://localhost") as client:
        answers = [
            client.get("/login"),
            client.post("/login", data={"email": OLD}),
            client.post("/settings/merge/local", data={"email": OLD}),
        ]
        start = client.get("/", headers={"Accept": "text/html"})

    assert {one.status_code for one in answers} == {HTTPStatus.NOT_FOUND}
    assert "/login" not in start.text.replace("/sso/login", "").replace("/console/login", "")


def test_r14_the_demos_old_account_of_maja_is_kept_at_her_first_login(world: World) -> None:
    assert world.control.post(f"/sandboxes/{world.name}/reset", json={"seed": "demo"}).is_success
    license_school(world, "Ekbackaskolan")

    page = _skolon_account(world, "maja").get("/settings").text

    assert "behölls när du loggade in med Skolon" in page
    assert "Bråk; Procent; Vikt och volym" in page
    assert page.index("kontot skapades") < page.index("inläst") < page.index("behölls när")


@pytest.mark.parametrize("email", ["nobody@gamla.example", "", "x", "a\x00@b.example", "x" * 300])
def test_an_email_without_an_old_account_logs_in_to_nothing(licensed: World, email: str) -> None:
    browser = licensed.browser()

    answer = browser.post("/login", data={"email": email}, headers=JSON)

    assert answer.status_code in (HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY)
    assert not email or email not in answer.text
    assert "partner_session" not in browser.cookies


def test_a_person_from_skolon_has_no_login_by_email(licensed: World) -> None:
    _skolon_account(licensed)

    answer = _log_in_locally(licensed.browser(), "omar.holm@exempelstad.example")

    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert "Det gick inte att logga in" in answer.text


def test_forms_of_other_sites_neither_log_in_nor_merge(licensed: World) -> None:
    browser = _old_account(licensed)
    _prove(browser)
    pair, evil = _previewed(browser), {"Origin": "https://evil.example"}

    for path, form in (
        ("/login", {"email": OLD}),
        ("/settings/merge", pair),
        ("/settings/merge/local", {"email": OLD}),
        ("/settings/merge/cancel", {}),
        ("/settings/language", {"language": "en"}),
        ("/sso/prove", {}),
    ):
        answer = browser.post(path, data=form, headers=evil)
        assert answer.status_code == HTTPStatus.FORBIDDEN, path
    assert _previewed(browser) == pair


def test_settings_are_of_whoever_is_logged_in(licensed: World) -> None:
    nobody, browser = licensed.browser(), _skolon_account(licensed)

    for path in ("/settings", "/settings/merge", f"/settings/merges/{uuid4()}"):
        answer = nobody.get(path)
        assert answer.status_code == HTTPStatus.SEE_OTHER
        assert answer.headers["location"].endswith(f"/s/{licensed.name}/")
    assert "Exempelstads kommun" in browser.get("/settings").text
    _prove_locally(browser)
    merge_id = _merged(browser)
    foreign = _skolon_account(licensed, "maja").get(f"/settings/merges/{merge_id}")
    assert foreign.status_code == HTTPStatus.NOT_FOUND
    assert OLD not in foreign.text


def test_everybody_can_download_what_is_held_on_them_and_nobody_else(licensed: World) -> None:
    _skolon_account(licensed, "maja")
    browser = _old_account(licensed)

    answer = browser.get("/settings/export")

    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.json()["account"]["email"] == OLD
    assert {one["lesson"] for one in answer.json()["lessons"]} == {"Bråk", "Procent"}
    assert "Maja" not in answer.text
    assert licensed.browser().get("/settings/export").status_code == HTTPStatus.SEE_OTHER


def test_a_language_is_kept_with_the_account(licensed: World) -> None:
    browser = _old_account(licensed)

    chosen = browser.post("/settings/language", data={"language": "en"})
    page = browser.get(chosen.headers["location"])
    wrong = browser.post("/settings/language", data={"language": "fi"})

    assert "<h1>Settings</h1>" in page.text
    assert "<h1>Settings</h1>" in browser.get("/settings").text
    assert wrong.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    with licensed.database.read() as session:
        assert session.scalars(select(Account.language).filter_by(email=OLD)).one() == "en"
    answer = licensed.browser().post("/settings/language", data={"language": "en"})
    assert answer.status_code == HTTPStatus.FORBIDDEN
