"""The pages on which people follow a login or a license request step by step."""

from datetime import UTC
from typing import Annotated, Any, cast
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app import pages
from app.sandboxes import traces
from app.sandboxes.api import Text
from app.sandboxes.journal import Journal
from app.sandboxes.traces.wording import COMPANIES, FACTS, KINDS, VALUES, WHAT

TRACES_PER_PAGE = 30

router = APIRouter(tags=["traces"])


@router.get("/traces", name="sandboxes:traces_page", include_in_schema=False)
def list_traces(
    request: Request,
    find: Annotated[Text, Query()] = "",
    before: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
) -> Response:
    if find.strip():
        # An address of this world: whatever was looked for is one step of it.
        path = f"{request.url_for('sandboxes:traces_page').path}/{quote(find.strip(), safe='')}"
        return RedirectResponse(path, 303)
    journal = _journal(request)
    with journal.database.read() as session:
        found = traces.newest(session, TRACES_PER_PAGE + 1, before=before)
    return _page(
        request,
        "sandboxes/traces.html",
        traces=found[:TRACES_PER_PAGE],
        next_before=found[TRACES_PER_PAGE - 1].last if len(found) > TRACES_PER_PAGE else None,
        before=before,
    )


@router.get("/traces/{trace}", name="sandboxes:trace_page", include_in_schema=False)
def read_trace(request: Request, trace: Text) -> HTMLResponse:
    journal = _journal(request)
    with journal.database.read() as session:
        found = traces.read(session, trace)
        return _page(request, "sandboxes/trace.html", trace=found)


def _journal(request: Request) -> Journal:
    journal = cast("Journal", request.state.journal)
    journal.settle()
    return journal


def _page(
    request: Request,
    template: str,
    **context: Any,  # noqa: ANN401, whatever the template shows
) -> HTMLResponse:
    return pages.page(
        request,
        template,
        utc=UTC,
        sandbox=request.state.sandbox,
        companies=COMPANIES,
        kinds=KINDS,
        what=WHAT,
        facts=FACTS,
        values=VALUES,
        **context,
    )
