"""Licenses and their status."""

from datetime import date

from pydantic import BaseModel, Field

from app.partner.domain.licensing import LicenseStatus, Standing
from app.partner.schemas.organizations import OrganizationOut


class LicenseStatusOut(BaseModel):
    school_unit_code: str
    standing: Standing
    school: str | None
    organization: OrganizationOut | None
    status: LicenseStatus
    starts_on: date | None
    ends_on: date | None
    seats: int | None
    on: date = Field(description="the day that the status is about")


class LicenseOut(BaseModel):
    school: str
    organization_number: str | None = None
    status: LicenseStatus
    starts_on: date | None
    ends_on: date | None
    seats: int | None


class OrganizationStatusOut(BaseModel):
    organization_number: str
    on: date
    schools: list[LicenseOut]


class LicensePage(BaseModel):
    licenses: list[LicenseOut]
    next_cursor: str | None
