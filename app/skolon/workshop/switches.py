"""The switches of a sandbox: where each stands, and on what its default rests."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import ValidationError
from sqlalchemy import delete

from app import pages
from app.control import may_control
from app.dependencies import Database
from app.skolon import switches
from app.skolon.browser import go
from app.skolon.models import SwitchPositions
from app.skolon.schemas.switches import Switches, SwitchesOut, defaults, described

router = APIRouter(prefix="/switches")


@router.get("", name="skolon:switches", response_model=SwitchesOut)
def list_switches(request: Request, database: Database) -> Any:  # noqa: ANN401, a page or JSON
    """List every switch with where it stands, its positions, and why its default is so."""
    with database.read() as session:
        found = described(switches.read(session))
    if pages.wants_html(request):
        return pages.page(request, "skolon/switches.html", **dict(found))
    return found


@router.patch("", name="skolon:change_switches", dependencies=[Depends(may_control)])
def change_switches(changes: Switches, database: Database) -> SwitchesOut:
    """Set the switches that are given; the others stay."""
    with database.write() as session:
        return described(switches.change(session, changes))


@router.delete("", name="skolon:reset_switches", dependencies=[Depends(may_control)])
def reset_switches(database: Database) -> SwitchesOut:
    """Put every switch back to its default."""
    with database.write() as session:
        session.execute(delete(SwitchPositions))
        return described(defaults())


async def _form(request: Request) -> Switches:
    """Read a form of the page: the switches on it, numbers as text."""
    sent = {name: value for name, value in (await request.form()).items() if value != ""}
    try:
        return Switches.model_validate(sent)
    except ValidationError as error:
        errors = [{**one, "loc": ("body", *one["loc"])} for one in error.errors()]
        raise RequestValidationError(errors) from error


@router.post("", name="skolon:set_switches", dependencies=[Depends(may_control)])
def set_switches(
    request: Request, database: Database, changes: Annotated[Switches, Depends(_form)]
) -> Response:
    """Set switches from the page."""
    with database.write() as session:
        switches.change(session, changes)
    return go(request, "/skolon/switches")
