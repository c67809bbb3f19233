"""The roster: schools, classes and people, the new school year, and what waits for the night."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import ValidationError

from app import pages
from app.dependencies import Clock, Database
from app.skolon import logins
from app.skolon.browser import SessionToken, go
from app.skolon.portal.log_in import administering
from app.skolon.roster_edits import nightly, preview, reading, submit
from app.skolon.schemas.rosters import EDITS, AnyEdit, EditOut, Search

router = APIRouter(prefix="/portal")

_PAGE = 50
# So many stand in a list to choose from.
_CHOICES = 200
_LISTS = {"schools", "groups", "users", "codes"}
# What a page shows after an edit of this.
_SHOWN_AT = {
    "user": "users",
    "email": "users",
    "role": "users",
    "group": "groups",
    "members": "groups",
}


@router.get("/schools", name="skolon:portal_schools")
def list_schools(
    request: Request,
    database: Database,
    clock: Clock,
    token: SessionToken,
    search: Annotated[Search, Query()] = "",
    after: Annotated[Search, Query()] = "",
) -> Response:
    with administering(request, database, token, clock) as (session, administrator):
        return pages.page(
            request,
            "skolon/schools.html",
            administrator=administrator,
            search=search,
            after=after,
            found=reading.schools(session, administrator, search=search, after=after, limit=_PAGE),
        )


@router.get("/schools/{school}", name="skolon:portal_school")
def show_school(
    school: Search,
    request: Request,
    database: Database,
    clock: Clock,
    token: SessionToken,
    search: Annotated[Search, Query()] = "",
    after: Annotated[Search, Query()] = "",
    groups_after: Annotated[Search, Query()] = "",
) -> Response:
    with administering(request, database, token, clock) as (session, administrator):
        return pages.page(
            request,
            "skolon/school.html",
            administrator=administrator,
            search=search,
            after=after,
            groups_after=groups_after,
            school=reading.school(session, administrator, school),
            schools=reading.schools(session, administrator, limit=_CHOICES).schools,
            groups=reading.groups(
                session, administrator, school=school, after=groups_after, limit=_PAGE
            ),
            choices=reading.groups(session, administrator, school=school, limit=_CHOICES).groups,
            people=reading.people(
                session, administrator, school=school, search=search, after=after, limit=_PAGE
            ),
        )


@router.get("/groups/{group}", name="skolon:portal_group")
def show_group(
    group: Search,
    request: Request,
    database: Database,
    clock: Clock,
    token: SessionToken,
    search: Annotated[Search, Query()] = "",
    after: Annotated[Search, Query()] = "",
) -> Response:
    with administering(request, database, token, clock) as (session, administrator):
        return pages.page(
            request,
            "skolon/group.html",
            administrator=administrator,
            search=search,
            after=after,
            group=reading.group(session, administrator, group),
            people=reading.people(
                session, administrator, group=group, search=search, after=after, limit=_PAGE
            ),
        )


@router.get("/users/{user}", name="skolon:portal_user")
def show_user(
    user: Search, request: Request, database: Database, clock: Clock, token: SessionToken
) -> Response:
    with administering(request, database, token, clock) as (session, administrator):
        return pages.page(
            request,
            "skolon/user.html",
            administrator=administrator,
            person=reading.person(session, administrator, user),
            schools=reading.schools(session, administrator, limit=_CHOICES).schools,
        )


@router.get("/roster/rollover", name="skolon:portal_rollover")
def show_rollover(
    request: Request,
    database: Database,
    clock: Clock,
    token: SessionToken,
    schools: Annotated[list[Search] | None, Query()] = None,
) -> Response:
    """Show what a new school year would do to the chosen schools, before it is done."""
    with administering(request, database, token, clock) as (session, administrator):
        return pages.page(
            request,
            "skolon/rollover.html",
            administrator=administrator,
            schools=reading.schools(session, administrator, limit=_CHOICES).schools,
            chosen=schools or [],
            plans=preview(session, administrator, schools, now=clock()).schools if schools else [],
        )


@router.get("/roster/pending", name="skolon:portal_pending_edits")
def show_pending(
    request: Request, database: Database, clock: Clock, token: SessionToken
) -> Response:
    with administering(request, database, token, clock) as (session, administrator):
        return pages.page(
            request,
            "skolon/pending_edits.html",
            administrator=administrator,
            edits=nightly.of_organization(session, administrator),
        )


async def _edit(request: Request) -> AnyEdit:
    """Read the form of an edit, whichever it is."""
    form = await request.form()
    call: dict[str, Any] = {}
    for name in form:
        values = [value for value in form.getlist(name) if isinstance(value, str)]
        if name in _LISTS:
            call[name] = [value for value in values if value]
        else:
            call[name] = values[-1] if values else ""
            if name == "email" and not call[name]:
                call[name] = None
    if call.get("kind") == "split_school" and not call.get("code"):
        call.pop("code", None)
    try:
        return EDITS.validate_python(call)
    except ValidationError as error:
        # Where in the form, without the kind of edit that stands before it.
        raise RequestValidationError(
            [{**each, "loc": ("body", *each["loc"][1:])} for each in error.errors()]
        ) from error


@router.post("/roster/edits", name="skolon:portal_edit_roster")
def edit_roster(
    request: Request,
    edit: Annotated[AnyEdit, Depends(_edit)],
    database: Database,
    clock: Clock,
    token: SessionToken,
) -> Response:
    """Do what a form says, or keep it for the night, and show what became of it."""
    with database.write() as session:
        administrator = logins.portal_user(session, token, now=clock())
        done = submit(session, administrator, edit, now=clock())
    return go(request, _page_after(edit, done))


@router.post("/roster/pending/{edit_id}/forget", name="skolon:portal_forget_edit")
def forget_pending(
    edit_id: UUID, request: Request, database: Database, clock: Clock, token: SessionToken
) -> Response:
    with database.write() as session:
        administrator = logins.portal_user(session, token, now=clock())
        nightly.forget(session, administrator, edit_id)
    return go(request, "/portal/roster/pending")


@router.post("/roster/sync", name="skolon:portal_sync_roster")
def sync_roster(
    request: Request, database: Database, clock: Clock, token: SessionToken
) -> Response:
    """Run tonight's sync now."""
    with database.write() as session:
        administrator = logins.portal_user(session, token, now=clock())
        nightly.apply_all(session, administrator, now=clock())
    return go(request, "/portal/roster/pending")


def _page_after(edit: AnyEdit, done: EditOut) -> str:
    if done.state == "pending":
        return "/portal/roster/pending"
    if edit.kind.startswith("delete_") or edit.kind == "roll_over":
        return "/portal/schools"
    _, _, what = edit.kind.partition("_")
    return f"/portal/{_SHOWN_AT.get(what, 'schools')}/{done.id}"
