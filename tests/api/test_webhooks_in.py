"""The partner's webhooks when it asks for a signature; the rest of them is in test_forgetting."""

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from starlette.testclient import TestClient

from app.main import create_app
from app.partner.models import Identity
from app.settings import Settings
from app.skolon.domain.webhooks import secret_of
from app.skolon.webhook_sender import secret_text
from tests.conftest import ADMIN_KEY, World
from tests.contract.receiver import wait_until
from tests.contract.webhooks import sent, settled
from tests.factories import accounts_from_skolon, license_school, log_in

SIGNING_KEY = "a signing key of these tests"
SECRET = secret_text(secret_of(SIGNING_KEY.encode(), Settings().skolon_client_id))


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[World]:
    """A world whose partner takes webhooks of Skolon alone; Elsa and Omar have logged in."""
    app = create_app(
        Settings(
            data_directory=tmp_path,
            signing_key=SecretStr(SIGNING_KEY),
            webhook_secret=SecretStr(SECRET),
            admin_key=SecretStr(ADMIN_KEY),
            log_level="error",
        )
    )
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    with TestClient(app, base_url="http://localhost", headers=headers) as control:
        made = control.post("/sandboxes", json={"name": "guarded", "seed": "demo"})
        assert made.status_code == HTTPStatus.CREATED, made.text
        world = World("guarded", app, control, app.sandboxes.open("guarded").database)
        license_school(world, "Ekbackaskolan")
        for persona in ("elsa", "omar"):
            log_in(world.browser(), persona)
        yield world


def test_a_partner_with_a_secret_forgets_whom_skolon_says_and_nobody_else_does(
    guarded: World,
) -> None:
    with guarded.database.read() as session:
        subject = session.scalars(select(Identity.subject).filter_by(issuer="skolon-mock")).first()
    refused = [
        guarded.client(headers).post(f"/webhooks/skolon{path}", json={"userId": subject})
        for headers in ({}, {"X-Skolon-Secret": "whsec_guessed"}, {"webhook-signature": "v1,AA=="})
        for path in ("", "/remove-user", "/remove-class")
    ]
    unsigned = sent(guarded, "POST", "/webhooks", {
        "client_id": Settings().skolon_client_id, "kind": "remove-user", "id": subject,
    })  # fmt: skip
    wait_until(lambda: sent(guarded, "GET", f"/webhooks/{unsigned['id']}")["attempts"])
    before = accounts_from_skolon(guarded)

    for signature, persona in (("standard_webhooks", "elsa"), ("shared_secret", "omar")):
        sent(guarded, "PATCH", "/switches", {"webhook_signature": signature})
        sent(guarded, "DELETE", f"/users/{persona}")

    settled(guarded)
    wait_until(lambda: not accounts_from_skolon(guarded))
    assert {answer.status_code for answer in refused} == {HTTPStatus.UNAUTHORIZED}
    assert all(answer.headers["www-authenticate"] for answer in refused)
    attempts = sent(guarded, "GET", f"/webhooks/{unsigned['id']}")["attempts"]
    assert attempts[0]["status"] == HTTPStatus.UNAUTHORIZED
    assert len(before) == 2
