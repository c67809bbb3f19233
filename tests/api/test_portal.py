"""Skolon's portal: asking for licenses, assigning them, and what is refused."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from app.main import Service, create_app
from app.partner import models as partner
from app.settings import Settings
from app.skolon.demo import BEGINNING
from app.skolon.domain.licenses import Delivery
from app.skolon.models import License, LicenseRequest, Organization, RequestedSchool, School, User
from tests.conftest import ADMIN_KEY, World
from tests.contract.skolon import CLIENT_ID, authorize, bearing, query_of, redeem
from tests.factories import decided, internal_tool, license_school, portal, send_from_portal

PARTNER = "https://partner.example"


class Partner(httpx.AsyncBaseTransport):
    """Answers as it is told to, and remembers what it was sent."""

    def __init__(self) -> None:
        self.answer: Any = None
        self.asked: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.asked.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        if isinstance(self.answer, httpx.Response):
            return self.answer
        return httpx.Response(201, json=self.answer)


@pytest.fixture(scope="module")
def partner_elsewhere() -> Partner:
    return Partner()


@pytest.fixture(scope="module")
def skolon_alone(settings: Settings, partner_elsewhere: Partner) -> Iterator[Service]:
    elsewhere = settings.model_copy(update={"partner_url": PARTNER})
    app = create_app(elsewhere, network=partner_elsewhere)
    with TestClient(app, base_url="http://localhost"):
        yield app


@pytest.fixture
def alone(skolon_alone: Service, partner_elsewhere: Partner) -> Iterator[World]:
    """A fresh sandbox of Skolon whose partner is elsewhere."""
    partner_elsewhere.answer = {"id": "1", "status": "received", "units": []}
    partner_elsewhere.asked.clear()
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    control = TestClient(skolon_alone, base_url="http://localhost", headers=headers)
    made = control.post("/sandboxes", json={"name": "alone", "seed": "town"})
    assert made.status_code == HTTPStatus.CREATED, made.text
    yield World("alone", skolon_alone, control, skolon_alone.sandboxes.open("alone").database)
    control.delete("/sandboxes/alone")


def _id_of(world: World, school: str) -> str:
    with world.database.read() as session:
        return session.scalars(select(School.public_id).where(School.name == school)).one()


def _ask(world: World, browser: TestClient, *schools: str, **form: Any) -> Any:  # noqa: ANN401
    """Send the form of a new license request; return the answer."""
    filled = {
        "school": [_id_of(world, school) for school in schools],
        "kind": "purchase",
        "wanted_on": "2026-12-01",
    }
    return browser.post("/portal/license-requests", data=filled | form)


def _address(answer: Any) -> str:  # noqa: ANN401, a response
    assert answer.status_code == HTTPStatus.SEE_OTHER, answer.text
    return f"http://localhost{answer.headers['location']}"


def _page(browser: TestClient, answer: Any) -> str:  # noqa: ANN401, a response
    return browser.get(_address(answer)).text


def _count(world: World, table: type[LicenseRequest | partner.LicenseRequest | License]) -> int:
    with world.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def _school_told(world: World, browser: TestClient) -> str:
    """Return the school that a tool is told when this browser goes to it now."""
    code = query_of(browser.get(authorize(world)).headers["location"])["code"]
    token = redeem(world, code).json()["access_token"]
    session = bearing(world, token).get("/v2/partner/user/session").json()
    return str(session["schoolId"])


def _licenses(browser: TestClient, what: str) -> list[str]:
    page = browser.get("/portal/licenses").text
    return re.findall(rf"/portal/licenses/\w+/{what}", page)


def test_r1_a_request_carries_units_codes_numbers_kind_and_date_and_no_person(
    alone: World, partner_elsewhere: Partner
) -> None:
    administrator = portal(alone)

    answer = _ask(alone, administrator, "Tallkottens förskola", "Ekbackaskolan", kind="transfer")

    (asked,) = partner_elsewhere.asked
    request_id = answer.headers["location"].rpartition("/")[2]
    body = json.loads(asked.content)
    assert asked.headers["idempotency-key"] == body["skolon_request_id"] == request_id
    assert asked.headers["authorization"].startswith("Bearer ")
    assert body == {
        "skolon_request_id": request_id,
        "organization": {
            "organization_number": "2990000016",
            "name": "Exempelstads kommun",
            "municipality": "Exempelstad",
        },
        "kind": "transfer",
        "wanted_on": "2026-12-01",
        "units": [
            {
                "skolon_id": _id_of(alone, "Tallkottens förskola"),
                "name": "Tallkottens förskola",
                "unit_kind": "preschool",
                "school_unit_code": None,
                "students": 1,
                "teachers": 0,
                "staff": 1,
            },
            {
                "skolon_id": _id_of(alone, "Ekbackaskolan"),
                "name": "Ekbackaskolan",
                "unit_kind": "school",
                "school_unit_code": "10000001",
                "students": 136,
                "teachers": 4,
                "staff": 0,
            },
        ],
    }


def test_r13_the_page_shows_at_once_how_each_school_stands_and_what_comes_next(
    world: World,
) -> None:
    administrator = portal(world)

    answer = _ask(world, administrator, "Ekbackaskolan", "Solängsskolan", "Tallkottens förskola")

    swedish = _page(administrator, answer)
    english = administrator.get(_address(answer) + "?lang=en").text
    assert "Skolenhetskoden finns i Skolverkets register." in swedish
    assert "Koden finns inte i Skolverkets register." in swedish
    assert "Skolenhetskod saknas." in swedish
    assert "There is no school unit code." in english


def test_r18_the_page_names_the_implementer(world: World) -> None:
    administrator = portal(world)

    page = _page(administrator, _ask(world, administrator, "Ekbackaskolan"))

    with world.database.read() as session:
        implementers = session.execute(select(partner.Implementer.name, partner.Implementer.email))
        assert any(name in page and email in page for name, email in implementers)


def test_all_schools_of_the_organization_can_be_asked_for_at_once(world: World) -> None:
    administrator = portal(world)

    page = _page(administrator, _ask(world, administrator, scope="all"))

    schools = ("Ekbackaskolan", "Solängsskolan", "Tallkottens förskola", "Lindängsskolan")
    assert all(school in page for school in schools)
    assert "Friskolan" not in page


def test_an_empty_date_is_the_day_by_the_sandboxs_clock(world: World) -> None:
    world.move_clock(set_to="2027-03-31T22:30:00Z", allow_backwards=True)
    administrator = portal(world)

    form = administrator.get("/portal/license-requests/new").text
    _ask(world, administrator, "Ekbackaskolan", wanted_on="")

    # In Sweden it is the next day already.
    assert 'value="2027-04-01"' in form
    with world.database.read() as session:
        asked = session.scalars(select(LicenseRequest)).one()
        assert asked.wanted_on.isoformat() == "2027-04-01"


@pytest.mark.parametrize(
    ("form", "status", "words"),
    [
        ({"school": []}, 422, "Ingen skola är vald"),
        ({"school": ["x" * 50]}, 403, "Skolan är inte din"),
        ({"school": ["\x00"]}, 422, ""),
        ({"wanted_on": "den 1 december"}, 422, "Datumet går inte att läsa"),
        ({"wanted_on": "2026-02-30"}, 422, "Datumet går inte att läsa"),
        ({"wanted_on": "2026-13-01"}, 422, "Datumet går inte att läsa"),
        ({"wanted_on": "٢٠٢٦-١٢-٠١"}, 422, "Datumet går inte att läsa"),  # noqa: RUF001, Arabic
        ({"wanted_on": "9999-12-31"}, 422, "Datumet går inte att läsa"),
        ({"wanted_on": "0001-01-01"}, 422, "Datumet går inte att läsa"),
        ({"kind": "gift"}, 422, ""),
        ({"form_id": "1"}, 422, ""),
    ],
)
def test_a_form_that_is_wrong_gets_a_clear_page_and_nothing_is_stored_or_sent(
    alone: World, partner_elsewhere: Partner, form: dict[str, Any], status: int, words: str
) -> None:
    answer = _ask(alone, portal(alone), "Ekbackaskolan", **form)

    assert answer.status_code == status
    assert words in answer.text
    assert _count(alone, LicenseRequest) == 0
    assert partner_elsewhere.asked == []


def test_a_school_of_another_organization_cannot_be_asked_for(
    alone: World, partner_elsewhere: Partner
) -> None:
    for administrator, own, foreign in (
        ("disa", "Ekbackaskolan", "Friskolan Exempel"),
        ("frej", "Friskolan Exempel", "Ekbackaskolan"),
    ):
        answer = _ask(alone, portal(alone, administrator), own, foreign)

        assert answer.status_code == HTTPStatus.FORBIDDEN
        assert "Skolan är inte din" in answer.text
    assert _count(alone, LicenseRequest) == 0
    assert partner_elsewhere.asked == []


def test_without_a_session_nothing_can_be_seen_or_done(alone: World) -> None:
    license_id = "x" * 50
    visitor = alone.browser()
    for path in ("", "/license-requests/new", f"/license-requests/{uuid4()}", "/licenses"):
        answer = visitor.get(f"/portal{path}")

        assert answer.status_code == HTTPStatus.SEE_OTHER
        assert answer.headers["location"] == "/s/alone/portal/log-in"
    for path in (
        f"/license-requests/{uuid4()}/send",
        f"/licenses/{license_id}/assign",
        f"/licenses/{license_id}/withdraw",
    ):
        answer = visitor.post(f"/portal{path}")

        assert answer.status_code == HTTPStatus.FORBIDDEN
        assert "Du är inte inloggad" in answer.text
    assert _ask(alone, visitor, "Ekbackaskolan").status_code == HTTPStatus.FORBIDDEN
    assert _count(alone, LicenseRequest) == 0


def test_the_portal_is_for_administrators(alone: World) -> None:
    teacher = alone.browser()
    teacher.post("/min-samling/log-in", data={"persona": "maja"})

    seen = teacher.get("/portal")
    asked = _ask(alone, teacher, "Ekbackaskolan")
    logged_in = alone.browser().post("/portal/log-in", data={"persona": "maja"})

    assert seen.headers["location"].endswith("/portal/log-in")
    for refused in (asked, logged_in):
        assert refused.status_code == HTTPStatus.FORBIDDEN
        assert "Portalen är för administratörer" in refused.text
    assert "set-cookie" not in logged_in.headers
    assert _count(alone, LicenseRequest) == 0


def test_another_site_can_send_no_form(alone: World, partner_elsewhere: Partner) -> None:
    administrator = portal(alone)
    administrator.headers["Origin"] = "https://evil.example"

    answer = _ask(alone, administrator, "Ekbackaskolan")

    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert _count(alone, LicenseRequest) == 0
    assert partner_elsewhere.asked == []


def test_another_organizations_request_is_not_there(alone: World) -> None:
    location = _address(_ask(alone, portal(alone), "Ekbackaskolan"))
    other = portal(alone, "frej")

    seen, sent = other.get(location), other.post(f"{location}/send")

    assert seen.status_code == sent.status_code == HTTPStatus.NOT_FOUND
    assert "Licensförfrågan finns inte" in seen.text
    assert location.rpartition("/")[2] not in other.get("/portal").text


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(httpx.ConnectError("refused"), "gick inte att nå", id="is unreachable"),
        pytest.param(httpx.RemoteProtocolError("cut"), "gick inte att nå", id="hangs up"),
        pytest.param(httpx.ReadTimeout("slow"), "svarade inte i tid", id="is slow"),
        pytest.param(httpx.Response(500, text="oops"), "tekniska problem", id="breaks"),
        pytest.param(httpx.Response(401), "tog inte emot", id="does not know the key"),
        pytest.param(httpx.Response(302), "tog inte emot", id="sends elsewhere"),
        pytest.param(httpx.Response(201, text="<p>"), "inte att förstå", id="answers a page"),
        pytest.param(httpx.Response(201), "inte att förstå", id="answers nothing"),
        pytest.param([], "inte att förstå", id="answers a list"),
        pytest.param({"id": "1", "status": "ok"}, "inte att förstå", id="leaves the units out"),
        pytest.param(
            {"id": "1", "status": "ok", "units": [], "more": "x" * 1_100_000},
            "inte att förstå",
            id="answers without end",
        ),
    ],
)
def test_what_does_not_reach_the_partner_is_kept_shown_and_sent_again_as_the_same(
    alone: World, partner_elsewhere: Partner, answer: object, words: str
) -> None:
    administrator = portal(alone)
    partner_elsewhere.answer = answer
    sent = _ask(alone, administrator, "Ekbackaskolan")
    failed = _page(administrator, sent)
    partner_elsewhere.answer = {"id": "1", "status": "received", "units": [], "unknown": {"x": 1}}

    again = _page(administrator, administrator.post(f"{_address(sent)}/send"))

    assert words in failed
    assert "Skicka igen" in failed
    assert "Skicka igen" not in again
    first, second = partner_elsewhere.asked
    assert first.content == second.content
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert _count(alone, LicenseRequest) == 1


def test_a_partner_that_drips_its_answer_is_not_waited_for_forever(
    settings: Settings, partner_elsewhere: Partner
) -> None:
    class Dripping(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                await asyncio.sleep(0.01)
                yield b" "

    partner_elsewhere.answer = httpx.Response(201, stream=Dripping())
    hurried = settings.model_copy(update={"partner_url": PARTNER, "request_timeout": 0.1})
    app = create_app(hurried, network=partner_elsewhere)
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    with TestClient(app, base_url="http://localhost", headers=headers) as control:
        control.post("/sandboxes", json={"name": "hurried", "seed": "town"})
        world = World("hurried", app, control, app.sandboxes.open("hurried").database)
        administrator = portal(world)

        page = _page(administrator, _ask(world, administrator, "Ekbackaskolan"))

        control.delete("/sandboxes/hurried")
    assert "svarade inte i tid" in page


def test_a_form_sent_twice_is_one_request(alone: World, partner_elsewhere: Partner) -> None:
    administrator = portal(alone)
    page = administrator.get("/portal/license-requests/new").text
    form_id = re.search(r'name="form_id" value="([\w-]+)"', page)
    assert form_id

    first, second = (
        _ask(alone, administrator, "Ekbackaskolan", form_id=form_id[1]) for _ in range(2)
    )

    assert first.headers["location"] == second.headers["location"]
    assert _count(alone, LicenseRequest) == 1
    assert len(partner_elsewhere.asked) == 1


def test_another_organizations_form_cannot_be_sent_twice(alone: World) -> None:
    form_id = str(uuid4())
    _ask(alone, portal(alone), "Ekbackaskolan", form_id=form_id)

    answer = _ask(alone, portal(alone, "frej"), "Friskolan Exempel", form_id=form_id)

    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert _count(alone, LicenseRequest) == 1


def test_what_was_delivered_is_not_sent_again(alone: World, partner_elsewhere: Partner) -> None:
    administrator = portal(alone)
    location = _address(_ask(alone, administrator, "Ekbackaskolan"))

    administrator.post(f"{location}/send")

    assert len(partner_elsewhere.asked) == 1


def test_a_request_says_the_same_again_after_the_school_has_changed(
    alone: World, partner_elsewhere: Partner
) -> None:
    administrator = portal(alone)
    partner_elsewhere.answer = httpx.ReadTimeout("slow")
    location = _address(_ask(alone, administrator, "Ekbackaskolan"))
    with alone.database.write() as session:
        session.scalars(select(School).filter_by(name="Ekbackaskolan")).one().name = "Ek"
        session.scalars(select(Organization).filter_by(number="2990000016")).one().name = "Stad"

    administrator.post(f"{location}/send")

    first, second = partner_elsewhere.asked
    assert first.content == second.content


def test_the_partner_counts_a_request_once_however_often_it_comes(world: World) -> None:
    administrator = portal(world)
    location = f"http://localhost{send_from_portal(administrator, 'Ekbackaskolan')}"
    with world.database.write() as session:
        session.scalars(select(LicenseRequest)).one().delivery = Delivery.SENDING

    administrator.post(f"{location}/send")

    assert _count(world, partner.LicenseRequest) == 1
    with world.database.read() as session:
        delivery = session.scalars(select(LicenseRequest.delivery)).all()
        assert delivery == [Delivery.DELIVERED]


def test_the_list_tells_which_requests_are_answered(world: World) -> None:
    administrator = portal(world)
    send_from_portal(administrator, "Ekbackaskolan")
    before = administrator.get("/portal").text
    client = internal_tool(world)
    (row,) = client.get("/api/v1/license-requests").json()["license_requests"]

    decided(client, row["id"], "confirm")

    assert "Ej besvarad" in before
    assert "Bekräftad" in administrator.get("/portal").text


def test_r16_licenses_come_when_the_partner_has_activated_them(world: World) -> None:
    administrator = portal(world)
    page = send_from_portal(administrator, "Ekbackaskolan", "Lindängsskolan")
    client = internal_tool(world)
    (row,) = client.get("/api/v1/license-requests").json()["license_requests"]

    decided(client, row["id"], "confirm")
    confirmed = _licenses(administrator, "assign")
    decided(client, row["id"], "activate")

    assert confirmed == []
    assert len(_licenses(administrator, "assign")) == 2
    assert "Tilldela licenserna" in administrator.get(f"http://localhost{page}").text


def test_a_license_is_assigned_once_and_withdrawn_once(world: World) -> None:
    license_school(world, "Ekbackaskolan")
    administrator = portal(world)
    (withdraw,) = _licenses(administrator, "withdraw")
    assign = withdraw.replace("withdraw", "assign")

    twice = administrator.post(assign)
    withdrawn = administrator.post(withdraw)
    withdrawn_twice = administrator.post(withdraw)
    assigned_again = administrator.post(assign)

    assert twice.status_code == withdrawn_twice.status_code == HTTPStatus.CONFLICT
    assert "redan tilldelad" in twice.text
    assert "inte tilldelad" in withdrawn_twice.text
    assert withdrawn.status_code == assigned_again.status_code == HTTPStatus.SEE_OTHER


def test_another_organizations_license_cannot_be_touched(world: World) -> None:
    license_school(world, "Ekbackaskolan")
    (withdraw,) = _licenses(portal(world), "withdraw")

    answer = portal(world, "frej").post(withdraw)

    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert "Licensen finns inte" in answer.text
    assert _licenses(portal(world), "withdraw") == [withdraw]


def test_a_license_that_has_ended_cannot_be_assigned(world: World) -> None:
    license_school(world, "Ekbackaskolan")
    administrator = portal(world)
    (withdraw,) = _licenses(administrator, "withdraw")
    administrator.post(withdraw)
    world.move_clock(advance_by="P400D")
    administrator = portal(world)

    answer = administrator.post(withdraw.replace("withdraw", "assign"))

    assert _licenses(administrator, "assign") == []
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "gått ut" in answer.text


def test_everybody_at_the_school_finds_the_tool_in_their_collection_while_it_is_assigned(
    world: World,
) -> None:
    browser = world.browser()
    browser.post("/min-samling/log-in", data={"persona": "elsa"})
    before = browser.get("/min-samling").text
    license_school(world, "Ekbackaskolan")
    during = browser.get("/min-samling").text
    administrator = portal(world)
    administrator.post(_licenses(administrator, "withdraw")[0])

    after = browser.get("/min-samling").text

    launch = f'href="/s/{world.name}/min-samling/tools/{CLIENT_ID}/open"'
    assert "Här är tomt" in before
    assert launch in during
    assert launch not in after


def test_a_tile_is_gone_after_the_licenses_last_day(world: World) -> None:
    license_school(world, "Ekbackaskolan")
    world.move_clock(advance_by="P400D")
    browser = world.browser()
    browser.post("/min-samling/log-in", data={"persona": "elsa"})

    assert "Här är tomt" in browser.get("/min-samling").text


def test_a_click_on_the_tile_logs_in_without_asking_who(world: World) -> None:
    license_school(world, "Ekbackaskolan")
    browser = world.browser()
    browser.post("/min-samling/log-in", data={"persona": "elsa"})

    authorize = browser.get("/sso/login").headers["location"]
    callback = browser.get(authorize).headers["location"]

    assert browser.get(callback).status_code == HTTPStatus.SEE_OTHER
    assert "Elsa" in browser.get("/").text


def test_tools_are_told_the_school_that_somebody_at_two_schools_chose(world: World) -> None:
    browser = world.browser()
    browser.post("/min-samling/log-in", data={"persona": "ture"})
    chosen = _id_of(world, "Ekbackaskolan")
    before = _school_told(world, browser)

    browser.post("/min-samling/school", data={"school": chosen})

    assert before == _id_of(world, "Lindängsskolan")
    assert _school_told(world, browser) == chosen
    assert f'value="{chosen}" selected' in browser.get("/min-samling").text


def test_nobody_works_at_a_school_that_is_not_theirs(world: World) -> None:
    browser = world.browser()
    browser.post("/min-samling/log-in", data={"persona": "elsa"})
    foreign = _id_of(world, "Friskolan Exempel")

    answer = browser.post("/min-samling/school", data={"school": foreign})
    stranger = world.browser().post("/min-samling/school", data={"school": foreign})

    assert answer.status_code == stranger.status_code == HTTPStatus.FORBIDDEN


def test_what_people_call_themselves_is_text_on_every_page(world: World) -> None:
    with world.database.write() as session:
        disa = session.scalars(select(User).filter_by(first_name="Disa")).one()
        disa.last_name = "<script>alert(1)</script>"
        session.scalars(select(School).filter_by(name="Ekbackaskolan")).one().name = "<b>Ek</b>"
    administrator = portal(world)
    shown = [
        administrator.get("/portal").text,
        administrator.get("/portal/log-in").text,
        administrator.get("/portal/license-requests/new").text,
        _page(administrator, _ask(world, administrator, scope="all")),
    ]

    assert [page for page in shown if "<script>" in page or "<b>Ek" in page] == []
    assert "&lt;b&gt;Ek" in shown[-1]


def test_numbers_are_counted_from_those_who_are_there(world: World) -> None:
    administrator = portal(world)
    with world.database.write() as session:
        for user in session.scalars(select(User).where(User.first_name.in_(("Omar", "Nils")))):
            user.deleted_at = BEGINNING

    _ask(world, administrator, "Ekbackaskolan")

    with world.database.read() as session:
        asked = session.scalars(select(RequestedSchool)).one()
        assert (asked.students, asked.teachers, asked.staff) == (135, 3, 0)
