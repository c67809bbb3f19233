"""Tools: registered here at once, where the real Skolon takes a form and some days."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from app import pages
from app.control import ControlForbiddenError, may_control, steers
from app.dependencies import Clock, Database, Settings
from app.skolon import tools
from app.skolon.domain import webhooks as rules
from app.skolon.models import Tool
from app.skolon.schemas import Text
from app.skolon.schemas.tools import NewSecret, RegisteredTool, ToolChange, ToolIn, ToolOut
from app.skolon.webhook_sender import secret_text

router = APIRouter(prefix="/tools")
_STEERING = [Depends(may_control)]


@router.get("", name="skolon:tools", response_model=list[ToolOut])
def list_tools(
    request: Request,
    database: Database,
    settings: Settings,
    may_register: Annotated[bool, Depends(steers)],
) -> Any:  # noqa: ANN401, a page or JSON
    is_page = pages.wants_html(request)
    if not (may_register or is_page):
        raise ControlForbiddenError
    # Secrets of webhooks are among it: whoever may not register tools sees none.
    every = []
    if may_register:
        with database.read() as session:
            every = [tool_out(tool, uris, settings) for tool, uris in tools.every(session)]
    if is_page:
        return pages.page(request, "skolon/tools.html", tools=every, may_register=may_register)
    return every


@router.post("", name="skolon:register_tool", status_code=201, dependencies=_STEERING)
def register_tool(asked: ToolIn, database: Database, settings: Settings) -> RegisteredTool:
    """Register a tool; its secret is shown this once."""
    with database.write() as session:
        tool, secret = tools.register(session, asked)
        uris = [*dict.fromkeys(asked.redirect_uris)]
        return RegisteredTool(**dict(tool_out(tool, uris, settings)), client_secret=secret)


@router.get("/{client_id}", name="skolon:tool", dependencies=_STEERING)
def read_tool(client_id: Text, database: Database, settings: Settings) -> ToolOut:
    with database.read() as session:
        return tool_out(*tools.read(session, client_id), settings)


@router.patch("/{client_id}", name="skolon:change_tool", dependencies=_STEERING)
def change_tool(
    client_id: Text, asked: ToolChange, database: Database, settings: Settings
) -> ToolOut:
    """Change what is given; `redirect_uris` and `scopes` replace all there were."""
    with database.write() as session:
        tools.change(session, client_id, asked)
        return tool_out(*tools.read(session, client_id), settings)


@router.post("/{client_id}/secret", name="skolon:renew_secret", dependencies=_STEERING)
def renew_secret(client_id: Text, database: Database) -> NewSecret:
    """Give the tool a new secret; the old one is void at once."""
    with database.write() as session:
        return NewSecret(client_secret=tools.renew_secret(session, client_id))


@router.put(
    "/{client_id}/approvals/{organization}",
    name="skolon:approve_tool",
    status_code=204,
    dependencies=_STEERING,
)
def approve_tool(client_id: Text, organization: Text, database: Database, clock: Clock) -> None:
    """Let the tool fetch people before they log in; the organization by id, uuid or name."""
    with database.write() as session:
        tools.approve(session, client_id, organization, is_given=True, now=clock())


@router.delete(
    "/{client_id}/approvals/{organization}",
    name="skolon:disapprove_tool",
    status_code=204,
    dependencies=_STEERING,
)
def disapprove_tool(client_id: Text, organization: Text, database: Database, clock: Clock) -> None:
    """Take that back: the tool sees only who logs in to it."""
    with database.write() as session:
        tools.approve(session, client_id, organization, is_given=False, now=clock())


def tool_out(tool: Tool, uris: list[str], settings: Settings) -> ToolOut:
    assert settings.signing_key is not None  # noqa: S101, made at the start if not given
    key = settings.signing_key.get_secret_value().encode()
    return ToolOut(
        client_id=tool.client_id,
        name=tool.name,
        provider=tool.provider,
        external_id=tool.external_id,
        launch_url=tool.launch_url,
        redirect_uris=uris,
        scopes=tool.scopes.split(),
        data_edits_url=tool.data_edits_url,
        remove_user_url=tool.remove_user_url,
        remove_class_url=tool.remove_class_url,
        webhook_secret=secret_text(rules.secret_of(key, tool.client_id)),
    )
