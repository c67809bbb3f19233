"""Forgetting people: Skolon's webhooks, the partner's staff, and what is left afterwards."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from http import HTTPStatus
from threading import Thread
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.clock import system_clock
from app.database import Base
from app.partner import retention
from app.partner.models import (
    Account,
    BrowserSession,
    CompletedLesson,
    Identity,
    LoginAttempt,
    Merge,
    Placement,
    SchoolClass,
)
from app.skolon.models import Group, Persona, User
from tests.conftest import World
from tests.contract.receiver import wait_until
from tests.contract.webhooks import owed, sent
from tests.factories import callback_of, internal_tool, license_school, log_in

FORGETTING = "/webhooks/skolon/remove-user"
LONG_AGO = datetime(2025, 1, 7, 9, 41, 26, tzinfo=UTC)


@pytest.fixture
def licensed(world: World) -> World:
    """A world in which Ekbackaskolan has its license, and three people have logged in."""
    license_school(world, "Ekbackaskolan")
    for persona in ("elsa", "omar", "maja"):
        assert log_in(world.browser(), persona).status_code == HTTPStatus.SEE_OTHER
    return world


def _skolon_id(world: World, persona: str) -> str:
    with world.database.read() as session:
        of_persona = select(User.public_id).join(Persona).where(Persona.key == persona)
        return session.scalars(of_persona).one()


def _account_id(world: World, persona: str) -> UUID:
    with world.database.read() as session:
        of_subject = select(Identity.account_id).where(
            Identity.subject == _skolon_id(world, persona)
        )
        return session.scalars(of_subject).one()


def _traces(world: World, persona: str) -> list[str]:
    """Return what any row may hold that leads to a person: names, addresses and ids."""
    with world.database.read() as session:
        user = session.scalars(select(User).join(Persona).where(Persona.key == persona)).one()
        account_id = _account_id(world, persona)
        return [
            user.first_name,
            user.last_name,
            str(user.email),
            user.username,
            user.public_id,
            str(user.id),
            user.id.hex,
            str(account_id),
            account_id.hex,
        ]


def _dump(world: World, *, with_skolon: bool = False) -> str:
    """Return every row of the tables of the partner and the sandbox as text."""
    world.app.sandboxes.open(world.name).journal.flush()
    apart = ("register_",) if with_skolon else ("register_", "skolon_")
    with world.database.read() as session:
        return "\n".join(
            str(tuple(row))
            for name, table in Base.metadata.tables.items()
            if not name.startswith(apart) or name == "skolon_messages"
            for row in session.execute(select(table))
        )


def _found(traces: list[str], dump: str) -> list[str]:
    return [trace for trace in traces if trace.lower() in dump.lower()]


def _merge_with_old_account(world: World, persona: str) -> list[str]:
    """Import an account, merge the persona's into it, and return what leads to either."""
    old = f"{persona}@hemma.example"
    rows = (
        "email;first_name;last_name;organization_number;language;completed_lessons;created_on",
        f"{old};{persona.title()};Hemgren-{persona};;sv;Bråk|Procent;2024-08-19",
    )
    imported = internal_tool(world).post(
        "/api/v1/accounts/import",
        content="\n".join(rows).encode(),
        headers={"Content-Type": "text/csv"},
    )
    assert imported.json()["added"] == 1, imported.text
    merged_id = _account_id(world, persona)
    browser = world.browser()
    browser.post("/login", data={"email": old})
    authorize = browser.post("/sso/prove").headers["location"]
    browser.get(browser.post(authorize, data={"persona": persona}).headers["location"])
    preview = browser.get("/settings/merge").text
    ids = {
        name: re.findall(rf'name="{name}" value="([\w-]+)"', preview)[0]
        for name in ("kept", "merged")
    }
    done = browser.post("/settings/merge", data=ids)
    assert done.status_code == HTTPStatus.SEE_OTHER, done.text
    assert ids == {"kept": str(_account_id(world, persona)), "merged": str(merged_id)}
    return [old, f"Hemgren-{persona}", *ids.values()]


def _by_webhook(world: World, persona: str) -> None:
    answer = world.client().post(FORGETTING, json={"userId": _skolon_id(world, persona)})
    assert answer.status_code == HTTPStatus.OK, answer.text
    assert answer.json() == {"removed": True}


