"""The page on which a developer reads what the companies were asked, and what was refused why."""

from datetime import UTC
from typing import Annotated, cast

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from app import pages
from app.sandboxes.journal.keeping import Journal
from app.sandboxes.journal.searching import Filters

ENTRIES_PER_PAGE = 50

router = APIRouter(tags=["journal"])


@router.get("/journal", name="sandboxes:journal_page", include_in_schema=False)
def journal(
    request: Request,
    before: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    show: Annotated[str, Query(pattern="^(all|refused)$")] = "all",
) -> HTMLResponse:
    journal = cast("Journal", request.state.journal)
    filters = Filters(before=before, explained=True if show == "refused" else None)
    page = journal.page(filters, ENTRIES_PER_PAGE)
    return pages.page(
        request,
        "sandboxes/journal.html",
        page=page,
        settings=journal.settings(),
        utc=UTC,
        before=before,
        show=show,
        sandbox=request.state.sandbox,
    )
