"""A school unit in the register's words, with the oddities that real answers have."""

from datetime import date
from typing import Literal

from app.skolverket.addresses import postal_address, visiting_address
from app.skolverket.codes import OrganizerType, Reporting, SchoolType, UnitStatus, UnitType
from app.skolverket.links import RegisterLinks
from app.skolverket.names import host
from app.skolverket.records import SchoolUnit, Teaching
from app.skolverket.schemas import (
    Address,
    Grades,
    IncludedOrganizer,
    OrganizerName,
    Programmes,
    RecordMeta,
    SchoolTypeParts,
    SchoolTypeProperties,
    SchoolUnitAnswer,
    SchoolUnitAttributes,
    SchoolUnitData,
    SchoolUnitRow,
    UpperSecondary,
)


def row(unit: SchoolUnit) -> SchoolUnitRow:
    return SchoolUnitRow(school_unit_code=unit.code, name=unit.name, status=unit.status)


def answer(unit: SchoolUnit, day: date, meta: RecordMeta, links: RegisterLinks) -> SchoolUnitAnswer:
    """Return the record as it was on the day."""
    organizer = unit.organizer
    return SchoolUnitAnswer(
        meta=meta,
        links=links.own(f"school-units/{unit.code}"),
        data=SchoolUnitData(school_unit_code=unit.code, attributes=_attributes(unit, day)),
        included=IncludedOrganizer(
            organization_number=organizer.organization_number,
            attributes=OrganizerName(
                display_name=organizer.name, organizer_type=organizer.organizer_type
            ),
            links=links.related(f"organizers/{organizer.organization_number}"),
        ),
    )


def _attributes(unit: SchoolUnit, day: date) -> SchoolUnitAttributes:
    number = int(unit.code)
    teaching, municipality = unit.teaching, unit.site.municipality
    status = unit.history.status_on(day)
    is_open = status is UnitStatus.AKTIV
    reporting = _reporting(unit)
    return SchoolUnitAttributes(
        display_name=unit.name,
        status=status,
        url=f"https://{host(unit.school_name)}",
        email=f"expeditionen@{host(unit.school_name)}" if is_open else None,
        # From the numbers that the Post and Telecom Authority (PTS) keeps for fiction.
        phone_number=f"08-465 004 {number % 100:02d}" if is_open else None,
        head_master=f"Påhittad Rektor {number % 1000}" if is_open else None,
        addresses=_addresses(unit),
        orientation_type=unit.orientation,
        school_unit_type=unit.unit_type,
        school_name=unit.school_name,
        municipality_code=municipality.code if municipality else None,
        school_types=list(teaching.school_types),
        school_type_properties=_properties(teaching, number),
        special_support_school=_flag(unit.school_name.startswith("Resursskolan"), number),
        hospital_school=_flag(False, number),
        reports_students=reporting,
        reports_personell=reporting,
        startdate=unit.history.starts_on,
        end_date=unit.history.ended_on if status is UnitStatus.UPPHORT else None,
        municipal_adult_education_provided_internally=_flag(
            SchoolType.VUX in teaching.school_types, number
        ),
    )


def _addresses(unit: SchoolUnit) -> list[Address]:
    """Return the visiting address, and for every fourth unit a postal one in care of somebody."""
    number = int(unit.code)
    visiting = visiting_address(unit.site, number)
    if number % 4 or unit.site.country:
        return [visiting]
    return [postal_address(unit.site, number, f"Påhittad Mottagare {number % 1000}"), visiting]


def _properties(teaching: Teaching, number: int) -> SchoolTypeProperties:
    types, programmes = teaching.school_types, list(teaching.programmes)
    grades = Grades(grades=list(teaching.grades))
    parts = SchoolTypeParts(school_type_parts=list(teaching.adult_education))
    return SchoolTypeProperties(
        gr=grades if SchoolType.GR in types else None,
        gran=grades if SchoolType.GRAN in types else None,
        sam=grades if SchoolType.SAM in types else None,
        sp=grades if SchoolType.SP in types else None,
        gy=UpperSecondary(programmes=programmes, csn_code=f"{number % 100:02d}")
        if SchoolType.GY in types
        else None,
        gyan=Programmes(programmes=programmes) if SchoolType.GYAN in types else None,
        vux=parts if SchoolType.VUX in types else None,
    )


def _reporting(unit: SchoolUnit) -> Reporting:
    """Return what a central unit reports figures for; other units report none."""
    if unit.unit_type is not UnitType.CENTRAL:
        return Reporting.NEJ
    is_private = unit.organizer.organizer_type is OrganizerType.ENSKILD
    return Reporting.ENSKILD if is_private else Reporting.KOMMUNAL


def _flag(value: bool, number: int) -> bool | Literal["true", "false"]:
    """Spell the booleans of every fifth record as strings: clients have met both."""
    if number % 5 != 3:  # noqa: PLR2004, any fifth would do
        return value
    return "true" if value else "false"
