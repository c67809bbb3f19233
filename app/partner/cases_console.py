"""The implementers' console: code cases by urgency, their resolution, and overviews as files."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from app import pages
from app.clock import swedish_date
from app.dependencies import Clock, Database, Settings
from app.partner import case_views, code_cases, outbox, overviews
from app.partner.api.keys import Cursor
from app.partner.console import A_PAGE, implementer_of, require_implementer
from app.partner.domain.code_cases import CaseStatus, Resolution
from app.partner.domain.identity import SchoolUnitCode
from app.partner.outbox import Message
from app.partner.schemas import Name, OrganizationIn, OrganizationNumber
from app.partner.telling import AtSkolon, Told, tell
from app.partner.visits import note_visit

router = APIRouter(
    prefix="/console",
    include_in_schema=False,
    dependencies=[Depends(pages.same_origin), Depends(note_visit)],
)


@router.get("/code-cases", name="partner:console_cases")
def list_cases(
    request: Request,
    settings: Settings,
    database: Database,
    clock: Clock,
    status: CaseStatus = CaseStatus.OPEN,
    cursor: Cursor = None,
) -> Response:
    with database.read() as session:
        implementer = implementer_of(session, request, clock)
        if implementer is None:
            return RedirectResponse(request.url_for("partner:console_login"), 303)
        page = case_views.page(
            session,
            status=status,
            implementer=None,
            today=swedish_date(clock()),
            limit=A_PAGE,
            cursor=cursor,
        )
        return pages.page(
            request,
            "partner/console_cases.html",
            settings=settings,
            implementer=implementer,
            page=page,
            shown=status,
        )


@router.get("/code-cases/{case_id}", name="partner:console_case")
def show_case(
    case_id: UUID, request: Request, settings: Settings, database: Database, clock: Clock
) -> Response:
    with database.read() as session:
        implementer = implementer_of(session, request, clock)
        if implementer is None:
            return RedirectResponse(request.url_for("partner:console_login"), 303)
        return pages.page(
            request,
            "partner/console_case.html",
            settings=settings,
            implementer=implementer,
            case=case_views.read(session, case_id, today=swedish_date(clock())),
            proposals=case_views.proposals(session, case_id),
        )


def resolve(
    case_id: UUID,
    request: Request,
    database: Database,
    clock: Clock,
    resolution: Annotated[Resolution, Form()],
    school_unit_code: Annotated[str, Form(max_length=32)] = "",
) -> Sequence[Message]:
    """Resolve and commit, and return what Skolon is to be told."""
    is_official = resolution is Resolution.OFFICIAL
    official = SchoolUnitCode.parse(school_unit_code) if is_official else None
    with database.write() as session:
        actor = require_implementer(session, request, clock).name
        code_cases.resolve(session, case_id, official, actor=actor, now=clock())
        return outbox.claim(session)


async def tell_of_code(
    due: Annotated[Sequence[Message], Depends(resolve)], at_skolon: AtSkolon
) -> Told:
    return await tell(at_skolon, due)


@router.post("/code-cases/{case_id}/resolve", name="partner:console_resolve")
def answer_resolution(
    case_id: UUID,
    told: Annotated[Told, Depends(tell_of_code)],
    request: Request,
    database: Database,
    clock: Clock,
) -> Response:
    """Put a code on the unit, here and at Skolon (R9, R10)."""
    with database.write() as session:
        told.remember(session, now=clock())
    return RedirectResponse(request.url_for("partner:console_case", case_id=case_id), 303)


async def uploaded(file: Annotated[UploadFile, File()]) -> list[dict[str, str]]:
    return overviews.rows_of_csv(await file.read())


@router.post("/units-without-code", name="partner:console_overview")
def upload_overview(
    organization_number: Annotated[OrganizationNumber, Form()],
    organization_name: Annotated[Name, Form()],
    rows: Annotated[list[dict[str, str]], Depends(uploaded)],
    request: Request,
    database: Database,
    clock: Clock,
) -> Response:
    """Take an organization's overview of units without a code, as a CSV file (R6)."""
    organization = OrganizationIn(organization_number=organization_number, name=organization_name)
    with database.write() as session:
        require_implementer(session, request, clock)
        overviews.receive(session, organization, rows, all_or_nothing=True, now=clock())
    return RedirectResponse(request.url_for("partner:console_cases"), 303)
