"""Settings > "Slå ihop konton": prove the other account, see what would happen, and do it (R15)."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.exceptions import HTTPException
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from app import pages
from app.clock import swedish_date
from app.dependencies import Clock, Database, Settings
from app.errors import RefusalError
from app.partner import browser_sessions, local_login, merge_preview, merging
from app.partner.domain.errors import NoProofError
from app.partner.domain.merging import UNDOABLE_FOR, ProvedBy
from app.partner.models import Merge
from app.partner.schemas import EmailText
from app.partner.visits import SESSION_COOKIE, note_visit
from app.settings import Mode

router = APIRouter(prefix="/settings", include_in_schema=False, dependencies=[Depends(note_visit)])
_forms = [Depends(pages.same_origin)]


@router.get("/merge", name="partner:merge")
def merge_page(request: Request, settings: Settings, database: Database, clock: Clock) -> Response:
    """Show what would be merged, or how to prove another account, and why a proof did not do."""
    token, now = pages.cookie(request, SESSION_COOKIE), clock()
    preview, trouble = None, ""
    with database.read() as session:
        account = browser_sessions.account(session, token, now=now)
        if account is None:
            return RedirectResponse(request.url_for("partner:landing"), 303)
        try:
            preview = merge_preview.preview(session, token, now=now)
        except NoProofError:
            pass
        except RefusalError as refusal:
            trouble = refusal.code
        return pages.page(
            request,
            "partner/merge.html",
            settings=settings,
            account=account,
            preview=preview,
            trouble=trouble,
            has_local_login=settings.mode is Mode.SANDBOX,
        )


@router.post("/merge/local", name="partner:prove_locally", dependencies=_forms)
def prove_locally(
    request: Request,
    email: Annotated[EmailText, Form()],
    settings: Settings,
    database: Database,
    clock: Clock,
) -> Response:
    """Take the partner's own login of the other account as proof."""
    if settings.mode is not Mode.SANDBOX:
        raise HTTPException(404, "There is no login by email here.")
    token, now = pages.cookie(request, SESSION_COOKIE), clock()

    def prove(session: Session) -> None:
        other_id = local_login.log_in(session, email, now=now)
        merging.prove(session, token, other_id, ProvedBy.LOCAL, now=now)

    database.transact(prove)
    return RedirectResponse(request.url_for("partner:merge"), 303)


@router.post("/merge/cancel", name="partner:cancel_merge", dependencies=_forms)
def cancel(request: Request, database: Database, clock: Clock) -> Response:
    """Forget the proof; nothing has happened."""
    with database.write() as session:
        merging.withdraw(session, pages.cookie(request, SESSION_COOKIE), now=clock())
    return RedirectResponse(request.url_for("partner:settings"), 303)


@router.post("/merge", name="partner:do_merge", dependencies=_forms)
def do_merge(
    request: Request,
    kept: Annotated[UUID, Form()],
    merged: Annotated[UUID, Form()],
    database: Database,
    clock: Clock,
) -> Response:
    """Merge just the two accounts that the preview showed."""
    token, now = pages.cookie(request, SESSION_COOKIE), clock()
    done = database.transact(lambda session: merging.merge(session, token, kept, merged, now=now))
    response = RedirectResponse(request.url_for("partner:merged", merge_id=done.merge_id), 303)
    pages.set_cookie(request, response, SESSION_COOKIE, done.session_token)
    return response


@router.get("/merges/{merge_id}", name="partner:merged")
def merged_page(
    merge_id: UUID, request: Request, settings: Settings, database: Database, clock: Clock
) -> Response:
    """Show the owner what has come together, and until when support can undo it."""
    token = pages.cookie(request, SESSION_COOKIE)
    with database.read() as session:
        account = browser_sessions.account(session, token, now=clock())
        if account is None:
            return RedirectResponse(request.url_for("partner:landing"), 303)
        made = session.get(Merge, merge_id)
        if made is None or made.kept_account_id != account.id:
            raise HTTPException(404, "You have no such merge.")
        return pages.page(
            request,
            "partner/merged.html",
            settings=settings,
            account=account,
            made=made,
            undoable_until=swedish_date(made.merged_at + UNDOABLE_FOR),
            undone_on=swedish_date(made.undone_at) if made.undone_at else None,
            own=merge_preview.sides_of(session, {account.id})[account.id],
        )
