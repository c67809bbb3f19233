"""Education providers and contracts as API v2 spells them."""

from datetime import date
from typing import Literal

from pydantic import Field

from app.skolverket.codes import AdultEducation
from app.skolverket.organizer_schemas import (
    CompanyForm,
    ContractRelation,
    Email,
    Phone,
    UnitReference,
)
from app.skolverket.schemas import Answer, Link, Listing, PlainAddress, Wire


class ProviderRow(Wire):
    organization_number: str
    education_provider_code: str
    display_name: str
    folk_highschool_name: str | None
    grading_right: bool = Field(description="In the singular here, gradingRights in the record.")


class ProviderAttributes(Wire):
    display_name: str
    folk_highschool_name: str | None
    address: PlainAddress
    email: list[Email]
    phone_number: list[Phone]
    company_form: CompanyForm
    grading_rights: bool
    grading_rights_from: date | None
    grading_rights_to: date | None = None
    school_type_parts: list[AdultEducation]


class ProviderRelationships(Wire):
    contract: ContractRelation


class ProviderData(Wire):
    """Without the organization number, which only the list has."""

    type: Literal["educationProvider"] = "educationProvider"
    education_provider_code: str
    attributes: ProviderAttributes
    relationships: ProviderRelationships


class ContractRow(Wire):
    organizer_organization_number: str
    organizer_name: str
    education_provider_organization_number: str
    education_provider_name: str
    education_provider_code: str
    folk_highschool_name: str | None
    status: Literal["aktiv", "inaktiv"]


class ContractPart(Wire):
    school_type_part: AdultEducation
    valid_from: date
    valid_to: date | None


class ContractAttributes(Wire):
    organizer_name: str
    education_provider_organization_number: str
    education_provider_name: str
    folk_highschool_name: str | None
    status: Literal["aktiv", "inaktiv"]
    school_type_parts: list[ContractPart]


class RelatedLinks(Wire):
    related: list[Link]


class RelatedLink(Wire):
    related: Link


class ContractUnits(Wire):
    links: RelatedLinks
    data: list[UnitReference]


class Wrapped(Wire):
    links: RelatedLink


class ContractRelationships(Wire):
    school_unit: ContractUnits = Field(description="schoolunit in an organizer's record.")
    organizer: Wrapped
    education_provider: Wrapped


class ContractData(Wire):
    type: Literal["contract"] = "contract"
    organization_number: str
    education_provider_code: str
    attributes: ContractAttributes
    relationships: ContractRelationships


class ProviderList(Listing[ProviderRow]):
    """Education providers."""


class ProviderAnswer(Answer[ProviderData]):
    """One education provider."""


class ContractList(Listing[ContractRow]):
    """Contracts between organizers and education providers."""


class ContractAnswer(Answer[ContractData]):
    """One contract."""
