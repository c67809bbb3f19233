"""The four kinds of refusal, and the three in which nobody who asked is wrong.

RefusalError
├── InvalidError      the request says something that cannot be (422)
├── NotFoundError     what it names is not there (404)
├── ForbiddenError    the asker may not (403)
├── ConflictError     it was right, but the state has moved on (409)
├── UnavailableError  ask again in a while (503)
│   ├── OutOfReachError  the database does not answer
│   ├── BusyError        the database did not get around to it in time
│   └── ReadOnlyError    the database takes nothing new
├── NoRoomError       there is no room to keep it (507)
└── DamagedError      what was kept cannot be read any more (500)
"""

from typing import ClassVar


class RefusalError(Exception):
    """A request that is turned down; `code` is public and stable, the message is for developers."""

    code: ClassVar[str] = "refused"

    def __init__(self, message: str = "", *, pointer: str | None = None, **members: str) -> None:
        super().__init__(message or self.__doc__ or self.code)
        self.pointer = pointer
        # What a program may want to know beside the sentence, for example the current state.
        self.members = members
        # Where there is more than one thing wrong: pointer, code and detail of each.
        self.errors: list[dict[str, str]] = []


class InvalidError(RefusalError):
    """The request says something that cannot be."""

    code = "invalid"


class NotFoundError(RefusalError):
    """There is nothing here under that name."""

    code = "not_found"


class ForbiddenError(RefusalError):
    """This is not allowed for whoever asks."""

    code = "forbidden"


class ConflictError(RefusalError):
    """The state has changed since the request was thought of."""

    code = "conflict"


class UnavailableError(RefusalError):
    """This cannot be done just now; ask again in a while."""

    code = "unavailable"
    retry_after: ClassVar[int] = 2


class OutOfReachError(UnavailableError):
    """The database does not answer; ask again in a while."""

    code = "database_out_of_reach"


class BusyError(UnavailableError):
    """The database did not get around to this in time; ask again in a while."""

    code = "database_busy"


class ReadOnlyError(UnavailableError):
    """The database can be read, but takes nothing new for the time being."""

    code = "database_read_only"
    retry_after = 30


# Not a 503: nobody should ask again before somebody has made room.
class NoRoomError(RefusalError):
    """There is no room left on the disk; nothing of this was kept."""

    code = "no_room"


class DamagedError(RefusalError):
    """The database is damaged; somebody has to look after it."""

    code = "database_damaged"
