"""Organizations: what has been agreed with them, and who their implementer is."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from app.dependencies import Database
from app.partner import organizations
from app.partner.api.answers import kept
from app.partner.api.keys import Key, authorize
from app.partner.api_keys import Scope
from app.partner.schemas import CustomerIn, CustomerOut, OrganizationNumber

router = APIRouter(prefix="/api/v1/organizations", tags=["organizations"])


@router.get("/{number}", name="partner:read_organization", response_model=CustomerOut)
def read_organization(
    number: Annotated[OrganizationNumber, Path()], request: Request, key: Key, database: Database
) -> Response:
    """Return an organization with its agreements and its implementer (R18)."""
    with database.read() as session:
        authorize(session, key, Scope.ORGANIZATIONS_READ)
        return kept(request, organizations.read(session, number))


@router.put("/{number}", name="partner:write_organization")
def write_organization(
    number: Annotated[OrganizationNumber, Path()], given: CustomerIn, key: Key, database: Database
) -> CustomerOut:
    """Add an organization, or replace what is known of it."""
    with database.write() as session:
        authorize(session, key, Scope.ORGANIZATIONS_WRITE)
        organizations.write(session, number, given)
        return organizations.read(session, number)
