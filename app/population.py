"""The people of an invented nation, as every company may know them: facts, and no tables.

Who fills a world with a nation tells each company of its schools, one after the other; the company
says by which rows it would know them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import blake2b
from typing import NamedTuple

Row = tuple[str | int | None, ...]


class Sheet(NamedTuple):
    """A table, and the columns in which its rows are told."""

    table: str
    columns: tuple[str, ...]

    @classmethod
    def of(cls, table: str, columns: str) -> "Sheet":
        return cls(table, tuple(columns.split()))


# Takes rows of a table, in order.
Put = Callable[[Sheet, Iterable[Row]], None]


class Ids(NamedTuple):
    """The uuid of a record, without hyphens, and the fifty letters and digits beside it."""

    id: str
    public_id: str


def ids(kind: str, number: int) -> Ids:
    """Return the ids of a record of a kind, which is two hexadecimal digits; always the same.

    They begin with the number, so that rows come in the order of their keys: a tree that is filled
    in its order is filled in a third of the time.
    """
    begins = f"{kind}{number:07x}"
    digest = blake2b(begins.encode(), digest_size=32).hexdigest()
    return Ids(begins + digest[:23], begins + digest[23:])


class Person(NamedTuple):
    """Somebody at a school; of who was deleted, the names are gone."""

    number: int
    role: str
    first_name: str
    last_name: str
    username: str
    email: str | None
    is_deleted: bool = False
    # The number of a second school, which is listed before the one where the person is told of.
    also_at: int | None = None
    groups: tuple[int, ...] = ()


class Group(NamedTuple):
    """A class, or a teaching group; it may be deleted, or have nobody in it."""

    number: int
    name: str
    is_class: bool = True
    is_deleted: bool = False


class Grant(NamedTuple):
    """A license of a school, who has a seat of it, and when it holds."""

    number: int
    type: str
    starts_on: date
    ends_on: date
    holders: tuple[Person, ...] = ()
    group: int | None = None
    # Of a pool, one license a seat.
    pool: int | None = None
    is_demo: bool = False
    is_assigned: bool = True


@dataclass(slots=True)
class Owner:
    """An organization, its administrator, and how far its license request has come."""

    number: int
    organization_number: str
    name: str
    municipality: str
    is_approving: bool
    administrator: Person
    # In the partner's words; None when it never asked.
    request: str | None
    asked_at: datetime
    is_licensed: bool
    schools: list["School"] = field(default_factory=list)


@dataclass(slots=True)
class School:
    """A unit of an organization with everybody in it; filled when it is told of."""

    number: int
    owner: Owner
    name: str
    kind: str
    codes: tuple[str, ...]
    # What the register says of the first code.
    status: str | None
    grades: tuple[str, ...]
    pupils: int = 0
    teachers: int = 0
    classes: int = 0
    license: str | None = None
    groups: list[Group] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    grants: list[Grant] = field(default_factory=list)


def text_of(instant: datetime) -> str:
    """Write an instant of UTC as either store takes it."""
    return instant.strftime("%Y-%m-%d %H:%M:%S.%f")
