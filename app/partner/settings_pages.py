"""The settings of whoever is logged in: who they are here, their language, what has happened."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select

from app import pages
from app.clock import swedish_date
from app.dependencies import Clock, Database, Settings
from app.partner import account_export, browser_sessions, merge_preview
from app.partner.merging import NotLoggedInError
from app.partner.models import AccountEvent, Merge
from app.partner.visits import SESSION_COOKIE, note_visit

# A long life has more; support sees all of it.
MOST_EVENTS = 50

router = APIRouter(prefix="/settings", include_in_schema=False, dependencies=[Depends(note_visit)])


@router.get("", name="partner:settings")
def settings_page(
    request: Request, settings: Settings, database: Database, clock: Clock
) -> Response:
    token = pages.cookie(request, SESSION_COOKIE)
    with database.read() as session:
        account = browser_sessions.account(session, token, now=clock())
        if account is None:
            return RedirectResponse(request.url_for("partner:landing"), 303)
        events = session.scalars(
            select(AccountEvent)
            .where(AccountEvent.account_id == account.id)
            .order_by(AccountEvent.happened_at.desc(), AccountEvent.id)
            .limit(MOST_EVENTS)
        ).all()
        merges = session.scalars(
            select(Merge)
            .where(Merge.kept_account_id == account.id)
            .order_by(Merge.merged_at.desc(), Merge.id)
        ).all()
        return pages.page(
            request,
            "partner/settings.html",
            settings=settings,
            swedish_date=swedish_date,
            account=account,
            own=merge_preview.sides_of(session, {account.id})[account.id],
            # The last ones were asked for; a story is told from its beginning.
            events=events[::-1],
            merges=merges,
        )


@router.post("/language", name="partner:choose_language", dependencies=[Depends(pages.same_origin)])
def choose_language(
    request: Request,
    language: Annotated[Literal["sv", "en"], Form()],
    database: Database,
    clock: Clock,
) -> Response:
    """Keep the language with the account, and use it in this browser."""
    token = pages.cookie(request, SESSION_COOKIE)
    with database.write() as session:
        account = browser_sessions.account(session, token, now=clock())
        if account is None:
            raise NotLoggedInError
        account.language = language
    # By the address, as the link at the top of every page chooses it.
    chosen = request.url_for("partner:settings").include_query_params(lang=language)
    return RedirectResponse(chosen, 303)


@router.get("/export", name="partner:own_export")
def export(request: Request, database: Database, clock: Clock) -> Response:
    """Hand out everything that is held on whoever is logged in, as a file."""
    token, now = pages.cookie(request, SESSION_COOKIE), clock()
    with database.read() as session:
        account = browser_sessions.account(session, token, now=now)
        if account is None:
            return RedirectResponse(request.url_for("partner:landing"), 303)
        held = account_export.export(session, account.id, now=now)
    return Response(
        held.model_dump_json(indent=2),
        media_type="application/json",
        headers={
            "Content-Disposition": 'attachment; filename="account.json"',
            "Cache-Control": "no-store",
        },
    )
