"""The roster as programs see and edit it: schools, groups, people, and what waits for night."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.dependencies import Clock, Database
from app.skolon.portal_api.access import A_PAGE, PortalToken, administrator_with
from app.skolon.roster_edits import nightly, preview, reading, submit
from app.skolon.schemas.rosters import (
    AnyEdit,
    Chosen,
    EditOut,
    GroupList,
    GroupShown,
    GroupsOf,
    ListOf,
    PendingList,
    PendingOut,
    PeopleOf,
    PersonDetails,
    PersonList,
    RolloverPreview,
    SchoolList,
    SchoolShown,
    Search,
    Synced,
)

router = APIRouter()


@router.get("/schools", name="skolon:list_own_schools", openapi_extra=A_PAGE)
def list_schools(
    query: Annotated[ListOf, Query()], token: PortalToken, database: Database, clock: Clock
) -> SchoolList:
    """List the administrator's schools, by name."""
    with database.read() as session:
        administrator = administrator_with(session, token, clock)
        return reading.schools(session, administrator, **query.model_dump())


@router.get("/schools/{school}", name="skolon:own_school", openapi_extra=A_PAGE)
def read_school(
    school: Search, token: PortalToken, database: Database, clock: Clock
) -> SchoolShown:
    """Show a school with its codes."""
    with database.read() as session:
        return reading.school(session, administrator_with(session, token, clock), school)


@router.get("/groups", name="skolon:list_own_groups", openapi_extra=A_PAGE)
def list_groups(
    query: Annotated[GroupsOf, Query()], token: PortalToken, database: Database, clock: Clock
) -> GroupList:
    """List classes and teaching groups, by name."""
    with database.read() as session:
        administrator = administrator_with(session, token, clock)
        return reading.groups(session, administrator, **query.model_dump())


@router.get("/groups/{group}", name="skolon:own_group", openapi_extra=A_PAGE)
def read_group(group: Search, token: PortalToken, database: Database, clock: Clock) -> GroupShown:
    """Show a class or group; who is in it, the list of people tells."""
    with database.read() as session:
        return reading.group(session, administrator_with(session, token, clock), group)


@router.get("/users", name="skolon:list_own_users", openapi_extra=A_PAGE)
def list_users(
    query: Annotated[PeopleOf, Query()], token: PortalToken, database: Database, clock: Clock
) -> PersonList:
    """List people, by name."""
    with database.read() as session:
        administrator = administrator_with(session, token, clock)
        return reading.people(session, administrator, **query.model_dump())


@router.get("/users/{user}", name="skolon:own_user", openapi_extra=A_PAGE)
def read_user(user: Search, token: PortalToken, database: Database, clock: Clock) -> PersonDetails:
    """Show a person with their schools and groups."""
    with database.read() as session:
        return reading.person(session, administrator_with(session, token, clock), user)


@router.post("/roster/edits", name="skolon:edit_roster", openapi_extra=A_PAGE)
def edit_roster(asked: AnyEdit, token: PortalToken, database: Database, clock: Clock) -> EditOut:
    """Edit the roster: at once as an administrator does, or with the register's next sync.

    All of an edit is done, or nothing. Tools are told: by new numbers, tombstones and webhooks.
    """
    with database.write() as session:
        administrator = administrator_with(session, token, clock)
        return submit(session, administrator, asked, now=clock())


@router.get("/roster/pending", name="skolon:list_pending_edits", openapi_extra=A_PAGE)
def list_pending(token: PortalToken, database: Database, clock: Clock) -> PendingList:
    """List the edits that wait for the night, and those that did not fit when it came."""
    with database.read() as session:
        administrator = administrator_with(session, token, clock)
        return PendingList(
            edits=[
                PendingOut(
                    id=str(kept.id),
                    kind=kept.kind,
                    call=kept.call,
                    made_at=kept.made_at,
                    due_at=kept.due_at,
                    refusal=kept.refusal,
                    reason=kept.reason,
                )
                for kept in nightly.of_organization(session, administrator)
            ]
        )


@router.delete(
    "/roster/pending/{edit}",
    name="skolon:forget_pending_edit",
    status_code=204,
    openapi_extra=A_PAGE,
)
def forget_pending(edit: UUID, token: PortalToken, database: Database, clock: Clock) -> Response:
    """Take back an edit that waits, or put away one that did not fit."""
    with database.write() as session:
        nightly.forget(session, administrator_with(session, token, clock), edit)
    return Response(status_code=204)


@router.post("/roster/sync", name="skolon:sync_roster", openapi_extra=A_PAGE)
def sync_roster(token: PortalToken, database: Database, clock: Clock) -> Synced:
    """Run tonight's sync of the organization's register now."""
    with database.write() as session:
        administrator = administrator_with(session, token, clock)
        return nightly.apply_all(session, administrator, now=clock())


@router.get("/roster/rollover", name="skolon:preview_rollover", openapi_extra=A_PAGE)
def preview_rollover(
    query: Annotated[Chosen, Query()], token: PortalToken, database: Database, clock: Clock
) -> RolloverPreview:
    """Say what the edit `roll_over` would do now."""
    with database.read() as session:
        administrator = administrator_with(session, token, clock)
        return preview(session, administrator, query.school, now=clock())
