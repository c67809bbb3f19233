"""Finding personal data where none belongs: in the free text of a license request (R2)."""

import re
import unicodedata
from enum import StrEnum

from personnummer.personnummer import valid

_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))

_SIX_DIGITS = re.compile(r"[0-9]{6}")
_NUMBER = re.compile(r"(?<![0-9])(?:[0-9]{2})?[0-9]{6} ?[-+]? ?[0-9]{4}(?![0-9])")
# Given to pupils who have no number of their own: YYYYMMDDTFnn.
_TEMPORARY_NUMBER = re.compile(r"(?<![0-9])(?:[0-9]{2})?[0-9]{6} ?-? ?TF ?[0-9]{2}", re.IGNORECASE)
_EMAIL = re.compile(r"[^\s@<>,;:()]+ ?@ ?[^\s@<>,;:()]+\.[^\s@<>,;:()]{2,}")


class PersonalData(StrEnum):
    IDENTITY_NUMBER = "a personal identity number"
    EMAIL = "an email address"


def found_in(text: str) -> PersonalData | None:
    """Say what kind of personal data the text holds, if any; an organization number is none."""
    plain = text if text.isascii() else _plain(text)
    # Most names end here: a request brings up to a thousand of them.
    if "@" not in plain and not _SIX_DIGITS.search(plain):
        return None
    if _TEMPORARY_NUMBER.search(plain):
        return PersonalData.IDENTITY_NUMBER
    # The library knows coordination numbers as well, whose day is 60 higher.
    numbers = (match[0].replace(" ", "") for match in _NUMBER.finditer(plain))
    if any(valid(number) for number in numbers):
        return PersonalData.IDENTITY_NUMBER
    return PersonalData.EMAIL if _EMAIL.search(plain) else None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).translate(_DASHES).translate(_INVISIBLE)
