"""The register's answers as API v2 spells them, oddities included.

The shapes are those of Skolverket's published OpenAPI file and of answers that clients have kept.
"""

from datetime import date, datetime
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from app.skolverket.codes import (
    AddressType,
    AdultEducation,
    OrganizerType,
    Orientation,
    Reporting,
    SchoolType,
    UnitStatus,
    UnitType,
)

Content = TypeVar("Content")
Flag = Annotated[
    bool | Literal["true", "false"],
    Field(description="A boolean, which some records spell as a string."),
]


class Wire(BaseModel):
    """Spelled in camelCase on the wire."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True)


class Extract(Wire):
    extract_date: datetime = Field(description="When the answer was taken from the register.")


class RecordMeta(Extract):
    created: date
    modified: date


class Link(Wire):
    href: str
    rel: Literal["self", "related"] = "related"
    method: Literal["GET"] = "GET"


class Rows(Wire, Generic[Content]):
    type: str
    attributes: list[Content]


class Listing(Wire, Generic[Content]):
    """The whole filtered set: there are no pages, and no search by name."""

    meta: Extract
    data: Rows[Content]


class Answer(Wire, Generic[Content]):
    meta: RecordMeta
    links: Link
    data: Content


class SchoolUnitRow(Wire):
    """Three fields only: municipality, organizer and school types take a call for each unit."""

    school_unit_code: str
    name: str
    status: UnitStatus


class SchoolUnitList(Listing[SchoolUnitRow]):
    """School units, with the three fields that the list has."""


class GeoCoordinates(Wire):
    coordinate_swe_ref_n: str | None = Field(None, description="SWEREF 99 TM, a decimal comma.")
    coordinate_swe_ref_e: str | None = Field(None, description="SWEREF 99 TM, a decimal comma.")
    latitude: str | None = Field(None, description="WGS 84, a decimal point.")
    longitude: str | None = Field(None, description="WGS 84, a decimal point.")


class PlainAddress(Wire):
    type: AddressType
    care_of_address: str | None = None
    street_address: str
    postal_code: str = Field(description="Some with a space, some without: 703 61 and 70361.")
    locality: str


class Address(PlainAddress):
    geo_coordinates: GeoCoordinates = GeoCoordinates()
    country: str | None = None
    continent: str | None = None


def _is_absent(value: object) -> bool:
    return value is None


class Grades(Wire):
    grades: list[str]


class Programmes(Wire):
    programmes: list[str]


class UpperSecondary(Programmes):
    csn_code: str


class SchoolTypeParts(Wire):
    school_type_parts: list[AdultEducation]


class SchoolTypeProperties(Wire):
    """Only the school types that the unit has, in lower case."""

    gr: Grades | None = Field(None, exclude_if=_is_absent)
    gran: Grades | None = Field(None, exclude_if=_is_absent)
    sam: Grades | None = Field(None, exclude_if=_is_absent)
    sp: Grades | None = Field(None, exclude_if=_is_absent)
    gy: UpperSecondary | None = Field(None, exclude_if=_is_absent)
    gyan: Programmes | None = Field(None, exclude_if=_is_absent)
    vux: SchoolTypeParts | None = Field(None, exclude_if=_is_absent)


class SchoolUnitAttributes(Wire):
    display_name: str
    status: UnitStatus
    url: str | None
    email: str | None
    phone_number: str | None
    head_master: str | None = Field(description="Personal data in the real register.")
    addresses: list[Address]
    orientation_type: Orientation
    school_unit_type: UnitType
    school_name: str
    municipality_code: str | None
    school_types: list[SchoolType]
    school_type_properties: SchoolTypeProperties
    special_support_school: Flag
    hospital_school: Flag
    reports_students: Reporting
    reports_personell: Reporting
    startdate: date
    end_date: date | None
    municipal_adult_education_provided_internally: Flag


class SchoolUnitData(Wire):
    """The code is here and not among the attributes."""

    type: Literal["schoolunit"] = "schoolunit"
    school_unit_code: str
    attributes: SchoolUnitAttributes


class OrganizerName(Wire):
    display_name: str
    organizer_type: OrganizerType


class IncludedOrganizer(Wire):
    type: Literal["organizer"] = "organizer"
    organization_number: str
    attributes: OrganizerName
    links: Link


class SchoolUnitAnswer(Answer[SchoolUnitData]):
    included: IncludedOrganizer = Field(description="One object, not an array.")


class ApiInfo(Wire):
    api_publisher: str
    api_name: str
    api_version: str
    api_released: date
    api_documentation: str
    api_status: str


class Problem(Wire):
    type: str
    title: str
    status: str = Field(description="A string.", examples=["404"])
    detail: str = Field(description="In Swedish.")
