"""The Partner API, version 1: what its one known client reads, and what the scopes' names say."""

from pydantic import Field

from app.skolon.domain.rosters import GroupType
from app.skolon.schemas.partner_api import AN_ID, UnitCode, Wire
from app.skolon.schemas.provenance import assumed, observed

WORDS = "Its values are assumed."
UNSEEN = "Only the name of the scope is known."
AS_IN_V2 = "As in v2."


class UserIdentifier(Wire):
    id: str = Field(description=AN_ID, json_schema_extra=observed(1, "The same as in v2, assumed."))


class UserProfile(Wire):
    id: str = Field(description=AN_ID, json_schema_extra=observed(1, "The same as in v2, assumed."))
    user_name: str = Field(
        description="The name to log in with; `username` in v2.", json_schema_extra=observed(1)
    )
    user_type: str = Field(
        description="`TEACHER` or `STUDENT`.",
        json_schema_extra=observed(1, "That administrators are teachers is assumed."),
    )
    email: str | None = Field(
        None,
        description="Absent if unknown.",
        json_schema_extra=observed(1, "That it can be absent is inferred from a client of v2."),
    )
    first_name: str = Field(description="The given name.", json_schema_extra=observed(1))
    last_name: str = Field(description="The family name.", json_schema_extra=observed(1))


class UserLicense(Wire):
    id: str = Field(description=AN_ID, json_schema_extra=observed(1))
    app_ext_id: str = Field(
        description="What the provider calls the tool.",
        json_schema_extra=observed(1, "The client picks its own license by it."),
    )
    target: str = Field(
        description="`USER`, `GROUP` or `SCHOOL`.", json_schema_extra=observed(1, WORDS)
    )
    order_reference: str = Field(
        description="The order it came with.", json_schema_extra=observed(1, WORDS)
    )
    license_code: str = Field(
        description="A code of this license.", json_schema_extra=observed(1, WORDS)
    )
    is_demo: bool = Field(description="A trial.", json_schema_extra=observed(1))
    expiration_date: str | None = Field(
        description="The last moment, without a zone.",
        json_schema_extra=observed(
            1, "The client reads a date, and takes that day as good; how it is written is assumed."
        ),
    )


class UserLicenses(Wire):
    licenses: list[UserLicense] = Field(
        description="The user's, of all tools of the provider.", json_schema_extra=observed(1)
    )


class UserSchool(Wire):
    id: str = Field(description=AN_ID, json_schema_extra=assumed(UNSEEN))
    name: str = Field(description="What it is called.", json_schema_extra=assumed(UNSEEN))
    organization_number: str = Field(
        description="Of the organization that runs it.", json_schema_extra=assumed(AS_IN_V2)
    )
    unit_codes: list[UnitCode] | None = Field(
        None, description="Its school unit codes.", json_schema_extra=assumed(AS_IN_V2)
    )


class UserGroup(Wire):
    id: str = Field(description=AN_ID, json_schema_extra=assumed(UNSEEN))
    name: str = Field(description="What it is called.", json_schema_extra=assumed(UNSEEN))
    type: GroupType = Field(
        description="`CLASS` or `TEACHING_GROUP`.", json_schema_extra=assumed(AS_IN_V2)
    )
    school_id: str = Field(description="The school it is at.", json_schema_extra=assumed(AS_IN_V2))


class UserGroups(Wire):
    groups: list[UserGroup] = Field(
        description="Those that the user is in.", json_schema_extra=assumed(UNSEEN)
    )


class GroupMembers(Wire):
    members: list[UserProfile] = Field(
        description="The user, and those with a license of the tool.",
        json_schema_extra=assumed(UNSEEN),
    )
