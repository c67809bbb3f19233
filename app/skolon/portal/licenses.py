"""Licenses of the organization's schools: the list, assigning and withdrawing (R16)."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app import pages
from app.clock import swedish_date
from app.dependencies import Clock, Database
from app.skolon import licenses, logins
from app.skolon.browser import SessionToken, go
from app.skolon.portal.log_in import LOG_IN, administrator_of
from app.skolon.schemas import Text

router = APIRouter(prefix="/portal")


@router.get("/licenses", name="skolon:portal_licenses")
def list_licenses(
    request: Request, database: Database, clock: Clock, token: SessionToken
) -> Response:
    with database.read() as session:
        administrator = administrator_of(session, token, clock)
        if administrator is None:
            return go(request, LOG_IN)
        return pages.page(
            request,
            "skolon/licenses.html",
            administrator=administrator,
            rows=licenses.of_organization(session, administrator.organization.id),
            today=swedish_date(clock()),
        )


@router.post("/licenses/{license_id}/assign", name="skolon:assign_license")
def assign(
    license_id: Text, request: Request, database: Database, clock: Clock, token: SessionToken
) -> Response:
    """Assign a license to its school (R16)."""
    with database.write() as session:
        administrator = logins.portal_user(session, token, now=clock())
        licenses.assign(session, administrator, license_id, now=clock())
    return go(request, "/portal/licenses")


@router.post("/licenses/{license_id}/withdraw", name="skolon:withdraw_license")
def withdraw(
    license_id: Text, request: Request, database: Database, clock: Clock, token: SessionToken
) -> Response:
    with database.write() as session:
        administrator = logins.portal_user(session, token, now=clock())
        licenses.withdraw(session, administrator, license_id, now=clock())
    return go(request, "/portal/licenses")
