"""The overview of units without an official code that an organization sends ahead of time (R6)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, get_args

from pydantic import ValidationError
from sqlalchemy.orm import Session

from app.errors import InvalidError
from app.partner import code_cases, register, schools, spreadsheets
from app.partner.domain.errors import InvalidSchoolUnitCodeError
from app.partner.domain.identity import SchoolUnitCode, folded
from app.partner.schemas import (
    ListedUnit,
    OrganizationIn,
    OverviewOut,
    RowError,
    UnitKind,
)
from app.partner.schools import NamedUnit

MOST_ROWS = 5000

_COLUMNS = {
    "name": ("name", "unit", "enhet", "namn", "enhetsnamn", "skola"),
    "unit_kind": ("unit_kind", "kind", "typ", "enhetstyp"),
    "school_unit_code": ("school_unit_code", "code", "skolenhetskod", "kod"),
    "skolon_id": ("skolon_id", "skolon id", "skolon-id"),
}
_KINDS = {
    "skola": "school",
    "förskola": "preschool",
    "administrativ": "administrative",
    "administrativ enhet": "administrative",
    "övrig": "other",
    "övrigt": "other",
    "annan": "other",
}


class RowsRefusedError(InvalidError):
    """Some rows cannot be taken, so none was; `errors` says which."""

    code = "rows_refused"

    def __init__(self, errors: Sequence[RowError]) -> None:
        super().__init__()
        self.errors = [
            {"pointer": error.pointer, "code": error.code, "detail": error.detail}
            for error in errors
        ]


@dataclass(slots=True)
class Sorted:
    """The rows of an overview, the good ones apart from the bad ones."""

    units: list[ListedUnit] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)


def rows_of_csv(content: bytes) -> list[dict[str, str]]:
    """Read a spreadsheet's CSV: `;` or `,`, with a byte-order mark or without."""
    columns, lines = spreadsheets.table_of(content, _COLUMNS, required=("name",), most=MOST_ROWS)
    return [_row(columns, line) for line in lines]


def sort_out(rows: Iterable[Mapping[str, Any]]) -> Sorted:
    """Judge each row on its own: its shape, its code, and whether it came before."""
    result = Sorted()
    seen: set[str] = set()
    for number, row in enumerate(rows, start=1):
        errors = list(_shape_errors(number, row))
        if not errors:
            unit = ListedUnit.model_validate(row)
            key = unit.skolon_id or folded(unit.name)
            errors = list(_code_errors(number, unit))
            if key in seen:
                errors.append(_error(number, "name", "repeated", "the unit is listed twice"))
            seen.add(key)
            if not errors:
                result.units.append(unit)
        result.errors += errors
    return result


def receive(
    session: Session,
    organization: OrganizationIn,
    rows: Sequence[Mapping[str, Any]],
    *,
    all_or_nothing: bool,
    now: datetime,
) -> OverviewOut:
    """Open a code case for each listed unit that is not known yet."""
    listed = sort_out(rows)
    if listed.errors and (all_or_nothing or not listed.units):
        raise RowsRefusedError(listed.errors)
    customer = schools.find_or_add_organization(
        session,
        organization.organization_number,
        organization.name,
        organization.municipality,
    )
    found = schools.find_or_add_schools(
        session, customer.id, [NamedUnit(unit.name, unit.skolon_id) for unit in listed.units]
    )
    standings = register.standings(session, (unit.school_unit_code for unit in listed.units))
    wanting = [
        code_cases.Wanting(school_id, unit.unit_kind, standing, unit.school_unit_code)
        for unit, school_id in zip(listed.units, found, strict=True)
        if not (standing := standings[unit.school_unit_code]).is_usable
    ]
    opened = code_cases.open_for(session, wanting, now=now)
    return OverviewOut(
        opened=opened,
        already_known=len(wanting) - len(opened),
        not_needed=len(listed.units) - len(wanting),
        errors=listed.errors,
    )


def _row(columns: Sequence[str | None], line: Sequence[str]) -> dict[str, str]:
    cells = {
        column: cell.strip()
        for column, cell in zip(columns, line, strict=False)
        if column and cell.strip()
    }
    if kind := cells.get("unit_kind"):
        cells["unit_kind"] = _KINDS.get(kind.casefold(), kind.casefold())
    return cells


def _shape_errors(number: int, row: Mapping[str, Any]) -> Iterable[RowError]:
    try:
        ListedUnit.model_validate(row)
    except ValidationError as error:
        for detail in error.errors(include_input=False, include_url=False):
            field_name = str(detail["loc"][0]) if detail["loc"] else ""
            if detail["type"] == "value_error":
                told = str(detail["ctx"]["error"])
            elif detail["type"] == "literal_error":
                told = f"one of {', '.join(get_args(UnitKind))}"
            else:
                told = detail["type"].replace("_", " ")
            yield _error(number, field_name, detail["type"], told)


def _code_errors(number: int, unit: ListedUnit) -> Iterable[RowError]:
    if unit.school_unit_code is None:
        return
    try:
        SchoolUnitCode.parse(unit.school_unit_code)
    except InvalidSchoolUnitCodeError as error:
        yield _error(number, "school_unit_code", error.code, str(error))


def _error(number: int, field_name: str, code: str, detail: str) -> RowError:
    return RowError(
        row=number, pointer=f"/units/{number - 1}/{field_name}", code=code, detail=detail
    )