def _by_staff(world: World, persona: str) -> None:
    answer = internal_tool(world).delete(f"/api/v1/accounts/{_account_id(world, persona)}")
    assert answer.status_code == HTTPStatus.NO_CONTENT, answer.text


def _by_time(world: World, persona: str) -> None:
    with world.database.write() as session:
        session.get_one(Account, _account_id(world, persona)).last_used_at = LONG_AGO
    kept_for = retention.Retention(timedelta(days=365))
    retention.let_go_of_everything_due(world.database, kept_for, system_clock)


@pytest.mark.parametrize("forget", [_by_webhook, _by_staff, _by_time])
def test_nothing_of_a_forgotten_person_is_left_in_any_row_and_the_others_are_all_there(
    licensed: World, forget: Callable[[World, str], None]
) -> None:
    old = {persona: _merge_with_old_account(licensed, persona) for persona in ("elsa", "omar")}
    browser = licensed.browser()
    log_in(browser, "omar")
    with licensed.database.write() as session:
        # Omar's browser has proved to control Elsa's account.
        theirs = select(BrowserSession).where(
            BrowserSession.account_id == _account_id(licensed, "omar")
        )
        for visit in session.scalars(theirs):
            visit.proved_account_id = _account_id(licensed, "elsa")
            visit.proved_at, visit.proved_by = visit.last_used_at, "skolon"
    of_elsa = _traces(licensed, "elsa") + old["elsa"]
    of_omar = _traces(licensed, "omar") + old["omar"]
    before = _dump(licensed)

    forget(licensed, "elsa")

    after = _dump(licensed)
    known = {"Elsa", "Åkerlund", "elsa.akerlund@exempelstad.example", *old["elsa"]}
    assert known <= set(_found(of_elsa, before))
    assert _found(of_elsa, after) == []
    assert _found(of_omar, after) == _found(of_omar, before) != []
    assert "Omar" in browser.get("/").text
    with licensed.database.read() as session:
        proofs = session.scalars(select(BrowserSession.proved_account_id)).all()
        assert set(proofs) == {None}


def test_of_a_forgotten_person_only_the_class_the_role_and_the_days_stay(licensed: World) -> None:
    with licensed.database.read() as session:
        of_elsa = select(Placement).where(Placement.account_id == _account_id(licensed, "elsa"))
        placed = session.scalars(of_elsa).one()

    _by_webhook(licensed, "elsa")

    with licensed.database.read() as session:
        left = session.get_one(Placement, placed.id)
        assert left.account_id is None
        assert left.school_class_id == placed.school_class_id
        assert left.role == "student"
        assert left.ended_at is not None
        for instant in (left.placed_at, left.ended_at):
            assert instant.astimezone(UTC).time() == time()
        assert abs(left.placed_at - placed.placed_at) < timedelta(days=1)


def test_r3_a_forgotten_student_is_gone_from_the_class_list_and_the_browser_is_logged_out(
    licensed: World,
) -> None:
    teacher, student = licensed.browser(), licensed.browser()
    log_in(teacher, "maja")
    log_in(student, "elsa")
    before = teacher.get("/").text

    _by_staff(licensed, "elsa")

    assert "Elsa" in before
    assert "Elsa" not in teacher.get("/").text
    assert "Omar" in teacher.get("/").text
    assert "7A" not in student.get("/").text


def test_somebody_forgotten_who_logs_in_again_is_new_and_has_nothing_of_before(
    licensed: World,
) -> None:
    _merge_with_old_account(licensed, "elsa")
    before = _account_id(licensed, "elsa")
    _by_webhook(licensed, "elsa")

    log_in(licensed.browser(), "elsa")

    after = _account_id(licensed, "elsa")
    assert after != before
    with licensed.database.read() as session:
        newest = session.scalars(
            select(LoginAttempt.outcome).order_by(LoginAttempt.attempted_at.desc())
        ).first()
        assert newest == "first_login"
        lessons = select(CompletedLesson).where(CompletedLesson.account_id == after)
        assert session.scalars(lessons).all() == []


