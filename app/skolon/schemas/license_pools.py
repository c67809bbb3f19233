"""License pools as an administrator's program sees them; assumed."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from app.skolon.domain.licenses import Audience
from app.skolon.domain.rosters import Role
from app.skolon.schemas.portal import OwnSchool, Strict
from app.skolon.schemas.provenance import PortalProcess
from app.skolon.schemas.tools import Id

MOST_AT_ONCE = 1000

PoolName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00]*$"),
]


class PoolIn(Strict):
    """A new pool, without licenses yet."""

    client_id: Id = Field(description="of the tool")
    school: Id = Field(description="id or uuid of a school that the administrator administers")
    name: PoolName
    fills_itself: bool = Field(
        default=False, description="takes in new single licenses of the tool by itself"
    )


class PoolChange(Strict):
    """What is to be different; what is left out stays."""

    name: PoolName | None = None
    fills_itself: bool | None = None


class FillIn(Strict):
    """Licenses to put into a pool: so many, or exactly these."""

    count: Annotated[int, Field(ge=1, le=MOST_AT_ONCE)] | None = Field(
        None, description="so many of the school's unassigned ones"
    )
    audience: Audience | None = Field(
        None, description="needed when there are unassigned ones for different people"
    )
    licenses: Annotated[list[Id], Field(min_length=1, max_length=MOST_AT_ONCE)] | None = Field(
        None, description="ids; instead of `count`"
    )

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        if (self.count is None) == (self.licenses is None):
            raise ValueError("either `count` or `licenses` is needed, and not both")
        return self


class LinkIn(Strict):
    """Whom to link: a class or group, a person, or with neither the whole school."""

    group: Id | None = Field(None, description="id or uuid of a class or group at the school")
    user: Id | None = Field(None, description="id, uuid or username of a person at the school")

    @model_validator(mode="after")
    def _is_one_at_most(self) -> Self:
        if self.group is not None and self.user is not None:
            raise ValueError("a link is to a group or to a person, not to both")
        return self


class SeatIn(Strict):
    user: Id = Field(description="id, uuid or username of a person whom the pool is linked to")


class Seats(PortalProcess):
    total: int = Field(description="licenses in force")
    used: int
    free: int
    out_of_force: int = Field(description="licenses that have ended or not begun")
    waiting: int = Field(description="people who found no free seat")


class PoolShown(PortalProcess):
    id: UUID
    name: str
    client_id: str
    tool: str
    school: OwnSchool
    fills_itself: bool
    audience: Audience | None = Field(description="of its licenses; null while it has none")
    seats: Seats


class PoolsPage(PortalProcess):
    license_pools: list[PoolShown]
    next: str | None = Field(description="`after` of the next page")


class PoolPerson(PortalProcess):
    id: str
    name: str
    role: Role


class PoolGroup(PortalProcess):
    id: str
    name: str


class LinkShown(PortalProcess):
    id: UUID
    group: PoolGroup | None
    user: PoolPerson | None = Field(description="neither is the whole school")
    people: int = Field(description="at the school, whom the link reaches")
    seated: int = Field(description="of those, who have a seat")
    linked_at: datetime


class LinksPage(PortalProcess):
    links: list[LinkShown]
    next: str | None = Field(description="`after` of the next page")


class SeatShown(PortalProcess):
    user: PoolPerson
    given_at: datetime
    ends_on: date = Field(description="the last day of its license")


class SeatsPage(PortalProcess):
    seats: list[SeatShown]
    next: str | None = Field(description="`after` of the next page")


class WaitShown(PortalProcess):
    user: PoolPerson
    since: datetime


class WaitsPage(PortalProcess):
    waits: list[WaitShown]
    next: str | None = Field(description="`after` of the next page")
