"""Where users land after login: a student sees the class, a teacher the class list."""

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import HTTPException
from fastapi.responses import RedirectResponse, Response

from app import pages
from app.clock import swedish_date
from app.dependencies import Clock, Database, Settings
from app.partner import browser_sessions, class_lists
from app.partner.schemas import ClassListOut, ClassListsOut
from app.partner.visits import SESSION_COOKIE, note_visit

router = APIRouter(tags=["pages"], dependencies=[Depends(note_visit)])


@router.get("/", name="partner:landing", include_in_schema=False)
def landing(request: Request, settings: Settings, database: Database, clock: Clock) -> Response:
    token = pages.cookie(request, SESSION_COOKIE)
    with database.read() as session:
        account = browser_sessions.account(session, token, now=clock())
        if account is None:
            return pages.page(request, "partner/start.html", settings=settings)
        lists = class_lists.of_account(session, account.id, today=swedish_date(clock()))
        return pages.page(
            request, "partner/landing.html", settings=settings, account=account, lists=lists
        )


@router.get("/class-lists", name="partner:class_lists")
def read_class_lists(request: Request, database: Database, clock: Clock) -> ClassListsOut:
    """Return the classes of whoever is logged in; teachers see who has logged in (R3)."""
    now = clock()
    token = pages.cookie(request, SESSION_COOKIE)
    with database.read() as session:
        account = browser_sessions.account(session, token, now=now)
        if account is None:
            raise HTTPException(401, "Log in through Skolon first.")
        lists = class_lists.of_account(session, account.id, today=swedish_date(now))
        return ClassListsOut(
            class_lists=[
                ClassListOut(
                    school=one.school,
                    name=one.name,
                    school_year=one.school_year,
                    role=one.role,
                    students=list(one.students),
                )
                for one in lists
            ]
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
