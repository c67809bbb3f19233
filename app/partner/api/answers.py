"""Answers that clients can keep: ETag and 304, and lists as CSV."""

import csv
import hashlib
import io
from collections.abc import Sequence

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel


def kept(request: Request, answer: BaseModel) -> Response:
    """Answer with an ETag, or 304 when the client has just this already."""
    text = answer.model_dump_json()
    tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    known = [each.strip().removeprefix("W/") for each in _if_none_match(request)]
    if tag in known or "*" in known:
        return Response(status_code=304, headers={"ETag": tag})
    return Response(text, media_type="application/json", headers={"ETag": tag})


def wants_csv(request: Request) -> bool:
    """Say whether a spreadsheet asks."""
    return "text/csv" in request.headers.get("accept", "")


def as_csv(rows: Sequence[BaseModel], columns: Sequence[str], next_cursor: str | None) -> Response:
    """Answer with a page as CSV; the cursor of the next one is in a header."""
    file = io.StringIO()
    # Excel takes a file for UTF-8 only when it begins with this mark.
    file.write("\ufeff")
    writer = csv.writer(file, delimiter=";")
    writer.writerow(columns)
    for row in rows:
        plain = row.model_dump(mode="json")
        writer.writerow([_cell(plain, column) for column in columns])
    headers = {"X-Next-Cursor": next_cursor} if next_cursor else {}
    return Response(file.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _if_none_match(request: Request) -> list[str]:
    return request.headers.get("if-none-match", "").split(",")


def _cell(row: dict[str, object], column: str) -> object:
    value: object = row
    for part in column.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    # A cell that begins like a formula would be run as one by the spreadsheet.
    return (
        f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@")) else value
    )
