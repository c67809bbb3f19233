"""Organizers in the register's words, and what they share with education providers."""

from collections.abc import Sequence

from app.skolverket.addresses import postal_address
from app.skolverket.codes import OrganizerType, SchoolType, Source
from app.skolverket.links import RegisterLinks
from app.skolverket.names import host
from app.skolverket.organizer_schemas import (
    CompanyForm,
    ContractReference,
    ContractRelation,
    Email,
    OrganizerAnswer,
    OrganizerAttributes,
    OrganizerData,
    OrganizerRelationships,
    OrganizerRow,
    Phone,
    Place,
    UnitReference,
    UnitRelation,
)
from app.skolverket.records import Contract, Organizer, SchoolUnit
from app.skolverket.schemas import RecordMeta

_FORMS = {
    OrganizerType.KOMMUN: CompanyForm(code="82", display_name="Kommuner"),
    OrganizerType.KOMMFORB: CompanyForm(code="83", display_name="Kommunalförbund"),
    OrganizerType.REGION: CompanyForm(code="84", display_name="Regioner"),
}
_STATE = CompanyForm(code="81", display_name="Statliga enheter")
# The first digit of an organization number hints at the legal form.
_FORMS_BY_DIGIT = {
    "5": CompanyForm(code="49", display_name="Övriga aktiebolag"),
    "7": CompanyForm(code="51", display_name="Ekonomiska föreningar"),
    "8": CompanyForm(code="72", display_name="Övriga stiftelser och fonder"),
}


def row(organizer: Organizer) -> OrganizerRow:
    return OrganizerRow(
        organization_number=organizer.organization_number,
        display_name=organizer.name,
        organizer_type=organizer.organizer_type,
    )


def answer(
    organizer: Organizer,
    units: Sequence[SchoolUnit],
    contracts: Sequence[Contract],
    meta: RecordMeta,
    links: RegisterLinks,
) -> OrganizerAnswer:
    """Return the record with everything that belongs to the organizer."""
    number = organizer.organization_number
    return OrganizerAnswer(
        meta=meta,
        links=links.own(f"organizers/{number}"),
        data=OrganizerData(
            organization_number=number,
            attributes=_attributes(organizer, units),
            relationships=OrganizerRelationships(
                schoolunit=UnitRelation(
                    links=links.collection(
                        f"school-units?organization_number={number}",
                        [f"school-units/{unit.code}" for unit in units],
                    ),
                    data=[UnitReference(school_unit_code=unit.code) for unit in units],
                ),
                contract=contract_relation(
                    f"contracts?organizer_organization_number={number}", contracts, links
                ),
            ),
        ),
    )


def contract_relation(
    path: str, contracts: Sequence[Contract], links: RegisterLinks
) -> ContractRelation:
    references = [
        ContractReference(
            organization_number=contract.organizer.organization_number,
            education_provider_code=contract.provider.code,
        )
        for contract in contracts
    ]
    return ContractRelation(
        links=links.collection(
            path,
            [
                f"contracts/{one.organization_number}/{one.education_provider_code}"
                for one in references
            ],
        ),
        data=references,
    )


def company_form(organization_number: str) -> CompanyForm:
    return _FORMS_BY_DIGIT.get(organization_number[0], _STATE)


def emails(name: str) -> list[Email]:
    """Return an address from each of the two sources."""
    return [
        Email(provider_type=Source.SCB, email=f"info@{host(name)}"),
        Email(provider_type=Source.SKOLVERKET, email=f"skola@{host(name)}"),
    ]


def phones(organization_number: str) -> list[Phone]:
    return [Phone(provider_type=Source.SCB, phone=f"08-465 004 {organization_number[-2:]}")]


def _attributes(organizer: Organizer, units: Sequence[SchoolUnit]) -> OrganizerAttributes:
    number, seat = organizer.organization_number, organizer.site.municipality
    taught = {kind for unit in units for kind in unit.teaching.school_types}
    return OrganizerAttributes(
        display_name=organizer.name,
        organizer_type=organizer.organizer_type,
        address=postal_address(organizer.site, int(number)),
        url=f"https://{host(organizer.name)}",
        email=emails(organizer.name),
        phone_number=phones(number),
        company_form=_FORMS.get(organizer.organizer_type) or company_form(number),
        is_international=organizer.organizer_type is OrganizerType.HMANUTL,
        municipalities=[Place(municipality_code=seat.code, display_name=seat.name)] if seat else [],
        school_types=[kind for kind in SchoolType if kind in taught],
    )
