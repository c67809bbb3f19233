"""Where users land after login: a student sees the class, a teacher the class list."""

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from app import pages
from app.dependencies import Clock, Database, Settings
from app.partner import browser_sessions, class_lists
from app.partner.sso import SESSION_COOKIE

router = APIRouter(tags=["pages"])


@router.get("/", name="partner:landing", include_in_schema=False)
def landing(request: Request, settings: Settings, database: Database, clock: Clock) -> Response:
    token = pages.cookie(request, SESSION_COOKIE)
    with database.read() as session:
        account = browser_sessions.account(session, token, now=clock())
        if account is None:
            return pages.page(request, "partner/start.html", settings=settings)
        lists = class_lists.of_account(session, account.id)
        return pages.page(
            request, "partner/landing.html", settings=settings, account=account, lists=lists
        )


@router.post(
    "/logout",
    name="partner:logout",
    include_in_schema=False,
    dependencies=[Depends(pages.same_origin)],
)
def logout(request: Request, database: Database) -> RedirectResponse:
    with database.write() as session:
        browser_sessions.close(session, pages.cookie(request, SESSION_COOKIE))
    response = RedirectResponse(request.url_for("partner:landing"), 303)
    pages.delete_cookie(request, response, SESSION_COOKIE)
    return response
