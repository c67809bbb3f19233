"""Education providers and contracts in the register's words."""

from collections.abc import Sequence
from typing import Literal

from app.skolverket.addresses import postal_code
from app.skolverket.adult_education_schemas import (
    ContractAnswer,
    ContractAttributes,
    ContractData,
    ContractPart,
    ContractRelationships,
    ContractRow,
    ContractUnits,
    ProviderAnswer,
    ProviderAttributes,
    ProviderData,
    ProviderRelationships,
    ProviderRow,
)
from app.skolverket.codes import AddressType
from app.skolverket.links import RegisterLinks
from app.skolverket.organizer_answers import company_form, contract_relation, emails, phones
from app.skolverket.organizer_schemas import UnitReference
from app.skolverket.records import Contract, EducationProvider
from app.skolverket.schemas import PlainAddress, RecordMeta


def provider_row(provider: EducationProvider) -> ProviderRow:
    return ProviderRow(
        organization_number=provider.organization_number,
        education_provider_code=provider.code,
        display_name=provider.name,
        folk_highschool_name=provider.folk_high_school,
        grading_right=provider.has_grading_rights,
    )


def provider_answer(
    provider: EducationProvider,
    contracts: Sequence[Contract],
    meta: RecordMeta,
    links: RegisterLinks,
) -> ProviderAnswer:
    number = provider.organization_number
    has_rights = provider.has_grading_rights
    return ProviderAnswer(
        meta=meta,
        links=links.own(f"education-providers/{provider.code}"),
        data=ProviderData(
            education_provider_code=provider.code,
            attributes=ProviderAttributes(
                display_name=provider.name,
                folk_highschool_name=provider.folk_high_school,
                address=PlainAddress(
                    type=AddressType.BESOKSADRESS,
                    street_address=provider.site.street,
                    postal_code=postal_code(provider.site, int(provider.code)),
                    locality=provider.site.locality,
                ),
                email=emails(provider.name),
                phone_number=phones(number),
                company_form=company_form(number),
                grading_rights=has_rights,
                grading_rights_from=provider.history.registered_on if has_rights else None,
                school_type_parts=list(provider.adult_education),
            ),
            relationships=ProviderRelationships(
                contract=contract_relation(
                    f"contracts?education_provider_organization_number={number}", contracts, links
                )
            ),
        ),
    )


def contract_row(contract: Contract) -> ContractRow:
    return ContractRow(
        organizer_organization_number=contract.organizer.organization_number,
        organizer_name=contract.organizer.name,
        education_provider_organization_number=contract.provider.organization_number,
        education_provider_name=contract.provider.name,
        education_provider_code=contract.provider.code,
        folk_highschool_name=contract.provider.folk_high_school,
        status=_status(contract),
    )


def contract_answer(contract: Contract, meta: RecordMeta, links: RegisterLinks) -> ContractAnswer:
    organizer, provider, unit = contract.organizer, contract.provider, contract.unit
    number = organizer.organization_number
    return ContractAnswer(
        meta=meta,
        links=links.own(f"contracts/{number}/{provider.code}"),
        data=ContractData(
            organization_number=number,
            education_provider_code=provider.code,
            attributes=ContractAttributes(
                organizer_name=organizer.name,
                education_provider_organization_number=provider.organization_number,
                education_provider_name=provider.name,
                folk_highschool_name=provider.folk_high_school,
                status=_status(contract),
                school_type_parts=[
                    ContractPart(
                        school_type_part=part,
                        valid_from=contract.history.registered_on,
                        valid_to=None if contract.is_active else contract.history.revised_on,
                    )
                    for part in provider.adult_education
                ],
            ),
            relationships=ContractRelationships(
                school_unit=ContractUnits(
                    links=links.members([f"school-units/{unit.code}"]),
                    data=[UnitReference(school_unit_code=unit.code)],
                ),
                organizer=links.wrapped(f"organizers/{number}"),
                education_provider=links.wrapped(f"education-providers/{provider.code}"),
            ),
        ),
    )


def _status(contract: Contract) -> Literal["aktiv", "inaktiv"]:
    return "aktiv" if contract.is_active else "inaktiv"
