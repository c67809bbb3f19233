"""Skolverket's API v2 as its clients know it, oddities included."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from http import HTTPStatus
from typing import Any, get_args
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from app import problems
from app.dependencies import Clock
from app.skolverket import api, refusals

NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
EVERY_STATUS = ["AKTIV", "VILANDE", "UPPHORT", "PLANERAD"]
TOWN = "2990000016"
Query = str | int | list[str]
statuses = st.sets(st.sampled_from(EVERY_STATUS), min_size=1)


def application() -> FastAPI:
    async def frozen_clock() -> Callable[[], datetime]:
        return lambda: NOW

    app = FastAPI()
    problems.install(app, refusals.answer_in_json)
    app.include_router(api.router)
    app.dependency_overrides[get_args(Clock)[1].dependency] = frozen_clock
    return app


@cache
def client() -> TestClient:
    return TestClient(application(), base_url="http://register.example")


def get(path: str, **query: Query) -> dict[str, Any]:
    """Return the answer's JSON; a list becomes a repeated key."""
    answer = client().get(f"/skolenhetsregistret/v2{path}", params=query)
    assert answer.status_code == HTTPStatus.OK, answer.text
    assert answer.headers["content-type"] == "application/json"
    told = answer.json()
    assert isinstance(told, dict)
    return told


def rows(path: str, **query: Query) -> list[dict[str, Any]]:
    found = get(path, **query)["data"]["attributes"]
    assert isinstance(found, list)
    return found


def codes(**query: Query) -> set[str]:
    return {row["schoolUnitCode"] for row in rows("/school-units", **query)}


def unit(code: str, **query: Query) -> dict[str, Any]:
    attributes = get(f"/school-units/{code}", **query)["data"]["attributes"]
    assert isinstance(attributes, dict)
    return attributes


@cache
def sample() -> list[dict[str, Any]]:
    """Return every hundredth unit, of all statuses."""
    every = rows("/school-units", status=EVERY_STATUS)
    return [get(f"/school-units/{row['schoolUnitCode']}") for row in every[::100]]


def test_a_list_row_has_three_fields_only() -> None:
    listed = get("/school-units")

    assert listed.keys() == {"meta", "data"}
    assert listed["data"].keys() == {"type", "attributes"}
    assert listed["data"]["type"] == "schoolunit"
    assert listed["data"]["attributes"][0] == {
        "schoolUnitCode": "10000001",
        "name": "Ekbackaskolan F-6",
        "status": "AKTIV",
    }


def test_the_whole_register_comes_in_one_answer() -> None:
    listed = rows("/school-units", limit=10, offset=5, page=2)

    assert len(listed) > 10_000


def test_an_unfiltered_list_holds_active_and_dormant_units_only() -> None:
    assert {row["status"] for row in rows("/school-units")} == {"AKTIV", "VILANDE"}


@settings(max_examples=10, deadline=None)
@given(statuses)
def test_a_repeated_status_asks_for_each_of_them(asked: set[str]) -> None:
    together = codes(status=sorted(asked))

    one_by_one = [codes(status=status) for status in sorted(asked)]
    assert together == set().union(*one_by_one)
    assert len(together) == sum(map(len, one_by_one))


def test_a_municipality_is_asked_for_by_its_code_with_the_leading_zero() -> None:
    stockholm = codes(municipality_code="0180")

    assert {unit(code)["municipalityCode"] for code in sorted(stockholm)[:20]} == {"0180"}
    assert codes(municipality_code="180") == set()


def test_an_organizer_is_asked_for_by_ten_digits_without_a_hyphen() -> None:
    assert codes(organization_number="5990010018") == {"10000011"}
    assert codes(organization_number="599001-0018") == set()


def test_two_organizers_can_be_asked_for_at_once() -> None:
    found = codes(organization_number=[TOWN, "5990010018"], status=EVERY_STATUS)

    assert found == {f"100000{number:02d}" for number in (1, 2, 3, 4, 5, 6, 7, 8, 9, 11)}


def test_a_unit_with_one_of_the_school_types_is_listed() -> None:
    found = codes(organization_number=TOWN, school_type=["FKLASS", "GY"])

    assert found == {"10000001", "10000004", "10000006"}


