"""Organizers as API v2 spells them."""

from typing import Literal

from pydantic import Field

from app.skolverket.codes import SchoolType, Source
from app.skolverket.schemas import Address, Answer, Link, Listing, OrganizerName, Wire


class OrganizerRow(OrganizerName):
    organization_number: str


class Email(Wire):
    provider_type: Source
    email: str


class Phone(Wire):
    provider_type: Source
    phone: str


class CompanyForm(Wire):
    """Juridisk form, by SCB's code."""

    code: str
    display_name: str


class Place(Wire):
    municipality_code: str
    display_name: str


class Region(Wire):
    region_code: str
    display_name: str


class OrganizerAttributes(OrganizerName):
    address: Address
    url: str
    email: list[Email]
    phone_number: list[Phone]
    company_form: CompanyForm
    legal_entity_status: Literal["INKLUDERAD_SKV"] = "INKLUDERAD_SKV"
    company_status: Literal["AKTIV"] = "AKTIV"
    is_international: bool
    municipalities: list[Place]
    regions: list[Region] = Field(default_factory=list)
    school_types: list[SchoolType]
    high_school_association_id: str | None = None


class UnitReference(Wire):
    type: Literal["schoolunit"] = "schoolunit"
    school_unit_code: str


class ContractReference(Wire):
    type: Literal["contract"] = "contract"
    organization_number: str
    education_provider_code: str


class ListLink(Link):
    related: list[Link]


class UnitRelation(Wire):
    links: ListLink
    data: list[UnitReference]


class ContractRelation(Wire):
    links: ListLink
    data: list[ContractReference]


class OrganizerRelationships(Wire):
    schoolunit: UnitRelation = Field(description="In lower case here, schoolUnit in a contract.")
    contract: ContractRelation


class OrganizerData(Wire):
    type: Literal["organizer"] = "organizer"
    organization_number: str
    attributes: OrganizerAttributes
    relationships: OrganizerRelationships


class OrganizerList(Listing[OrganizerRow]):
    """Organizers."""


class OrganizerAnswer(Answer[OrganizerData]):
    """One organizer."""
