"""CSV as spreadsheets save it: read into lines, with the columns under names of ours."""

import csv
import io
from collections.abc import Mapping, Sequence

from app.errors import InvalidError


class UnreadableCsvError(InvalidError):
    """The file is not CSV in UTF-8 with a header that names its columns."""

    code = "unreadable_csv"


def table_of(
    content: bytes, titles: Mapping[str, Sequence[str]], *, required: Sequence[str], most: int
) -> tuple[list[str | None], list[list[str]]]:
    """Read `;` or `,`, with a byte-order mark or without; a column of no known title is None."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = "The file is not UTF-8; in Excel, save it as “CSV UTF-8”."
        raise UnreadableCsvError(message) from error
    header, _, _ = text.partition("\n")
    delimiter = ";" if ";" in header else ","
    try:
        lines = list(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True))
    except csv.Error as error:
        message = "The file is not CSV: a quote is left open, or it is no text."
        raise UnreadableCsvError(message) from error
    # Spreadsheets leave empty rows behind the last; in the middle one is a mistake.
    while lines and not any(cell.strip() for cell in lines[-1]):
        lines.pop()
    columns = [_column(title, titles) for title in lines[0]] if lines else []
    named = [column for column in columns if column]
    if not set(required) <= set(named) or len(set(named)) < len(named):
        wanted = " and ".join(" or ".join(titles[column]) for column in required)
        message = f"The first line must name the columns, each once, among them: {wanted}."
        raise UnreadableCsvError(message)
    if not 1 < len(lines) <= most + 1:
        message = f"The file must hold 1 to {most} rows below the line with the columns."
        raise UnreadableCsvError(message)
    return columns, lines[1:]


def _column(title: str, titles: Mapping[str, Sequence[str]]) -> str | None:
    plain = title.strip().casefold()
    return next((name for name, spelled in titles.items() if plain in spelled), None)