def test_central_units_are_asked_for_by_type() -> None:
    assert codes(organization_number=TOWN, school_unit_type="CENTRAL") == {"10000008"}


def test_filters_are_all_true_at_once() -> None:
    found = codes(municipality_code="1880", school_type="GR", status="UPPHORT")

    assert "10000005" in found
    assert {unit(code)["status"] for code in found} == {"UPPHORT"}


@settings(max_examples=10, deadline=None)
@given(st.dates(date(2012, 1, 1), date(2026, 9, 15)))
def test_the_day_of_the_change_itself_counts_as_after_it(day: date) -> None:
    later = codes(status=EVERY_STATUS, meta_modified_after=day.isoformat())
    strictly_later = codes(
        status=EVERY_STATUS, meta_modified_after=(day + timedelta(days=1)).isoformat()
    )

    assert strictly_later <= later
    for code in sorted(later - strictly_later)[:5]:
        assert get(f"/school-units/{code}")["meta"]["modified"] == day.isoformat()


@pytest.mark.parametrize(
    "path", ["/school-units", "/organizers", "/education-providers", "/contracts"]
)
def test_every_list_can_be_asked_for_changes(path: str) -> None:
    recent = rows(path, meta_modified_after="2026-05-04")

    assert 0 < len(recent) < len(rows(path))
    assert rows(path, meta_modified_after="2026-09-16") == []


def test_a_record_says_all_that_the_real_one_does() -> None:
    record = get("/school-units/10000004")

    assert record.keys() == {"meta", "links", "data", "included"}
    assert record["meta"].keys() == {"extractDate", "created", "modified"}
    assert record["data"].keys() == {"type", "schoolUnitCode", "attributes"}
    assert record["data"]["attributes"].keys() == {
        "displayName", "schoolName", "status", "startdate", "endDate", "municipalityCode",
        "schoolUnitType", "orientationType", "schoolTypes", "schoolTypeProperties", "addresses",
        "url", "email", "phoneNumber", "headMaster", "specialSupportSchool", "hospitalSchool",
        "reportsStudents", "reportsPersonell", "municipalAdultEducationProvidedInternally",
    }  # fmt: skip
    assert record["data"]["attributes"]["addresses"][0].keys() == {
        "type", "careOfAddress", "streetAddress", "postalCode", "locality", "country", "continent",
        "geoCoordinates",
    }  # fmt: skip


def test_the_code_stands_outside_the_attributes() -> None:
    data = get("/school-units/10000001")["data"]

    assert data["schoolUnitCode"] == "10000001"
    assert "schoolUnitCode" not in data["attributes"]


def test_the_organizer_is_included_as_one_object() -> None:
    included = get("/school-units/10000011")["included"]

    assert included == {
        "type": "organizer",
        "organizationNumber": "5990010018",
        "attributes": {
            "displayName": "Friskolan Exempel AB (påhittad)",
            "organizerType": "ENSKILD",
        },
        "links": {
            "href": "http://register.example/skolenhetsregistret/v2/organizers/5990010018",
            "rel": "related",
            "method": "GET",
        },
    }


def test_coordinates_are_strings_and_sweref_has_a_decimal_comma() -> None:
    position = unit("10000001")["addresses"][0]["geoCoordinates"]

    assert (position["latitude"], position["longitude"]) == ("59.271000", "15.212000")
    assert re.fullmatch(r"65[0-9]{5},[0-9]{3}", position["coordinateSweRefN"])
    assert re.fullmatch(r"51[0-9]{4},[0-9]{3}", position["coordinateSweRefE"])


def test_some_addresses_have_no_coordinates() -> None:
    positions = [
        record["data"]["attributes"]["addresses"][-1]["geoCoordinates"] for record in sample()
    ]

    assert any(set(position.values()) == {None} for position in positions)


def test_postal_codes_come_with_a_space_and_without() -> None:
    assert unit("10000001")["addresses"][0]["postalCode"] == "70301"
    assert unit("10000002")["addresses"][0]["postalCode"] == "703 01"


