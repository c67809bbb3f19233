"""What people, schools and groups can be in Skolon."""

from enum import StrEnum


class Role(StrEnum):
    """What a person is in Skolon; a partner account belongs to a vendor, not to a school."""

    STUDENT = "student"
    TEACHER = "teacher"
    STAFF = "staff"
    PARTNER = "partner"

    @property
    def wire(self) -> str:
        """The `userType` on the wire, where only these two have been seen."""
        return "STUDENT" if self is Role.STUDENT else "TEACHER"


class UnitKind(StrEnum):
    """What a unit of an organization is; Skolon calls all of them schools."""

    SCHOOL = "school"
    PRESCHOOL = "preschool"
    ADMINISTRATIVE = "administrative"
    OTHER = "other"


class GroupType(StrEnum):
    """The two types of group on the wire."""

    CLASS = "CLASS"
    TEACHING_GROUP = "TEACHING_GROUP"
