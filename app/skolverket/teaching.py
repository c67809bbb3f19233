"""What invented schools teach, in shares that resemble the real register's.

Shares of grade spans are those of 2020 (F to 6 is the commonest, then F to 9 and 7 to 9); how
many units have each school type is about 2026.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.skolverket.codes import AdultEducation, SchoolType
from app.skolverket.records import Teaching

_GRADES = tuple("123456789")


@dataclass(frozen=True, slots=True)
class Part:
    """One unit of a school: what its name adds to the school's, and what it teaches."""

    suffix: str
    teaching: Teaching


def grades(first: str, last: str, *more: SchoolType) -> Teaching:
    """Return compulsory school between two grades, where F is the preschool class."""
    types = (SchoolType.FKLASS, SchoolType.GR) if first == "F" else (SchoolType.GR,)
    lowest = 1 if first == "F" else int(first)
    return Teaching((*types, *more), _GRADES[lowest - 1 : int(last)])


def upper_secondary(*programmes: str) -> Teaching:
    return Teaching((SchoolType.GY,), programmes=programmes)


FTH = SchoolType.FTH
ADULTS = Teaching(
    (SchoolType.VUX,),
    adult_education=(AdultEducation.VUXGR, AdultEducation.VUXGY, AdultEducation.VUXSFI),
)
_LEISURE = Teaching((FTH,))
_ADAPTED_COMPULSORY = Teaching((SchoolType.GRAN,), _GRADES)
_ADAPTED_UPPER_SECONDARY = Teaching((SchoolType.GYAN,), programmes=("AD", "ES", "HV", "IA"))
_ADAPTED_ADULTS = Teaching(
    (SchoolType.VUX,), adult_education=(AdultEducation.VUXGRAN, AdultEducation.VUXGYAN)
)
_SWEDISH = Teaching((SchoolType.VUX,), adult_education=(AdultEducation.VUXSFI,))

# The units of one school.
Recipe = tuple[Part, ...]

CENTRAL_UNIT: Recipe = (Part("", Teaching()),)
NATURAL_RESOURCES: Recipe = (Part("", upper_secondary("NB")),)
UNIVERSITY_PREPARATORY: Recipe = (Part("", upper_secondary("NA", "SA")),)
FEDERATION: Recipe = (
    Part("", upper_secondary("BA", "EE", "EK", "NA", "SA", "TE", "VO")),
    Part(" anpassad gymnasieskola", _ADAPTED_UPPER_SECONDARY),
    Part(" vuxenutbildning", ADULTS),
)
SAMI: Recipe = (Part("", Teaching((SchoolType.FKLASS, SchoolType.SAM, FTH), _GRADES[:6])),)
SPECIAL: Recipe = (Part("", Teaching((SchoolType.SP,), (*_GRADES, "10"))),)
ABROAD: Recipe = (Part("", grades("F", "9")),)

# Each row: how often, and the units of such a school.
COMPULSORY_SCHOOLS: Sequence[tuple[int, Recipe]] = (
    (24, (Part("", grades("F", "6", FTH)),)),
    (15, (Part("", grades("F", "6")), Part(" fritidshem", _LEISURE))),
    (9, (Part("", grades("F", "9", FTH)),)),
    (7, (Part(" F-6", grades("F", "6", FTH)), Part(" 7-9", grades("7", "9")))),
    (6, (Part("", grades("7", "9")),)),
    (6, (Part("", grades("F", "3", FTH)),)),
    (4, (Part("", grades("F", "5", FTH)),)),
    (3, (Part("", grades("4", "9")),)),
    (2, (Part("", grades("4", "6")),)),
    (2, (Part("", grades("6", "9")),)),
    (12, (Part("", grades("F", "6", FTH)), Part(" anpassad grundskola", _ADAPTED_COMPULSORY))),
    (7, (Part("", grades("F", "9")), Part(" anpassad grundskola", _ADAPTED_COMPULSORY),
         Part(" fritidshem", _LEISURE))),
    (3, (Part(" F-3", grades("F", "3", FTH)), Part(" 4-6", grades("4", "6")),
         Part(" 7-9", grades("7", "9")))),
)  # fmt: skip
UPPER_SECONDARY_SCHOOLS: Sequence[tuple[int, Recipe]] = (
    (30, (Part("", upper_secondary("EK", "NA", "SA", "TE")),)),
    (20, (Part("", upper_secondary("BA", "EE", "FT", "VF")),)),
    (15, (Part("", upper_secondary("BF", "HA", "VO", "IMS")),)),
    (12, (Part("", upper_secondary("ES", "HU", "SA")),)),
    (12, (Part(" 1", upper_secondary("EK", "NA", "SA")), Part(" 2", upper_secondary("BA", "EE")),
          Part(" anpassad gymnasieskola", _ADAPTED_UPPER_SECONDARY))),
    (8, (Part("", upper_secondary("SA", "EK")),
         Part(" anpassad gymnasieskola", _ADAPTED_UPPER_SECONDARY))),
)  # fmt: skip
ADULT_EDUCATION: Sequence[tuple[int, Recipe]] = (
    (5, (Part("", ADULTS),)),
    (3, (Part("", _SWEDISH),)),
    (2, (Part("", ADULTS), Part(" anpassad vuxenutbildning", _ADAPTED_ADULTS))),
)
LEISURE_CENTERS: Sequence[tuple[int, Recipe]] = (
    (5, (Part("", _LEISURE),)),
    (2, (Part("", Teaching((SchoolType.OPPFTH,))),)),
)
