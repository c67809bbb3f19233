"""The Partner API, version 2."""

from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from app.skolon.domain.rosters import GroupType
from app.skolon.schemas import Text
from app.skolon.schemas.provenance import assumed, documented, inferred, observed

ONE_RECORD = "The one record that has it."
OF_THIS_PERSON = "Those of this person."
AT_THIS_SCHOOL = "Those at this school."

AN_ID = "50 letters and digits."
A_UUID = "The same record's other name."
DELETED = "Whether this record is gone."

ITS_SHAPE = "That it looks so is observed in 2."
UUID_SHAPE = "That it is a standard UUID is inferred."
TOMBSTONE = "That a deleted record tells nothing else is inferred."
WEAKLY = "That client tried it and gave it up, so its place is unsure."
UNREAD = "No client reads organizations."
STARTERS_GUESS = "The generated starter looks for it; live it was not found, so a switch adds it."
OF_VERSION_1 = "Seen in v1 only; a switch adds it here."
WHICH_SCHOOL = "Which one, of several, is assumed."

# Skolon is seen with some filters on some lists; that their twins work everywhere is our choice.
A_TWIN = assumed("A twin of a filter that is known from elsewhere.")


class ErrorOut(BaseModel):
    error: str = Field(
        description="A word for programs.", json_schema_extra=assumed("Only statuses are known.")
    )
    message: str = Field(
        description="A sentence for developers.",
        json_schema_extra=assumed("Only statuses are known."),
    )


class Wire(BaseModel):
    """Something in Skolon's spelling."""

    model_config: ClassVar[ConfigDict] = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class ListQuery(Wire):
    """How every list is asked for; unknown parameters are ignored (assumed)."""

    version_tag: Text | None = Field(
        None,
        description="Only what changed after this tag, a number.",
        json_schema_extra=documented("That only a number is accepted is assumed.", seen_in=2),
    )
    limit: int | None = Field(
        None,
        ge=1,
        description="Records on a page: 100 when left out, 1000 at most.",
        json_schema_extra=observed(2, "Both numbers are assumed."),
    )
    cursor: Text = Field("", description="From the answer before.", json_schema_extra=observed(2))
    id: Text | None = Field(None, description=ONE_RECORD, json_schema_extra=A_TWIN)
    uuid: Text | None = Field(None, description=ONE_RECORD, json_schema_extra=A_TWIN)


class OfUserQuery(ListQuery):
    user_id: Text | None = Field(None, description=OF_THIS_PERSON, json_schema_extra=A_TWIN)
    user_uuid: Text | None = Field(None, description=OF_THIS_PERSON, json_schema_extra=A_TWIN)


class SchoolQuery(OfUserQuery):
    uuid: Text | None = Field(None, description=ONE_RECORD, json_schema_extra=observed(1))
    user_id: Text | None = Field(None, description=OF_THIS_PERSON, json_schema_extra=observed(1))
    user_uuid: Text | None = Field(None, description=OF_THIS_PERSON, json_schema_extra=observed(1))


class OrganizationQuery(ListQuery):
    school_id: Text | None = Field(
        None, description="The one that owns this school.", json_schema_extra=A_TWIN
    )
    school_uuid: Text | None = Field(
        None, description="The one that owns this school.", json_schema_extra=A_TWIN
    )


class AtSchoolQuery(OfUserQuery):
    school_id: Text | None = Field(None, description=AT_THIS_SCHOOL, json_schema_extra=A_TWIN)
    school_uuid: Text | None = Field(None, description=AT_THIS_SCHOOL, json_schema_extra=A_TWIN)


class UserQuery(AtSchoolQuery):
    uuid: Text | None = Field(None, description=ONE_RECORD, json_schema_extra=observed(1))
    user_id: Text | None = Field(None, description="This person.", json_schema_extra=observed(1))
    user_uuid: Text | None = Field(None, description="This person.", json_schema_extra=A_TWIN)
    school_id: Text | None = Field(None, description=AT_THIS_SCHOOL, json_schema_extra=observed(1))
    school_uuid: Text | None = Field(
        None, description=AT_THIS_SCHOOL, json_schema_extra=observed(1)
    )
    class_id: Text | None = Field(
        None,
        description="Those in this group.",
        json_schema_extra=inferred("1 client has it in a function that it never calls."),
    )
    class_uuid: Text | None = Field(
        None, description="Those in this group.", json_schema_extra=A_TWIN
    )


class GroupQuery(AtSchoolQuery):
    user_id: Text | None = Field(None, description=OF_THIS_PERSON, json_schema_extra=observed(1))
    school_id: Text | None = Field(None, description=AT_THIS_SCHOOL, json_schema_extra=observed(1))


