"""Who is who: a school by its unit code, a person by an email address."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from email_validator import EmailNotValidError, validate_email

from app.partner.domain.errors import (
    InvalidEmailError,
    InvalidSchoolUnitCodeError,
    LostLeadingZerosError,
    OldSchoolCodeError,
)


@dataclass(frozen=True, slots=True)
class SchoolUnitCode:
    """The eight digits that Skolverket gives a school unit (skolenhetskod)."""

    digits: str

    @classmethod
    def parse(cls, text: str) -> Self:
        digits = text.strip()
        # [0-9], not \d: \d also accepts digits from other scripts.
        if re.fullmatch(r"[0-9]{8}", digits):
            return cls(digits)
        if re.fullmatch(r"[0-9]{9}", digits):
            raise OldSchoolCodeError
        if re.fullmatch(r"[0-9]{1,7}", digits):
            # Never padded here: 123 may as well be half a code.
            raise LostLeadingZerosError
        raise InvalidSchoolUnitCodeError

    def __str__(self) -> str:
        return self.digits


@lru_cache(maxsize=8192)
def folded(name: str) -> str:
    """Return a name for comparison only: no case, no marks, no punctuation."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[\W_]+", " ", bare).split())


@dataclass(frozen=True, slots=True)
class Email:
    """An email address as it was given, and the key by which two of them are the same."""

    address: str
    key: str

    @classmethod
    def parse(cls, text: str) -> Self:
        address = text.strip()
        try:
            parts = validate_email(address, check_deliverability=False)
        except EmailNotValidError as error:
            # Without the library's message: it quotes the address.
            raise InvalidEmailError from error
        # lower(), not casefold(): that would make one mailbox of two (ß and ss).
        local = unicodedata.normalize("NFC", parts.local_part.lower())
        return cls(address, f"{local}@{parts.ascii_domain}")
