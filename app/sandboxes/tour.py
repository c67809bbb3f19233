"""The start page of a sandbox: what to try, in which order, and with which credentials."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app import pages
from app.dependencies import Clock, Settings

router = APIRouter(tags=["sandboxes"])


@router.get("/tour", name="sandboxes:tour", include_in_schema=False)
async def tour(request: Request, settings: Settings, clock: Clock) -> HTMLResponse:
    return pages.page(
        request, "sandboxes/tour.html", now=clock(), only=settings.only, settings=settings
    )