class LicenseQuery(AtSchoolQuery):
    uuid: Text | None = Field(None, description=ONE_RECORD, json_schema_extra=observed(1))
    user_uuid: Text | None = Field(None, description=OF_THIS_PERSON, json_schema_extra=observed(1))
    owner_school_id: Text | None = Field(
        None, description="Those of this school.", json_schema_extra=A_TWIN
    )
    owner_school_uuid: Text | None = Field(
        None, description="Those of this school.", json_schema_extra=observed(1)
    )


class Reference(Wire):
    """Another record; what is said of a list limits what is said of the references in it."""

    id: str = Field(description=AN_ID, json_schema_extra=observed(3))
    uuid: UUID = Field(description=A_UUID, json_schema_extra=observed(3))


class Record(Reference):
    """Whatever is listed; of a deleted record nothing else is told (inferred)."""

    is_deleted: bool = False


class UserOut(Record):
    id: str = Field(description=AN_ID, json_schema_extra=documented(ITS_SHAPE, seen_in=3))
    uuid: UUID = Field(description=A_UUID, json_schema_extra=observed(2, UUID_SHAPE))
    is_deleted: bool = Field(
        False, description=DELETED, json_schema_extra=documented(TOMBSTONE, seen_in=3)
    )
    user_type: str | None = Field(
        None,
        description="`TEACHER` or `STUDENT`.",
        json_schema_extra=observed(
            4, "The same two are seen in v1; that administrators are teachers is assumed."
        ),
    )
    username: str | None = Field(
        None, description="The name to log in with.", json_schema_extra=observed(1)
    )
    email: str | None = Field(
        None,
        description="Absent if unknown.",
        json_schema_extra=documented("That it can be absent is inferred from 1.", seen_in=2),
    )
    first_name: str | None = Field(
        None, description="The given name.", json_schema_extra=documented(seen_in=2)
    )
    last_name: str | None = Field(
        None, description="The family name.", json_schema_extra=documented(seen_in=2)
    )
    language: str | None = Field(
        None,
        description="`sv`, for example.",
        json_schema_extra=observed(2, "How it is written is assumed."),
    )
    schools: list[Reference] | None = Field(
        None,
        description="In order.",
        json_schema_extra=observed(
            3, "What the order says is unknown, but clients take the first."
        ),
    )
    external_identifiers: list[dict[str, str]] | None = Field(
        None,
        description="Empty.",
        json_schema_extra=observed(2, "What else it could hold is unknown."),
    )
    role: str | None = Field(
        None, description="As `userType`.", json_schema_extra=assumed(STARTERS_GUESS)
    )
    school_id: str | None = Field(
        None, description="The first school.", json_schema_extra=assumed(STARTERS_GUESS)
    )
    external_id: str | None = Field(
        None, description="The name to log in with.", json_schema_extra=assumed(STARTERS_GUESS)
    )
    student_number: str | None = Field(
        None, description="Of students.", json_schema_extra=assumed(STARTERS_GUESS)
    )


class UnitCode(Wire):
    type: str = Field(
        "SchoolUnitCode",
        description="`SchoolUnitCode`.",
        json_schema_extra=observed(1, WEAKLY),
    )
    value: str | None = Field(None, description="Eight digits.", json_schema_extra=assumed())
    code: str | None = Field(
        None, description="The same, behind a switch.", json_schema_extra=assumed()
    )


class SchoolOut(Record):
    id: str = Field(description=AN_ID, json_schema_extra=observed(2))
    uuid: UUID = Field(description=A_UUID, json_schema_extra=observed(1, UUID_SHAPE))
    is_deleted: bool = Field(
        False, description=DELETED, json_schema_extra=documented(TOMBSTONE, seen_in=2)
    )
    name: str | None = Field(
        None, description="What the school is called.", json_schema_extra=documented(seen_in=3)
    )
    organization_number: str | None = Field(
        None,
        description="Of the organization that runs it.",
        json_schema_extra=documented("It was null where it was seen.", seen_in=1),
    )
    unit_codes: list[UnitCode] | None = Field(
        None, description="Its school unit codes.", json_schema_extra=observed(1, WEAKLY)
    )


class OrganizationOut(Record):
    id: str = Field(description=AN_ID, json_schema_extra=assumed(UNREAD))
    uuid: UUID = Field(description=A_UUID, json_schema_extra=assumed(UNREAD))
    is_deleted: bool = Field(False, description=DELETED, json_schema_extra=assumed(UNREAD))
    name: str | None = Field(
        None, description="What it is called.", json_schema_extra=assumed(UNREAD)
    )
    organization_number: str | None = Field(
        None, description="Ten digits.", json_schema_extra=assumed(UNREAD)
    )
    schools: list[Reference] | None = Field(
        None, description="Those in sight.", json_schema_extra=assumed(UNREAD)
    )


