"""Licenses: made, handed on, assigned and taken back; and the codes that partners arrange."""

from app.skolon.licenses.assigning import (
    Target,
    assign,
    withdraw,
)
from app.skolon.licenses.codes import add_code, remove_code
from app.skolon.licenses.distributing import Bundle, bundle, bundles, distribute
from app.skolon.licenses.giving import Made, give, make
from app.skolon.licenses.own import organization_administrator
from app.skolon.licenses.reading import (
    LicenseRow,
    Wanted,
    count_covered,
    covered,
    free_like,
    groups_at,
    have_one,
    holds,
    in_portal,
    one,
    people_at,
    stacked,
    tools_of,
    why_nothing,
)

__all__ = [
    "Bundle",
    "LicenseRow",
    "Made",
    "Target",
    "Wanted",
    "add_code",
    "assign",
    "bundle",
    "bundles",
    "count_covered",
    "covered",
    "distribute",
    "free_like",
    "give",
    "groups_at",
    "have_one",
    "holds",
    "in_portal",
    "make",
    "one",
    "organization_administrator",
    "people_at",
    "remove_code",
    "stacked",
    "tools_of",
    "why_nothing",
    "withdraw",
]
