"""The Partner API, version 2."""

from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from app.skolon.domain.rosters import GroupType
from app.skolon.schemas import Text

MOST_PER_PAGE = 1000


class ErrorOut(BaseModel):
    error: str = Field(description="The body is assumed; the statuses are documented.")
    message: str


class Wire(BaseModel):
    """Something in Skolon's spelling."""

    model_config: ClassVar[ConfigDict] = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class ListQuery(Wire):
    """How every list is asked for; unknown parameters are ignored (assumed)."""

    version_tag: int | None = Field(
        None,
        ge=0,
        lt=2**63,
        description="Only what changed after this tag. Documented; seen in 2 clients.",
    )
    limit: int = Field(
        100, ge=1, description=f"At most {MOST_PER_PAGE} are given. Seen in 2; numbers assumed."
    )
    cursor: Text = Field("", description="From the answer before. Seen in 2 clients.")
    id: Text | None = Field(None, description="One record. Assumed, the twin of `uuid`.")
    uuid: Text | None = Field(
        None,
        description="One record. Seen in 1 client, for users, schools and licenses; else assumed.",
    )


class OfUserQuery(ListQuery):
    user_id: Text | None = Field(
        None,
        description="Of this person. Seen in 1 client, for users, groups and schools; "
        "else assumed.",
    )
    user_uuid: Text | None = Field(
        None,
        description="Of this person. Seen in 1 client, for schools and licenses; else assumed.",
    )


class SchoolQuery(OfUserQuery):
    pass


class OrganizationQuery(ListQuery):
    school_id: Text | None = Field(None, description="That owns this school. Assumed.")
    school_uuid: Text | None = Field(None, description="That owns this school. Assumed.")


class AtSchoolQuery(OfUserQuery):
    school_id: Text | None = Field(
        None, description="At this school. Seen in 1 client, for users and groups; else assumed."
    )
    school_uuid: Text | None = Field(
        None, description="At this school. Seen in 1 client, for users; else assumed."
    )


class UserQuery(AtSchoolQuery):
    class_id: Text | None = Field(None, description="In this group. Inferred.")
    class_uuid: Text | None = Field(None, description="In this group. Assumed, a twin.")


class GroupQuery(AtSchoolQuery):
    pass


class LicenseQuery(AtSchoolQuery):
    owner_school_id: Text | None = Field(None, description="Of this school. Assumed, a twin.")
    owner_school_uuid: Text | None = Field(None, description="Of this school. Seen in 1 client.")


class Reference(Wire):
    id: str = Field(description="Documented; seen in 3 clients. The shape: seen in 2.")
    uuid: UUID = Field(description="Seen in 2 clients; the shape is inferred.")


class Record(Reference):
    """Whatever is listed; of a deleted record nothing else is told (inferred)."""

    is_deleted: bool = Field(
        False,
        description="Documented; seen in 3 clients of users, 2 of schools and 1 of groups; of "
        "organizations it is assumed.",
    )


class UserOut(Record):
    user_type: str | None = Field(
        None, description="TEACHER or STUDENT. Seen in 4 clients, and in v1."
    )
    username: str | None = Field(None, description="Seen in 1 client.")
    email: str | None = Field(
        None, description="Documented; seen in 2 clients. That it is absent if unknown: inferred."
    )
    first_name: str | None = Field(None, description="Documented; seen in 2 clients.")
    last_name: str | None = Field(None, description="Documented; seen in 2 clients.")
    language: str | None = Field(None, description="Seen in 2 clients.")
    schools: list[Reference] | None = Field(None, description="In order. Seen in 3 clients.")
    external_identifiers: list[dict[str, str]] | None = Field(
        None, description="Empty. Seen in 2 clients."
    )


class UnitCode(Wire):
    type: str = Field("SchoolUnitCode", description="Seen in 1 client, weakly.")
    value: str = Field(description="The key's name is assumed.")


class SchoolOut(Record):
    name: str | None = Field(None, description="Documented; seen in 3 clients.")
    organization_number: str | None = Field(None, description="Documented; seen in 1 client.")
    unit_codes: list[UnitCode] | None = Field(None, description="Seen in 1 client, weakly.")


class OrganizationOut(Record):
    name: str | None = Field(None, description="Assumed.")
    organization_number: str | None = Field(None, description="Assumed.")
    schools: list[Reference] | None = Field(None, description="Those in sight. Assumed.")


class GroupOut(Record):
    name: str | None = Field(None, description="Documented; seen in 2 clients.")
    type: GroupType | None = Field(
        None, description="CLASS: seen in 2 clients. TEACHING_GROUP: seen in 1."
    )
    school_id: str | None = Field(None, description="Documented; seen in 1 client.")
    school_uuid: UUID | None = Field(None, description="Seen in 1 client.")
    memberships: list[Reference] | None = Field(
        None, description="People of both types that the caller may see. Seen in 1 client."
    )


class LicenseOut(Wire):
    id: str = Field(description="Documented; seen in 2 clients.")
    is_deleted: bool = Field(False, description="Documented; seen in 2 clients.")
    is_demo: bool | None = Field(None, description="Seen in 1 client, and in v1.")
    # With a zone, Skolon's own starter script fails at every login.
    expiration_date: str | None = Field(
        None, description="Documented; seen in 2 clients. Without a zone: inferred from 1."
    )
    owner_school_id: str | None = Field(None, description="Seen in 1 client.")
    owner_school_uuid: UUID | None = Field(None, description="Seen in 1 client.")
    users: list[Reference] | None = Field(
        None, description="Whom it covers. Documented; seen in 2 clients."
    )


class SessionOut(Wire):
    user_id: str = Field(description="Documented; seen in 2 clients.")
    user_uuid: UUID = Field(
        alias="userUuId", description="Spelled so. Documented; seen in 1 client."
    )
    school_id: str | None = Field(None, description="The chosen school. Documented.")
    school_uuid: UUID | None = Field(None, description="The chosen school. Documented.")
    authentication_method: str = Field("SKOLON", description="Documented; the value is assumed.")


class Page(Wire):
    """The envelope of every list."""

    version_tag: int = Field(description="What to ask with next. Documented; seen in 3 clients.")
    has_more: bool = Field(description="Documented; seen in 3 clients.")
    cursor: str | None = Field(None, description="While there is more. Seen in 2 clients.")


class UserPage(Page):
    users: list[UserOut] = Field(description="Documented; seen in 4 clients.")


class SchoolPage(Page):
    schools: list[SchoolOut] = Field(description="Documented; seen in 3 clients.")


class OrganizationPage(Page):
    organizations: list[OrganizationOut] = Field(description="The key is inferred.")


class GroupPage(Page):
    groups: list[GroupOut] = Field(description="Documented; seen in 3 clients.")


class LicensePage(Page):
    licenses: list[LicenseOut] = Field(description="Documented; seen in 2 clients.")
