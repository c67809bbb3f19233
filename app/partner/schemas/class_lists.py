"""The classes of whoever is logged in, as JSON."""

from pydantic import BaseModel, Field

from app.partner.domain.placement import Role


class ClassListOut(BaseModel):
    """A class as one of its members sees it."""

    school: str
    name: str
    school_year: str = Field(examples=["2026/27"])
    role: Role = Field(description="What the person who asks is in this class.")
    students: list[str] = Field(
        description="For a teacher, the names of those who have logged in; empty for a student. "
        "A name may be empty."
    )


class ClassListsOut(BaseModel):
    class_lists: list[ClassListOut]
