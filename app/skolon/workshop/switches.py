"""The switches of a sandbox: where each stands, and on what its default rests."""

from itertools import groupby
from operator import attrgetter
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import ValidationError

from app import pages
from app.control import may_control, steers
from app.dependencies import Database
from app.skolon import switches
from app.skolon.browser import go
from app.skolon.domain.errors import NoSuchPositionError
from app.skolon.schemas.switches import Switches, SwitchesOut, defaults, described

router = APIRouter(prefix="/switches")


@router.get("", name="skolon:switches", response_model=SwitchesOut)
def list_switches(
    request: Request, database: Database, may_turn: Annotated[bool, Depends(steers)]
) -> Any:  # noqa: ANN401, a page or JSON
    """List every switch with where it stands, its positions, and why its default is so."""
    with database.read() as session:
        found = described(switches.read(session))
    if not pages.wants_html(request):
        return found
    return pages.page(
        request,
        "skolon/switches.html",
        groups=[(name, [*group]) for name, group in groupby(found.switches, attrgetter("group"))],
        without_switch=found.without_switch,
        may_turn=may_turn,
    )


@router.patch("", name="skolon:change_switches", dependencies=[Depends(may_control)])
def change_switches(changes: Switches, database: Database) -> SwitchesOut:
    """Set the switches that are given; the others stay."""
    with database.write() as session:
        return described(switches.change(session, changes))


@router.delete("", name="skolon:reset_switches", dependencies=[Depends(may_control)])
def reset_switches(database: Database) -> SwitchesOut:
    """Put every switch back to its default."""
    with database.write() as session:
        switches.reset(session)
    return described(defaults())


async def _form(request: Request) -> dict[str, str]:
    async with request.form() as form:
        # A file is no position, whatever is in it.
        return {name: text if isinstance(text, str) else "" for name, text in form.items()}


@router.post("", name="skolon:set_switches", dependencies=[Depends(may_control)])
def set_switches(
    request: Request, database: Database, form: Annotated[dict[str, str], Depends(_form)]
) -> Response:
    """Set switches from the page, and come back to the first of them; numbers come as text."""
    try:
        changes = Switches.model_validate_strings(form)
    except ValidationError as error:
        raise NoSuchPositionError from error
    with database.write() as session:
        switches.change(session, changes)
    return go(request, f"/skolon/switches#{next(iter(form), '')}")
