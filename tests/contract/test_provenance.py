"""Every path and field of Skolon's OpenAPI document says how sure it is, and a page shows it."""

import json
from collections import Counter
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from app.skolon.schemas.claims import Claim, claims, in_words, pieces
from app.skolon.schemas.provenance import Certainty, Provenance
from tests.conftest import World

ROOT = Path(__file__).parents[2]
DOCUMENT: dict[str, Any] = json.loads((ROOT / "openapi" / "skolon.json").read_text("utf-8"))
BY_PLACE = {(each.where, each.part.value, each.field): each for each in claims(DOCUMENT)}


def _unmarked(document: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {
        (piece.where, piece.part.value, piece.field)
        for piece in pieces(document)
        if piece.provenance is None
    }


def _known(where: str, part: str, field: str) -> Claim:
    return BY_PLACE[where, part, field]


def test_every_path_and_field_says_how_sure_it_is() -> None:
    parts = Counter(piece.part.value for piece in pieces(DOCUMENT))

    assert _unmarked(DOCUMENT) == set()
    assert parts["path"] >= 11
    assert parts["parameter"] >= 50
    assert parts["request body"] >= 13
    assert parts["answer"] >= 80
    assert parts["refusal"] >= 50


def test_what_says_nothing_is_found() -> None:
    document = deepcopy(DOCUMENT)
    list_users = document["paths"]["/v2/partner/user"]["get"]
    limit = next(each for each in list_users["parameters"] if each["name"] == "limit")
    schemas = document["components"]["schemas"]
    for silent in (
        list_users,
        limit,
        limit["schema"],
        list_users["responses"]["401"],
        schemas["UserOut"]["properties"]["email"],
        schemas["TokenForm"]["properties"]["code"],
        schemas["UnitCode"]["properties"]["value"],
    ):
        del silent["x-provenance"]
    body = {"application/json": {"schema": {"properties": {"entities": {"type": "array"}}}}}
    unsaid = {"requestBody": {"content": body}, "responses": {}}
    document["webhooks"] = {"data-edits": {"post": unsaid}}

    assert _unmarked(document) == {
        ("GET /v2/partner/user", "path", ""),
        ("GET /v2/partner/user", "parameter", "limit"),
        ("GET /v2/partner/user", "refusal", "401"),
        ("GET /v2/partner/user", "answer", "users[].email"),
        ("POST /oauth/access_token", "request body", "code"),
        ("GET /v1/partner/authenticatedUser/school", "answer", "unitCodes[].value"),
        ("GET /v2/partner/school", "answer", "schools[].unitCodes[].value"),
        ("webhook data-edits", "path", ""),
        ("webhook data-edits", "request body", "entities"),
    }


@pytest.mark.parametrize(
    ("where", "part", "field", "certainty", "observed_in"),
    [
        ("GET /oauth/auth", "path", "", "documented", 4),
        ("GET /oauth/auth", "parameter", "state", "inferred", None),
        ("GET /oauth/auth", "refusal", "500", "documented", None),
        ("POST /oauth/access_token", "answer", "access_token", "observed", 5),
        ("POST /oauth/access_token", "answer", "expires_in", "documented", 3),
        ("POST /oauth/access_token", "refusal", "error", "assumed", None),
        ("GET /v2/partner/user", "path", "", "documented", 4),
        ("GET /v2/partner/user", "parameter", "userId", "observed", 1),
        ("GET /v2/partner/user", "parameter", "userUuid", "assumed", None),
        ("GET /v2/partner/user", "answer", "hasMore", "documented", 3),
        ("GET /v2/partner/user", "answer", "users[].userType", "observed", 4),
        ("GET /v2/partner/user", "answer", "users[].email", "documented", 2),
        ("GET /v2/partner/user", "answer", "users[].schools[].id", "observed", 3),
        ("GET /v2/partner/school", "parameter", "schoolId", None, None),
        ("GET /v2/partner/school", "answer", "schools[].uuid", "observed", 1),
        ("GET /v2/partner/organization", "path", "", "documented", None),
        ("GET /v2/partner/organization", "answer", "organizations", "inferred", None),
        ("GET /v2/partner/organization", "answer", "organizations[].name", "assumed", None),
        ("GET /v2/partner/group", "answer", "groups[].memberships", "observed", 1),
        ("GET /v2/partner/license", "parameter", "ownerSchoolUuid", "observed", 1),
        ("GET /v2/partner/license", "answer", "licenses[].users", "documented", 2),
        ("GET /v2/partner/user/session", "answer", "userUuId", "documented", 1),
        ("GET /v2/partner/user/session", "answer", "schoolId", "documented", None),
        ("webhook data-edits", "path", "", "documented", 1),
        ("webhook data-edits", "request body", "entities", "documented", 1),
        ("webhook remove-user", "path", "", "observed", 1),
        ("webhook remove-user", "request body", "userId", "inferred", None),
        ("webhook remove-user", "request body", "userUuid", "assumed", None),
        ("webhook remove-class", "request body", "classId", "inferred", None),
        ("webhook remove-class", "request body", "groupId", "inferred", None),
        ("GET /v1/partner/authenticatedUser/profile", "path", "", "observed", 1),
        ("GET /v1/partner/authenticatedUser/profile", "answer", "userName", "observed", 1),
        (
            "GET /v1/partner/authenticatedUser/licenses",
            "answer",
            "licenses[].target",
            "observed",
            1,
        ),
        ("GET /v1/partner/authenticatedUser/school", "path", "", "assumed", None),
        (
            "GET /v1/partner/authenticatedUser/groups/{id}/members",
            "answer",
            "members[].userName",
            "assumed",
            None,
        ),
    ],
)
def test_the_numbers_are_those_of_the_sources(
    where: str, part: str, field: str, certainty: str | None, observed_in: int | None
) -> None:
    claim = BY_PLACE.get((where, part, field))

    assert (claim and claim.certainty, claim and claim.observed_in) == (certainty, observed_in)


def test_a_field_is_no_surer_than_what_it_stands_in() -> None:
    in_a_group = _known("GET /v2/partner/group", "answer", "groups[].memberships[].id")
    of_an_organization = _known(
        "GET /v2/partner/organization", "answer", "organizations[].schools[].id"
    )

    assert (in_a_group.certainty, in_a_group.observed_in) == (Certainty.OBSERVED, 1)
    assert (of_an_organization.certainty, of_an_organization.observed_in) == (
        Certainty.ASSUMED,
        None,
    )


def test_all_of_the_partner_portal_is_assumed() -> None:
    of_the_portal = [each for each in claims(DOCUMENT) if " /portal/" in each.where]

    assert len(of_the_portal) > 30
    assert {each.certainty for each in of_the_portal} == {Certainty.ASSUMED}


@pytest.mark.parametrize(
    ("provenance", "sentence"),
    [
        (Provenance(certainty=Certainty.DOCUMENTED), "Documented by Skolon."),
        (
            Provenance(certainty=Certainty.DOCUMENTED, observed_in=4, note="Its shape is not."),
            "Documented by Skolon; observed in 4 clients. Its shape is not.",
        ),
        (Provenance(certainty=Certainty.OBSERVED, observed_in=1), "Observed in 1 client."),
        (Provenance(certainty=Certainty.INFERRED, note="From 1."), "Inferred. From 1."),
        (Provenance(certainty=Certainty.ASSUMED), "Assumed."),
    ],
)
def test_a_reader_of_the_document_is_told_in_words(provenance: Provenance, sentence: str) -> None:
    field = {"description": "What it is.", **provenance.extension()}
    operation = {"description": "Do it.", "responses": {}, **provenance.extension()}
    parameter = {"name": "id", "in": "query", "schema": dict(field), "description": "What it is."}
    document = {"paths": {"/it": {"get": {**operation, "parameters": [parameter]}}}}

    told = in_words(document)["paths"]["/it"]["get"]

    assert told["description"] == f"Do it.\n\n{sentence}"
    assert told["parameters"][0]["description"] == f"What it is. {sentence}"
    assert "parameters" not in operation
    assert operation["description"] == "Do it."


def test_the_committed_document_tells_every_claim_in_words() -> None:
    for piece in pieces(DOCUMENT):
        assert piece.says is not None
        assert piece.says.sentence() in piece.node["description"]


def test_programs_get_the_claims_as_json_and_choose_a_certainty(world: World) -> None:
    every = world.client().get("/skolon/provenance").json()
    inferred = world.client().get("/skolon/provenance?certainty=inferred").json()

    assert every["claims"] == [each.model_dump(mode="json") for each in claims(DOCUMENT)]
    assert every["counts"] == Counter(each["certainty"] for each in every["claims"])
    assert list(every["counts"]) == ["documented", "observed", "inferred", "assumed"]
    assert inferred["counts"] == every["counts"]
    assert {each["certainty"] for each in inferred["claims"]} == {"inferred"}
    assert len(inferred["claims"]) == every["counts"]["inferred"] > 0


def test_a_certainty_that_does_not_exist_is_refused(world: World) -> None:
    assert world.client().get("/skolon/provenance?certainty=certain").status_code == 422
    assert world.browser().get("/skolon/provenance?certainty=certain").status_code == 422


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("sv", ["Hur säkert är det?", "gick inte att läsa", "härlett", "när svaret är nej"]),
        ("en", ["How sure is it?", "could not be read", "inferred", "when refused"]),
    ],
)
def test_people_get_a_page_in_their_language(world: World, language: str, words: list[str]) -> None:
    page = world.browser().get(f"/skolon/provenance?lang={language}")

    assert page.status_code == 200
    assert [word for word in words if word not in page.text] == []
    rows = page.text.count('<th scope="row">')
    assert rows == len(claims(DOCUMENT))
    assert "users[].schools[].id" in page.text


def test_the_page_shows_one_certainty_when_asked(world: World) -> None:
    page = world.browser().get("/skolon/provenance?certainty=inferred&lang=en").text

    assert page.count('<th scope="row">') == sum(
        each.certainty is Certainty.INFERRED for each in claims(DOCUMENT)
    )
    assert 'certainty=inferred" aria-current="true"' in page
    assert "code_challenge" in page
    assert "users[].email" not in page