def test_forgetting_twice_is_as_good_as_once_by_webhook_and_not_found_by_staff(
    licensed: World,
) -> None:
    account_id, skolon_id = _account_id(licensed, "elsa"), _skolon_id(licensed, "elsa")
    staff = internal_tool(licensed)

    answers = [licensed.client().post(FORGETTING, json={"userId": skolon_id}) for _ in range(2)]
    unknown = licensed.client().post(FORGETTING, json={"userId": "nobody"})
    again = staff.delete(f"/api/v1/accounts/{account_id}")

    assert {answer.status_code for answer in (*answers, unknown)} == {HTTPStatus.OK}
    assert {answer.text for answer in (*answers, unknown)} == {'{"removed":true}'}
    assert again.status_code == HTTPStatus.NOT_FOUND
    assert again.json()["type"] == "/problems/unknown_account"


def test_a_merged_away_account_is_forgotten_through_the_one_that_was_kept(licensed: World) -> None:
    _merge_with_old_account(licensed, "elsa")
    kept_id = _account_id(licensed, "elsa")
    with licensed.database.read() as session:
        merged_id = session.scalars(select(Merge.merged_account_id)).one()
    staff = internal_tool(licensed)

    refused = staff.delete(f"/api/v1/accounts/{merged_id}")
    answer = staff.delete(f"/api/v1/accounts/{refused.json()['kept_account_id']}")

    assert refused.status_code == HTTPStatus.NOT_FOUND
    assert refused.json()["type"] == "/problems/merged_account"
    assert refused.json()["kept_account_id"] == str(kept_id)
    assert answer.status_code == HTTPStatus.NO_CONTENT
    with licensed.database.read() as session:
        assert session.get(Account, merged_id) is None
        assert session.get(Account, kept_id) is None


