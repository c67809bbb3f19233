"""Registering and changing tools in a browser, as vendors do in the real partner portal."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from app import pages
from app.control import may_control
from app.dependencies import Database, Settings
from app.skolon import tools
from app.skolon.browser import go, read_form
from app.skolon.domain.oauth import SCOPES
from app.skolon.schemas import Text
from app.skolon.schemas.tools import ToolChange, ToolIn
from app.skolon.workshop.tools import tool_out

router = APIRouter(prefix="/tool-forms", dependencies=[Depends(may_control)])


async def _fields(
    name: Annotated[Text, Form()],
    launch_url: Annotated[Text, Form()],
    provider: Annotated[Text, Form()] = "",
    external_id: Annotated[Text, Form()] = "",
    redirect_uris: Annotated[Text, Form()] = "",
    scopes: Annotated[Text, Form()] = "",
    data_edits_url: Annotated[Text, Form()] = "",
    remove_user_url: Annotated[Text, Form()] = "",
    remove_class_url: Annotated[Text, Form()] = "",
) -> dict[str, object]:
    return {
        "name": name,
        "launch_url": launch_url,
        "provider": provider,
        "external_id": external_id,
        "redirect_uris": redirect_uris.split(),
        "scopes": scopes.split(),
        # Left empty, the tool is told nothing of the kind.
        "data_edits_url": data_edits_url or None,
        "remove_user_url": remove_user_url or None,
        "remove_class_url": remove_class_url or None,
    }


Fields = Annotated[dict[str, object], Depends(_fields)]


@router.get("", name="skolon:new_tool")
def new_tool(request: Request) -> Response:
    return pages.page(request, "skolon/tool.html", tool=None, scopes=SCOPES, secret=None)


@router.post("", name="skolon:register_tool_in_browser")
def register_tool(
    request: Request,
    fields: Fields,
    database: Database,
    settings: Settings,
    client_id: Annotated[Text, Form()] = "",
) -> Response:
    """Register a tool; this page is the only one that shows its secret."""
    asked = read_form(ToolIn, fields | {"client_id": client_id})
    with database.write() as session:
        made, secret = tools.register(session, asked)
        tool = tool_out(made, list(asked.redirect_uris), settings)
    return pages.page(request, "skolon/tool.html", tool=tool, scopes=SCOPES, secret=secret)


@router.get("/{client_id}", name="skolon:tool_form")
def show_tool(
    client_id: Text, request: Request, database: Database, settings: Settings
) -> Response:
    with database.read() as session:
        tool = tool_out(*tools.read(session, client_id), settings)
    return pages.page(request, "skolon/tool.html", tool=tool, scopes=SCOPES, secret=None)


@router.post("/{client_id}", name="skolon:change_tool_in_browser")
def change_tool(client_id: Text, request: Request, fields: Fields, database: Database) -> Response:
    # A name cannot be empty, nor a provider: what is left empty stays as it was.
    asked = read_form(ToolChange, fields)
    with database.write() as session:
        tools.change(session, client_id, asked)
    return go(request, "/skolon/tools")


@router.post("/{client_id}/secret", name="skolon:renew_secret_in_browser")
def renew_secret(
    client_id: Text, request: Request, database: Database, settings: Settings
) -> Response:
    """Give the tool a new secret, which this page alone shows; the old one is void at once."""
    with database.write() as session:
        secret = tools.renew_secret(session, client_id)
        tool = tool_out(*tools.read(session, client_id), settings)
    return pages.page(request, "skolon/tool.html", tool=tool, scopes=SCOPES, secret=secret)