def test_booleans_come_as_booleans_and_as_strings() -> None:
    assert unit("10000001")["hospitalSchool"] is False
    assert unit("10000003")["hospitalSchool"] == "false"


def test_school_type_properties_have_lower_case_keys_for_the_units_own_types() -> None:
    assert unit("10000001")["schoolTypeProperties"] == {"gr": {"grades": list("123456")}}
    assert unit("10000004")["schoolTypeProperties"] == {
        "gy": {"programmes": ["EK", "NA", "SA", "TE"], "csnCode": "04"}
    }
    assert unit("10000009")["schoolTypeProperties"] == {
        "vux": {"schoolTypeParts": ["VUXGR", "VUXGY", "VUXSFI"]}
    }


def test_every_record_of_a_sample_can_be_read() -> None:
    assert len(sample()) > 100


def test_no_record_names_a_person_or_a_real_address_on_the_web() -> None:
    for record in sample():
        told = record["data"]["attributes"]
        host = urlsplit(told["url"]).hostname
        assert host is not None
        assert host.endswith(".example")
        assert told["email"] in (None, f"expeditionen@{host}")
        assert (told["headMaster"] or "Påhittad").startswith("Påhittad")
        for address in told["addresses"]:
            assert (address["careOfAddress"] or "Påhittad").startswith("Påhittad")


def test_some_records_hold_what_a_copy_of_the_register_must_drop() -> None:
    told = [record["data"]["attributes"] for record in sample()]

    assert any(one["headMaster"] for one in told)
    assert any(address["careOfAddress"] for one in told for address in one["addresses"])


def test_a_closed_unit_can_be_read_as_it_was_while_it_was_open() -> None:
    now, then = unit("10000005"), unit("10000005", search_date="2023-01-31")

    assert (now["status"], now["endDate"]) == ("UPPHORT", "2024-06-30")
    assert (then["status"], then["endDate"]) == ("AKTIV", None)


def test_a_record_is_not_found_on_a_day_before_it_was_entered() -> None:
    answer = client().get(
        "/skolenhetsregistret/v2/school-units/10000001", params={"search_date": "2015-12-11"}
    )

    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert unit("10000001", search_date="2015-12-12")["status"] == "AKTIV"


def test_a_planned_unit_stays_planned_on_days_that_the_register_has_not_seen() -> None:
    assert unit("10000007", search_date="2029-01-01") == unit("10000007")
    assert unit("10000007")["status"] == "PLANERAD"


@pytest.mark.parametrize(
    "path",
    [
        "/school-units/10009999",
        "/school-units/10000090",
        "/school-units/1000001",
        "/organizers/2120000142",
        "/education-providers/10000001",
        "/contracts/2990000016/10000001",
        "/schools",
    ],
)
def test_what_is_not_there_is_a_problem_whose_status_is_a_string(path: str) -> None:
    answer = client().get(f"/skolenhetsregistret/v2{path}")

    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": "404",
        "detail": "Uppgiften finns inte i registret.",
    }


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        ("/school-units", "status", "UPPHÖRD"),
        ("/school-units", "school_type", "GRS"),
        ("/school-units", "school_unit_type", "skolenhet"),
        ("/school-units", "meta_modified_after", "igår"),
        ("/organizers", "organizer_type", "STAD"),
        ("/education-providers", "grading_rights", "kanske"),
        ("/school-units/10000001", "search_date", "2026-02-30"),
    ],
)
def test_a_filter_that_does_not_exist_is_a_problem_that_names_it(
    path: str, name: str, value: str
) -> None:
    answer = client().get(f"/skolenhetsregistret/v2{path}", params={name: value})

    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert answer.json() == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": "400",
        "detail": f"Ogiltigt värde för {name}.",
    }


@pytest.mark.parametrize(
    "path",
    [
        "/school-units",
        "/school-units/10000001",
        "/organizers",
        "/organizers/2990000016",
        "/education-providers",
        "/education-providers/10000090",
        "/contracts",
        "/contracts/2990000016/10000090",
    ],
)
def test_every_answer_tells_when_it_was_taken_in_swedish_time(path: str) -> None:
    assert get(path)["meta"]["extractDate"] == "2026-11-24T08:30:00+01:00"


