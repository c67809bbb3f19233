"""Schools with their classes, and those of a class who have logged in."""

from uuid import UUID

from pydantic import BaseModel, Field

from app.partner.schemas.organizations import OrganizationOut


class SchoolOut(BaseModel):
    school_unit_code: str
    name: str
    skolon_id: str | None
    organization: OrganizationOut
    school_unit_codes: list[str] = Field(description="all that it has today")
    school_year: str = Field(description="the present one")
    school_years: list[str] = Field(description="in which somebody has logged in, newest first")


class SchoolClassOut(BaseModel):
    id: UUID
    name: str
    school_year: str
    students: int = Field(description="placed there today; none in a class of an earlier year")
    teachers: int


class SchoolClassPage(BaseModel):
    classes: list[SchoolClassOut] = Field(description="in the order of their ids")
    next_cursor: str | None


class StudentOut(BaseModel):
    id: UUID = Field(description="of the account")
    first_name: str = Field(description="may be empty, as of people whose identity is protected")
    last_name: str


class StudentPage(BaseModel):
    students: list[StudentOut] = Field(
        description="in the order of their ids, so that a cursor tells no name"
    )
    next_cursor: str | None
