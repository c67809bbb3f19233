"""Organizations and what has been agreed with them."""

from datetime import date

from pydantic import BaseModel, Field

from app.partner.schemas.fields import EmailText, Name, OrganizationNumber, Strict


class OrganizationIn(Strict):
    organization_number: OrganizationNumber
    name: Name
    municipality: Name | None = None


class OrganizationOut(BaseModel):
    organization_number: str
    name: str


class ContactOut(BaseModel):
    name: str
    email: str


class CustomerIn(Strict):
    name: Name
    municipality: Name | None = None
    implementer: EmailText | None = Field(None, description="the email address of one")
    agreement_signed_on: date | None = None
    data_processing_agreement_signed_on: date | None = None
    data_processing_agreement_version: Name | None = Field(
        None, description="the template and its version, for example `SKR 2023-02`"
    )


class CustomerOut(BaseModel):
    organization_number: str
    name: str
    municipality: str | None
    implementer: ContactOut | None
    agreement_signed_on: date | None
    data_processing_agreement_signed_on: date | None
    data_processing_agreement_version: str | None
