"""The four kinds of refusal.

RefusalError
├── InvalidError      the request says something that cannot be (422)
├── NotFoundError     what it names is not there (404)
├── ForbiddenError    the asker may not (403)
└── ConflictError     it was right, but the state has moved on (409)
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
