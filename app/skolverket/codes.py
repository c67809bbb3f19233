"""The register's code lists, spelled as API v2 spells them."""

from enum import StrEnum


class UnitStatus(StrEnum):
    """How a school unit stands (CodeSchoolUnitStatus)."""

    AKTIV = "AKTIV"
    VILANDE = "VILANDE"
    UPPHORT = "UPPHORT"
    PLANERAD = "PLANERAD"


class UnitType(StrEnum):
    """What kind of unit has the code (CodeSchoolUnitType)."""

    SKOLENHET = "SKOLENHET"
    CENTRAL = "CENTRAL"
    UTLAND = "UTLAND"


class SchoolType(StrEnum):
    """Skolform (CodeSchoolType); preschool is not in the register."""

    FKLASS = "FKLASS"
    FTH = "FTH"
    OPPFTH = "OPPFTH"
    GR = "GR"
    GRAN = "GRAN"
    SP = "SP"
    SAM = "SAM"
    GY = "GY"
    GYAN = "GYAN"
    VUX = "VUX"


class AdultEducation(StrEnum):
    """A part of municipal adult education (CodeSchoolTypePartVux)."""

    VUXGR = "VUXGR"
    VUXGY = "VUXGY"
    VUXGRAN = "VUXGRAN"
    VUXGYAN = "VUXGYAN"
    VUXSFI = "VUXSFI"


class OrganizerType(StrEnum):
    """Who runs schools (CodeOrganizerType)."""

    KOMMUN = "KOMMUN"
    REGION = "REGION"
    STAT = "STAT"
    SAME = "SAME"
    ENSKILD = "ENSKILD"
    SPECIAL = "SPECIAL"
    KOMMFORB = "KOMMFORB"
    HMANUTL = "HMANUTL"


class Orientation(StrEnum):
    """Inriktning (CodeOrientationType)."""

    ALLMAN = "ALLMAN"
    WALDORF = "WALDORF"
    KONFESSIONELL = "KONFESSIONELL"
    RIKSINTERNAT = "RIKSINTERNAT"
    INTERNATIONELL = "INTERNATIONELL"
    EJ_RELEVANT = "EJ_RELEVANT"


class AddressType(StrEnum):
    """What an address is for (AddressTypeEnum)."""

    BESOKSADRESS = "BESOKSADRESS"
    POSTADRESS = "POSTADRESS"
    LEVERANSADRESS = "LEVERANSADRESS"
    UTLANDSADRESS = "UTLANDSADRESS"


class Reporting(StrEnum):
    """What a central unit reports figures for (CodeReportType)."""

    NEJ = "NEJ"
    KOMMUNAL = "KOMMUNAL"
    ENSKILD = "ENSKILD"


class Source(StrEnum):
    """Who supplied an email address or telephone number (CodeProviderType)."""

    SCB = "SCB"
    SKOLVERKET = "SKOLVERKET"
