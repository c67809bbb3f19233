"""A copy of the register from a CSV file, for those who keep an extract of their own."""

import csv
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from app.errors import InvalidError
from app.partner import register_refresh
from app.partner.domain.errors import InvalidSchoolUnitCodeError
from app.partner.domain.identity import SchoolUnitCode

COLUMNS = (
    "school_unit_code",
    "name",
    "status",
    "organization_number",
    "municipality_code",
    "unit_type",
    "school_types",
)
_NEEDED = frozenset(COLUMNS[:3])
_STATUSES = frozenset({"AKTIV", "VILANDE", "PLANERAD", "UPPHORT"})


class RegisterFileError(InvalidError):
    """The file is no extract of the register."""

    code = "register_file"


def read_file(session: Session, file: Path, *, now: datetime) -> int:
    """Put the units of a CSV file in place of the copy, all of them or none."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        header = lines.readline()
        lines.seek(0)
        reader = csv.DictReader(lines, delimiter=";" if ";" in header else ",", strict=True)
        try:
            if not set(reader.fieldnames or ()) >= _NEEDED:
                message = f"The first line must name the columns {', '.join(COLUMNS[:3])}."
                raise RegisterFileError(message)
            units = list(_units(reader))
        except (csv.Error, UnicodeDecodeError) as error:
            message = "The file is not CSV in UTF-8."
            raise RegisterFileError(message) from error
    return register_refresh.replace(session, units, now=now)


def _units(reader: "csv.DictReader[str]") -> Iterator[Mapping[str, str | None]]:
    seen: set[str] = set()
    for row in reader:
        where = f"Line {reader.line_num}"
        try:
            code = SchoolUnitCode.parse(row["school_unit_code"] or "").digits
        except InvalidSchoolUnitCodeError as error:
            message = f"{where}: {error}"
            raise RegisterFileError(message) from error
        status = (row["status"] or "").strip().upper()
        if status not in _STATUSES or not (row["name"] or "").strip() or code in seen:
            message = (
                f"{where}: a unit needs a code of its own, a name, and a status of the register."
            )
            raise RegisterFileError(message)
        seen.add(code)
        # Whatever else the file holds, a principal's name among it, is left there.
        cells = {column: (row.get(column) or "").strip() or None for column in COLUMNS}
        yield cells | {
            "school_unit_code": code,
            "status": status,
            "school_types": cells["school_types"] or "",
        }
