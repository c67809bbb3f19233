"""Edits of the roster as calls of the portal, and what the portal shows of the roster."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, TypeAdapter

from app.skolon.domain.rosters import GroupType, Role, UnitKind
from app.skolon.schemas.portal import Strict
from app.skolon.schemas.provenance import PortalProcess, assumed

_ADDRESS = r"^[^\s@]+@[^\s@]+$"
_NOT_PRINTABLE = "may only hold characters that can be seen, and spaces between them"


def _is_printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError(_NOT_PRINTABLE)
    return text


def _printable(most: int) -> StringConstraints:
    return StringConstraints(strip_whitespace=True, min_length=1, max_length=most)


_IS_PRINTABLE = AfterValidator(_is_printable)
Name = Annotated[str, _printable(100), _IS_PRINTABLE]
# Whatever the school writes: a mock of a register must be able to lie.
Code = Annotated[str, _printable(20), _IS_PRINTABLE]
Id = Annotated[
    str,
    _printable(100),
    _IS_PRINTABLE,
    Field(description="id or uuid; of a person the username too"),
]
Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=254, pattern=_ADDRESS),
    _IS_PRINTABLE,
]
Ids = Annotated[list[Id], Field(max_length=1000)]
SomeIds = Annotated[list[Id], Field(min_length=1, max_length=1000)]
SchoolRole = Literal[Role.STUDENT, Role.TEACHER, Role.STAFF]


# No pattern but this: what is searched for need not be a name.
Search = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]


class ListOf(Strict):
    """Which page of a list is asked for."""

    search: Search = Field("", description="a part of the name", json_schema_extra=assumed())
    after: Search = Field("", description="`after` of the page before", json_schema_extra=assumed())
    limit: int = Field(50, ge=1, le=200, json_schema_extra=assumed())


class GroupsOf(ListOf):
    school: Search = Field("", description="id or uuid", json_schema_extra=assumed())


class PeopleOf(GroupsOf):
    group: Search = Field("", description="id or uuid", json_schema_extra=assumed())


class Chosen(Strict):
    school: list[Search] = Field(
        default_factory=list,
        max_length=1000,
        description="id or uuid; all, when left out",
        json_schema_extra=assumed(),
    )


class Edit(Strict):
    """What every edit says: whether it is made here, or in the register that syncs at night."""

    when: Literal["now", "tonight"] = Field(
        "now", description="`tonight` waits for 02:00 in Sweden on the sandbox's clock"
    )


class AddUser(Edit):
    """A new person at one school or several."""

    kind: Literal["add_user"]
    first_name: Name
    last_name: Name
    username: Email = Field(description="has the shape of an address, and nobody else has it")
    email: Email | None = None
    role: SchoolRole
    schools: SomeIds = Field(description="in the order in which tools see them")
    groups: Ids = Field(default_factory=list)


class RenameUser(Edit):
    kind: Literal["rename_user"]
    user: Id
    first_name: Name
    last_name: Name


class ChangeEmail(Edit):
    """Another email address, or none."""

    kind: Literal["change_email"]
    user: Id
    email: Email | None


class ChangeRole(Edit):
    kind: Literal["change_role"]
    user: Id
    role: SchoolRole


class MoveUser(Edit):
    """The schools that somebody is at from now on; their groups at schools they leave end."""

    kind: Literal["move_user"]
    user: Id
    schools: Ids = Field(description="in the order in which tools see them")


class DeleteUser(Edit):
    kind: Literal["delete_user"]
    user: Id


class AddGroup(Edit):
    kind: Literal["add_group"]
    school: Id
    name: Name
    type: GroupType = GroupType.CLASS


class RenameGroup(Edit):
    kind: Literal["rename_group"]
    group: Id
    name: Name


class DeleteGroup(Edit):
    kind: Literal["delete_group"]
    group: Id


class AddMembers(Edit):
    kind: Literal["add_members"]
    group: Id
    users: SomeIds


class RemoveMembers(Edit):
    kind: Literal["remove_members"]
    group: Id
    users: SomeIds


class AddCode(Edit):
    """One more school unit code, as text: also of seven digits, or of none."""

    kind: Literal["add_code"]
    school: Id
    code: Code


class RemoveCode(Edit):
    kind: Literal["remove_code"]
    school: Id
    code: Code


class ReplaceCode(Edit):
    kind: Literal["replace_code"]
    school: Id
    code: Code
    new_code: Code


class AddSchool(Edit):
    kind: Literal["add_school"]
    name: Name
    unit: UnitKind = UnitKind.SCHOOL
    codes: Annotated[list[Code], Field(max_length=20)] = Field(default_factory=list)


class RenameSchool(Edit):
    kind: Literal["rename_school"]
    school: Id
    name: Name


class DeleteSchool(Edit):
    """The school goes with its groups, codes and licenses; its people stay in the organization."""

    kind: Literal["delete_school"]
    school: Id


class MergeSchools(Edit):
    """One school becomes a part of another: people, groups, codes and valid licenses move."""

    kind: Literal["merge_schools"]
    school: Id = Field(description="the school that vanishes")
    into: Id


class SplitSchool(Edit):
    """Groups move to a new school with their people; who also is in another group stays too."""

    kind: Literal["split_school"]
    school: Id
    name: Name = Field(description="of the new school")
    code: Code | None = Field(None, description="of the new school")
    groups: SomeIds


class RollOver(Edit):
    """The new school year: classes move up, grade 9 leaves, teaching groups are dissolved."""

    kind: Literal["roll_over"]
    schools: Ids = Field(default_factory=list, description="all that are yours, when left out")
    graduates: Literal["delete", "leave"] = Field(
        "delete", description="whether they are deleted, or only no longer at the school"
    )
    again: bool = Field(False, description="do it a second time in the same school year")


AnyEdit = Annotated[
    AddUser
    | RenameUser
    | ChangeEmail
    | ChangeRole
    | MoveUser
    | DeleteUser
    | AddGroup
    | RenameGroup
    | DeleteGroup
    | AddMembers
    | RemoveMembers
    | AddCode
    | RemoveCode
    | ReplaceCode
    | AddSchool
    | RenameSchool
    | DeleteSchool
    | MergeSchools
    | SplitSchool
    | RollOver,
    Field(discriminator="kind"),
]
EDITS: TypeAdapter[AnyEdit] = TypeAdapter(AnyEdit)


class EditOut(PortalProcess):
    """What became of an edit."""

    state: Literal["done", "pending"]
    id: str | None = Field(description="of what was made, changed or deleted; of a pending edit")
    webhooks: int = Field(description="removals that tools are told of")
    due_at: datetime | None = Field(description="when a pending edit is synced")


class PendingOut(PortalProcess):
    """An edit that waits for the night, or no longer fitted when its night came."""

    id: str
    kind: str
    call: dict[str, object]
    made_at: datetime
    due_at: datetime
    refusal: str | None = Field(description="code of the reason why it did not fit")
    reason: str | None


class PendingList(PortalProcess):
    edits: list[PendingOut]


class Synced(PortalProcess):
    done: int
    refused: int


class PlaceOut(PortalProcess):
    """A school or group that somebody is at."""

    id: str
    name: str


class PersonOut(PortalProcess):
    id: str
    uuid: str
    first_name: str
    last_name: str
    username: str
    email: str | None
    role: Role
    schools: list[PlaceOut]


class PersonDetails(PersonOut):
    groups: list[PlaceOut]


class PersonList(PortalProcess):
    users: list[PersonOut]
    after: str | None = Field(description="goes into the next call for the next page")


class GroupShown(PortalProcess):
    id: str
    uuid: str
    name: str
    type: GroupType
    school: PlaceOut
    members: int


class GroupList(PortalProcess):
    groups: list[GroupShown]
    after: str | None = Field(description="goes into the next call for the next page")


class SchoolShown(PortalProcess):
    id: str
    uuid: str
    name: str
    unit: UnitKind
    codes: list[str]
    people: int
    groups: int


class SchoolList(PortalProcess):
    schools: list[SchoolShown]
    after: str | None = Field(description="goes into the next call for the next page")


class ClassMove(PortalProcess):
    name: str
    becomes: str | None = Field(description="nothing for a class that leaves the school")


class RolloverOut(PortalProcess):
    """What a new school year would do to one school."""

    school: PlaceOut
    classes: list[ClassMove]
    stay: list[str] = Field(description="classes whose name tells no grade")
    dissolved: int = Field(description="teaching groups")
    graduates: int
    is_again: bool = Field(description="it has had its new school year")


class RolloverPreview(PortalProcess):
    schools: list[RolloverOut]
