"""The demo world: invented organizations, schools and people, the same in every sandbox."""

from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.settings import Settings
from app.skolon.demo.characters import (
    CHARACTERS,
    FREE,
    FREE_SCHOOL,
    MAIN,
    NO_CODE,
    OWNERS,
    POOL_SCHOOL,
    TOWN,
    UNKNOWN_CODE,
    UNLICENSED,
)
from app.skolon.demo.licensed import populate_licensed
from app.skolon.demo.people import CLASSES, PUPILS_IN_A_CLASS, add_people, pupils_of
from app.skolon.demo.rows import BEGINNING, add_records, uuid_of
from app.skolon.demo.trials import TRIALS, populate_trials
from app.skolon.domain.oauth import hashed
from app.skolon.domain.rosters import UnitKind
from app.skolon.models import (
    Approval,
    Organization,
    RedirectUri,
    School,
    SchoolAdministrator,
    SchoolUnitCode,
    Tool,
)

__all__ = ["BEGINNING", "CHARACTERS", "TRIALS", "populate", "populate_licensed", "populate_trials"]


def populate(session: Session, settings: Settings) -> None:
    """Fill Skolon's tables; there are no requests and no licenses yet, the story begins here."""
    add_records(session, Organization, _organizations())
    add_records(session, School, _schools())
    session.execute(
        insert(SchoolUnitCode),
        [
            {"school_id": uuid_of(school), "code": code, "added_at": BEGINNING}
            for school, code in (
                (MAIN, "10000001"),
                (UNKNOWN_CODE, "10009999"),
                (UNLICENSED, "10000003"),
                (FREE_SCHOOL, "10000011"),
            )
        ],
    )
    add_people(session, CHARACTERS, pupils_of(MAIN, CLASSES, PUPILS_IN_A_CLASS))
    session.add(SchoolAdministrator(user_id=uuid_of("stina"), school_id=uuid_of(MAIN)))
    _add_tool(session, settings)


def _organizations() -> list[dict[str, Any]]:
    return [
        {"key": TOWN, "name": TOWN, "number": "2990000016", "short_code": "SK-4F7Q2",
         "municipality": "Exempelstad"},
        {"key": FREE, "name": FREE, "number": "5990010018", "short_code": "SK-9B3XK",
         "municipality": "Exempelstad"},
    ]  # fmt: skip


def _schools() -> list[dict[str, Any]]:
    return [
        {
            "key": school,
            "name": school,
            "organization_id": uuid_of(owner),
            "kind": UnitKind.PRESCHOOL if school == NO_CODE else UnitKind.SCHOOL,
        }
        for school, owner in OWNERS.items()
        if school != POOL_SCHOOL
    ]


def _add_tool(session: Session, settings: Settings) -> None:
    tool = Tool(
        id=uuid_of("tool"),
        name=settings.partner_name,
        provider=settings.partner_name,
        external_id="skolonmock-demo-tool",
        description_sv="Läromedel från en påhittad installation av partnern.",
        description_en="Learning material from an invented installation of the partner.",
        client_id=settings.skolon_client_id,
        secret_hash=hashed(settings.skolon_client_secret.get_secret_value()),
        launch_url="/sso/login",
        # Not told of edits: the partner fetches them when somebody logs in (R3).
        remove_user_url="/webhooks/skolon/remove-user",
        remove_class_url="/webhooks/skolon/remove-class",
    )
    session.add(tool)
    session.flush()
    session.add(RedirectUri(tool_id=tool.id, uri="/sso/callback"))
    session.add(Approval(organization_id=uuid_of(TOWN), tool_id=tool.id, approved_at=BEGINNING))
