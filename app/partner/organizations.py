"""What has been agreed with an organization, and which implementer looks after it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import NotFoundError
from app.partner import request_lists, schools
from app.partner.models import Implementer, Organization
from app.partner.schemas import ContactOut, CustomerIn, CustomerOut


class UnknownOrganizationError(NotFoundError):
    """There is no organization of that number here."""

    code = "unknown_organization"


def read(session: Session, number: str) -> CustomerOut:
    """Return one organization."""
    found = session.execute(
        select(Organization, Implementer)
        .outerjoin(Implementer, Implementer.id == Organization.implementer_id)
        .where(Organization.organization_number == number)
    ).one_or_none()
    if found is None:
        raise UnknownOrganizationError
    organization, implementer = found
    return CustomerOut(
        organization_number=organization.organization_number,
        name=organization.name,
        municipality=organization.municipality,
        implementer=(
            ContactOut(name=implementer.name, email=implementer.email) if implementer else None
        ),
        agreement_signed_on=organization.agreement_signed_on,
        data_processing_agreement_signed_on=organization.data_processing_agreement_signed_on,
        data_processing_agreement_version=organization.data_processing_agreement_version,
    )


def write(session: Session, number: str, given: CustomerIn) -> None:
    """Add the organization or replace what is known of it; without an implementer, it keeps its."""
    organization = schools.find_or_add_organization(session, number, given.name)
    organization.name = given.name
    organization.municipality = given.municipality
    organization.agreement_signed_on = given.agreement_signed_on
    organization.data_processing_agreement_signed_on = given.data_processing_agreement_signed_on
    organization.data_processing_agreement_version = given.data_processing_agreement_version
    if given.implementer:
        organization.implementer_id = request_lists.implementer_id(session, given.implementer)
