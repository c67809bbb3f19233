"""Organizations, their schools, and the people and groups in them."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Enum,
    ForeignKey,
    FromClause,
    Index,
    String,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base
from app.skolon.domain.oauth import random_name
from app.skolon.domain.rosters import GroupType, Misfortune, Role, UnitKind


def one_of(values: type[StrEnum], name: str) -> Enum:
    """Return the type of a column that holds one of these words, as the database checks too."""
    return Enum(
        values,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=20,
        values_callable=lambda kinds: [kind.value for kind in kinds],
    )


class ChangeCounter(Base):
    """The newest change number of one kind of record: the `versionTag` of its list."""

    __tablename__ = "skolon_change_counters"

    record_kind: Mapped[str] = mapped_column(primary_key=True)
    newest: Mapped[int] = mapped_column(BigInteger)


class Listed:
    """What every record of the Partner API has: `uuid` and `id` on the wire, and its newness."""

    __table__: ClassVar[FromClause]

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    public_id: Mapped[str] = mapped_column(String(50), unique=True, default=random_name)
    # Unique too, but by its counter: an index that says so would make foreign keys wait for it.
    change_number: Mapped[int] = mapped_column(BigInteger, index=True)
    deleted_at: Mapped[datetime | None]


class Organization(Listed, Base):
    """A customer of Skolon: the municipality or company that runs schools (huvudman)."""

    __tablename__ = "skolon_organizations"

    number: Mapped[str] = mapped_column(unique=True)
    # What Skolon calls a Skolon ID, which people read to each other.
    short_code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    municipality: Mapped[str]


class School(Listed, Base):
    """A unit of an organization, whatever it is in real life."""

    __tablename__ = "skolon_schools"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_organizations.id"), index=True)
    name: Mapped[str]
    kind: Mapped[UnitKind] = mapped_column(one_of(UnitKind, "kind"))


class SchoolUnitCode(Base):
    """A code of a school, which may have several; any text, as in the real Skolon."""

    __tablename__ = "skolon_school_unit_codes"

    school_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_schools.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    added_at: Mapped[datetime]


class User(Listed, Base):
    """A person who can log in to Skolon."""

    __tablename__ = "skolon_users"
    __table_args__ = (
        CheckConstraint("(role = 'partner') = (organization_id IS NULL)", "partner_or_school"),
    )

    # A partner account belongs to no organization.
    organization_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("skolon_organizations.id"), index=True
    )
    role: Mapped[Role] = mapped_column(one_of(Role, "role"))
    first_name: Mapped[str]
    last_name: Mapped[str]
    username: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="sv")
    # The name in small letters: SQLite folds no å, ä or ö by itself.
    search_name: Mapped[str]


class SchoolMembership(Base):
    """A person's place at a school; partners see the schools in the order of `position`."""

    __tablename__ = "skolon_school_memberships"
    __table_args__ = (Index(None, "school_id", "user_id"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_users.id"), primary_key=True)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_schools.id"), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)


class Group(Listed, Base):
    """A class or a teaching group of a school."""

    __tablename__ = "skolon_groups"

    school_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_schools.id"), index=True)
    name: Mapped[str]
    type: Mapped[GroupType] = mapped_column(one_of(GroupType, "type"))


class GroupMembership(Base):
    """A student or a teacher in a group; Skolon does not tell partners which."""

    __tablename__ = "skolon_group_memberships"
    __table_args__ = (Index(None, "user_id", "group_id"),)

    group_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_groups.id"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_users.id"), primary_key=True)


class Administrator(Base):
    """A person who administers a whole organization in the portal."""

    __tablename__ = "skolon_administrators"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_users.id"), primary_key=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_organizations.id"))


class SchoolAdministrator(Base):
    """A teacher who administers a school of theirs in the portal."""

    __tablename__ = "skolon_school_administrators"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_users.id"), primary_key=True)
    school_id: Mapped[UUID] = mapped_column(
        ForeignKey("skolon_schools.id"), primary_key=True, index=True
    )


class Persona(Base):
    """A person whom visitors of the test environment may become, and the situation they are in."""

    __tablename__ = "skolon_personas"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_users.id"), primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    position: Mapped[int]
    description_sv: Mapped[str]
    description_en: Mapped[str]
    misfortune: Mapped[Misfortune | None] = mapped_column(one_of(Misfortune, "misfortune"))


class Sighting(Base):
    """A school or group that a tool saw, by something of which no trace is left where it was.

    Whoever merges schools, moves groups or takes people out of them writes it down here: the tool
    must be told that the record is gone.
    """

    __tablename__ = "skolon_sightings"

    tool_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_tools.id"), primary_key=True)
    record_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)


class PendingEdit(Base):
    """An edit in the school's own register, which reaches Skolon with the next night's sync."""

    __tablename__ = "skolon_pending_edits"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_organizations.id"), index=True)
    made_by: Mapped[UUID] = mapped_column(ForeignKey("skolon_users.id"))
    # In which order they were made; two may be of the same instant.
    position: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str]
    call: Mapped[dict[str, Any]] = mapped_column(JSON(none_as_null=True))
    made_at: Mapped[datetime]
    due_at: Mapped[datetime] = mapped_column(index=True)
    # It no longer fitted when its night came; kept, so that somebody sees it.
    refused_at: Mapped[datetime | None]
    refusal: Mapped[str | None]
    reason: Mapped[str | None]


class Rollover(Base):
    """A school's step into a new school year, which is taken once a year."""

    __tablename__ = "skolon_rollovers"

    school_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_schools.id"), primary_key=True)
    # In which the school year began.
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    done_at: Mapped[datetime]