@pytest.mark.parametrize("key", ["classId", "groupId"])
def test_a_forgotten_class_has_no_name_and_nobody_in_it_in_any_year_and_its_people_stay(
    licensed: World, key: str
) -> None:
    with licensed.database.write() as session:
        group = session.scalars(
            select(Group).join(SchoolClass, SchoolClass.skolon_id == Group.public_id)
        ).one()
        now = session.scalars(select(SchoolClass)).one()
        before = SchoolClass(
            school_id=now.school_id, skolon_id=group.public_id, school_year="2024/25", name="6A"
        )
        session.add(before)
        session.flush()
        session.add(
            Placement(
                account_id=_account_id(licensed, "elsa"),
                school_class_id=before.id,
                role="student",
                placed_at=LONG_AGO,
                ended_at=LONG_AGO + timedelta(days=150),
            )
        )
        class_id = group.public_id
    _merge_with_old_account(licensed, "omar")
    teacher = licensed.browser()
    log_in(teacher, "maja")

    answers = [
        licensed.client().post(
            "/webhooks/skolon/remove-class", json={key: class_id, "groupUuid": str(uuid4())}
        )
        for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [HTTPStatus.OK] * 2
    assert class_id not in _dump(licensed)
    assert "Omar" not in teacher.get("/").text
    with licensed.database.read() as session:
        classes = session.execute(select(SchoolClass.skolon_id, SchoolClass.name)).all()
        placements = session.scalars(select(Placement)).all()
        assert [tuple(row) for row in classes] == [(None, "")] * 2
        assert {placement.account_id for placement in placements} == {None}
        assert all(placement.ended_at is not None for placement in placements)
        moved = session.scalars(select(Merge.moved)).one()
        assert moved["placements"] == moved["ended_placements"] == []
        assert moved["identities"] != []
    assert [_account_id(licensed, persona) for persona in ("elsa", "omar", "maja")]


@pytest.mark.parametrize("path", ["", "/remove-user", "/remove-class"])
def test_a_body_that_is_no_json_object_is_answered_400(world: World, path: str) -> None:
    client = world.client()

    for body in (b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b"9" * 10_000):
        answer = client.post(f"/webhooks/skolon{path}", content=body)

        assert answer.status_code == HTTPStatus.BAD_REQUEST, body[:10]
        assert answer.json()["status"] == HTTPStatus.BAD_REQUEST


def test_a_missing_or_hostile_id_is_answered_400_without_repeating_it_and_forgets_nobody(
    licensed: World,
) -> None:
    client = licensed.client()
    hostile = (None, 7, "", ["a"], {"a": 1}, "a" * 201, "a\x00b", "a\n", "' OR 1=1 --", "%", "å")

    for name in ("id", "userId", "classId", "groupId"):
        for each in hostile if name != "id" else ("elsa",):
            for path in ("remove-user", "remove-class"):
                answer = client.post(f"/webhooks/skolon/{path}", json={name: each})

                assert answer.status_code == HTTPStatus.BAD_REQUEST, (path, each)
                assert "OR 1=1" not in answer.text
    assert [_account_id(licensed, persona) for persona in ("elsa", "omar", "maja")]


def test_r3_hearing_of_edits_changes_nothing(licensed: World) -> None:
    before = _dump(licensed)

    answer = licensed.client().post("/webhooks/skolon", json={"entities": ["user", "group"]})

    assert answer.status_code == HTTPStatus.OK
    assert answer.json() == {"received": True}
    accounts = [line for line in _dump(licensed).splitlines() if "exempelstad.example" in line]
    assert [line for line in before.splitlines() if "exempelstad.example" in line] == accounts


def test_who_is_deleted_at_skolon_is_forgotten_by_the_partner_and_by_skolon_itself(
    licensed: World,
) -> None:
    of_elsa, of_omar = _traces(licensed, "elsa"), _traces(licensed, "omar")
    ids = set(of_elsa[4:6])
    before = _dump(licensed, with_skolon=True)

    # Not by its key: the journal shows what the test environment calls somebody.
    removed = sent(licensed, "DELETE", f"/users/{of_elsa[5]}")
    wait_until(lambda: not owed(licensed))

    after = _dump(licensed, with_skolon=True)
    assert removed["webhooks"] == 1
    assert set(_found(of_elsa, before)) > ids
    assert _found(of_elsa, _dump(licensed)) == []
    # By its small letters the test environment knows whom one could be; it is no name.
    assert {trace for trace in of_elsa if trace in after} <= ids
    assert _found(of_omar, after) == _found(of_omar, before)


def test_a_class_that_is_deleted_at_skolon_is_forgotten_by_the_partner(licensed: World) -> None:
    with licensed.database.read() as session:
        class_id = session.scalars(select(SchoolClass.skolon_id)).one()

    removed = sent(licensed, "DELETE", f"/groups/{class_id}")
    wait_until(lambda: not owed(licensed))

    assert removed["webhooks"] == 1
    with licensed.database.read() as session:
        assert session.scalars(select(SchoolClass.name)).one() == ""


def test_logins_while_the_person_is_forgotten_end_gone_or_new_and_never_in_between(
    licensed: World,
) -> None:
    subject = _skolon_id(licensed, "elsa")
    browsers = [licensed.browser() for _ in range(6)]
    callbacks = [callback_of(browser, "elsa") for browser in browsers]
    statuses: list[int] = []

    def come_back(number: int) -> None:
        statuses.append(browsers[number].get(callbacks[number]).status_code)

    def forget() -> None:
        statuses.append(licensed.client().post(FORGETTING, json={"userId": subject}).status_code)

    threads = [Thread(target=come_back, args=(number,)) for number in range(len(browsers))]
    threads[2:2] = [Thread(target=forget)]
    threads.append(Thread(target=forget))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert len(statuses) == len(threads)
    assert set(statuses) <= {HTTPStatus.SEE_OTHER, HTTPStatus.OK}
    with licensed.database.read() as session:
        elsa = session.scalars(select(Account).where(Account.first_name == "Elsa")).all()
        identities = session.scalars(select(Identity).where(Identity.subject == subject)).all()
        assert len(elsa) == len(identities) <= 1
        assert [identity.account_id for identity in identities] == [one.id for one in elsa]
        open_places = session.scalars(
            select(Placement.account_id).where(Placement.ended_at.is_(None))
        ).all()
        assert len(open_places) == 2 + len(elsa)
        assert None not in open_places
    log_in(licensed.browser(), "elsa")
    assert _account_id(licensed, "elsa")


def test_every_table_that_refers_to_accounts_is_one_that_forgetting_knows() -> None:
    referring = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if any(key.column.table.name == "accounts" for key in column.foreign_keys)
    }

    assert referring == {
        "accounts.merged_into_id",
        "account_events.account_id",
        "browser_sessions.account_id",
        "browser_sessions.proved_account_id",
        "completed_lessons.account_id",
        "identities.account_id",
        "merges.kept_account_id",
        "merges.merged_account_id",
        "placements.account_id",
    }
