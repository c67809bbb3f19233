"""The page on which a developer reads why Skolon refused what was just tried."""

from datetime import UTC
from typing import Annotated, cast

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from app import pages
from app.sandboxes.journal import Journal

ENTRIES_PER_PAGE = 50

router = APIRouter(tags=["sandboxes"])


@router.get("/journal", name="sandboxes:journal_page", include_in_schema=False)
def journal(
    request: Request, before: Annotated[int | None, Query(ge=1, lt=2**63)] = None
) -> HTMLResponse:
    journal = cast("Journal", request.state.journal)
    page = journal.newest(ENTRIES_PER_PAGE, before=before)
    return pages.page(
        request,
        "sandboxes/journal.html",
        page=page,
        utc=UTC,
        before=before,
        sandbox=request.state.sandbox,
    )