class GroupOut(Record):
    id: str = Field(description=AN_ID, json_schema_extra=observed(2))
    uuid: UUID = Field(description=A_UUID, json_schema_extra=observed(2, UUID_SHAPE))
    is_deleted: bool = Field(
        False, description=DELETED, json_schema_extra=documented(TOMBSTONE, seen_in=1)
    )
    name: str | None = Field(
        None, description="What it is called.", json_schema_extra=documented(seen_in=2)
    )
    type: GroupType | None = Field(
        None,
        description="`CLASS` or `TEACHING_GROUP`.",
        json_schema_extra=observed(2, "`TEACHING_GROUP` is seen in 1 of them."),
    )
    school_id: str | None = Field(
        None, description="The school it is at.", json_schema_extra=documented(seen_in=1)
    )
    school_uuid: UUID | None = Field(
        None, description="The school it is at.", json_schema_extra=observed(1)
    )
    memberships: list[Reference] | None = Field(
        None,
        description="People of both types that the caller may see.",
        json_schema_extra=observed(1, "That people out of sight are left out is assumed."),
    )


class LicenseOut(Wire):
    id: str = Field(description=AN_ID, json_schema_extra=documented(seen_in=2))
    is_deleted: bool = Field(
        False, description=DELETED, json_schema_extra=documented(TOMBSTONE, seen_in=2)
    )
    is_demo: bool | None = Field(
        None, description="A trial.", json_schema_extra=observed(1, "Seen in v1 as well.")
    )
    # With a zone, Skolon's own starter script fails at every login.
    expiration_date: str | None = Field(
        None,
        description="The last moment, without a zone.",
        json_schema_extra=documented(
            "That it has no zone is inferred: Skolon's own script fails with one.", seen_in=2
        ),
    )
    owner_school_id: str | None = Field(
        None, description="The school it belongs to.", json_schema_extra=observed(1)
    )
    owner_school_uuid: UUID | None = Field(
        None, description="The school it belongs to.", json_schema_extra=observed(1)
    )
    users: list[Reference] | None = Field(
        None,
        description="Whom it covers.",
        json_schema_extra=documented(
            "That an assigned school license lists those it covers is assumed.", seen_in=2
        ),
    )
    target: str | None = Field(
        None, description="`USER`, `GROUP` or `SCHOOL`.", json_schema_extra=assumed(OF_VERSION_1)
    )
    app_ext_id: str | None = Field(
        None,
        description="What the provider calls the tool.",
        json_schema_extra=assumed(OF_VERSION_1),
    )
    order_reference: str | None = Field(
        None, description="The order it came with.", json_schema_extra=assumed(OF_VERSION_1)
    )
    license_code: str | None = Field(
        None, description="A code of this license.", json_schema_extra=assumed(OF_VERSION_1)
    )


class SessionOut(Wire):
    user_id: str = Field(
        description="The `id` of the user.", json_schema_extra=documented(seen_in=2)
    )
    user_uuid: UUID = Field(
        alias="userUuId",
        description="The `uuid` of the user; spelled so.",
        json_schema_extra=documented(seen_in=1),
    )
    school_id: str | None = Field(
        None, description="The chosen school.", json_schema_extra=documented(WHICH_SCHOOL)
    )
    school_uuid: UUID | None = Field(
        None, description="The chosen school.", json_schema_extra=documented(WHICH_SCHOOL)
    )
    authentication_method: str = Field(
        "SKOLON",
        description="How the user logged in.",
        json_schema_extra=documented("The value is assumed."),
    )


class Page(Wire):
    """The envelope of every list."""

    version_tag: int | str = Field(
        description="What to ask with next.",
        json_schema_extra=documented("That it is a number is observed in 2.", seen_in=3),
    )
    has_more: bool = Field(
        description="Whether this page is not the last.", json_schema_extra=documented(seen_in=3)
    )
    cursor: str | None = Field(
        None,
        description="What to ask the next page with, while there is one.",
        json_schema_extra=observed(2),
    )


class UserPage(Page):
    users: list[UserOut] = Field(description="The people.", json_schema_extra=documented(seen_in=4))


class SchoolPage(Page):
    schools: list[SchoolOut] = Field(
        description="The schools.", json_schema_extra=documented(seen_in=3)
    )


class OrganizationPage(Page):
    organizations: list[OrganizationOut] = Field(
        description="The organizations.",
        json_schema_extra=inferred("The other lists are named in the same way."),
    )


class GroupPage(Page):
    groups: list[GroupOut] = Field(
        description="The groups.", json_schema_extra=documented(seen_in=3)
    )


class LicensePage(Page):
    licenses: list[LicenseOut] = Field(
        description="The licenses.", json_schema_extra=documented(seen_in=2)
    )


class OrderPage(Page):
    orders: list[dict[str, str]] = Field(
        description="Empty.",
        json_schema_extra=assumed("That orders can be read is documented, nothing else."),
    )