def test_an_organizer_row_has_number_name_and_type() -> None:
    assert {
        "organizationNumber": TOWN,
        "displayName": "Exempelstads kommun (påhittad)",
        "organizerType": "KOMMUN",
    } in rows("/organizers")


def test_organizers_are_asked_for_by_type() -> None:
    found = rows("/organizers", organizer_type=["REGION", "SAME"])

    assert {row["organizerType"] for row in found} == {"REGION", "SAME"}


def test_an_organizers_units_hang_under_schoolunit_in_lower_case() -> None:
    relations = get(f"/organizers/{TOWN}")["data"]["relationships"]

    assert relations.keys() == {"schoolunit", "contract"}
    assert [one["schoolUnitCode"] for one in relations["schoolunit"]["data"]] == [
        f"1000000{number}" for number in range(1, 10)
    ]


def test_a_contracts_units_hang_under_school_unit_with_a_capital() -> None:
    relations = get(f"/contracts/{TOWN}/10000090")["data"]["relationships"]

    assert relations.keys() == {"schoolUnit", "organizer", "educationProvider"}
    assert relations["schoolUnit"]["data"] == [{"type": "schoolunit", "schoolUnitCode": "10000009"}]


def test_a_provider_has_its_grading_right_in_the_singular_in_the_list_alone() -> None:
    listed = {row["educationProviderCode"]: row for row in rows("/education-providers")}
    read = get("/education-providers/10000090")["data"]

    assert listed["10000090"]["gradingRight"] is True
    assert read["attributes"]["gradingRights"] is True
    assert "organizationNumber" in listed["10000090"]
    assert "organizationNumber" not in read["attributes"]


def test_providers_are_asked_for_by_grading_rights() -> None:
    with_rights = rows("/education-providers", grading_rights="true")
    without = rows("/education-providers", grading_rights="false")

    assert len(with_rights) + len(without) == len(rows("/education-providers"))
    assert {row["gradingRight"] for row in without} == {False}


def test_contracts_are_asked_for_by_either_party() -> None:
    by_town = rows("/contracts", organizer_organization_number=TOWN)
    by_provider = rows("/contracts", education_provider_organization_number="5990010026")

    assert [row["educationProviderCode"] for row in by_town] == ["10000090"]
    assert [row["status"] for row in by_town] == ["aktiv"]
    assert by_town[0] in by_provider


def test_every_link_leads_somewhere() -> None:
    hrefs = _hrefs(
        [
            get("/school-units/10000009"),
            get(f"/organizers/{TOWN}"),
            get("/education-providers/10000090"),
            get(f"/contracts/{TOWN}/10000090"),
        ]
    )

    assert len(hrefs) > 10
    assert {client().get(href).status_code for href in hrefs} == {HTTPStatus.OK}


def test_links_stay_in_the_sandbox_that_was_asked() -> None:
    sandbox = TestClient(application(), "http://register.example", root_path="/s/trial")

    record = sandbox.get("/s/trial/skolenhetsregistret/v2/school-units/10000001").json()

    assert record["links"]["href"] == (
        "http://register.example/s/trial/skolenhetsregistret/v2/school-units/10000001"
    )


def test_the_api_says_that_it_is_a_stand_in() -> None:
    told = get("/api-info")

    assert (told["apiName"], told["apiVersion"]) == ("skolenhetsregistret", "2.0")
    assert (told["apiReleased"], told["apiStatus"]) == ("2024-02-14", "beta")
    assert "påhittade" in told["apiPublisher"]


def test_the_description_documents_lists_and_refusals() -> None:
    described = application().openapi()
    gets = [path["get"] for path in described["paths"].values()]

    assert len(gets) == 9
    assert {status for one in gets for status in one["responses"]} == {"200", "4XX"}
    row = described["components"]["schemas"]["SchoolUnitRow"]
    assert row["properties"].keys() == {"schoolUnitCode", "name", "status"}


def _hrefs(answer: object) -> set[str]:
    if isinstance(answer, list):
        return set().union(*map(_hrefs, answer))
    if isinstance(answer, dict):
        own = {answer["href"]} if "href" in answer else set()
        return own.union(*map(_hrefs, answer.values()))
    return set()
