"""Worlds that no copy is kept of: they grow out of another seed's world, for seconds or minutes."""

from collections.abc import Callable
from dataclasses import dataclass

from app.errors import ConflictError, InvalidError

# Is told how far it is, from 0 to 1, and what is being done; what it raises ends the work.
Tell = Callable[[float, str], None]


class GrowthError(InvalidError):
    """Only a seed that grows has a scale, and people who have arrived."""

    code = "growth"


class StillGrowingError(ConflictError):
    """A world is growing already, and two at once would take longer than one after the other."""

    code = "still_growing"


class TooLittleRoomError(ConflictError):
    """There is not enough room on the disk for a world of this scale."""

    code = "too_little_room"


@dataclass(frozen=True, slots=True)
class Extent:
    """How large a world grows, and the share of its people who have been there already."""

    scale: float | None = None
    arrived: float | None = None


NOT_GROWN = Extent()


@dataclass(frozen=True, slots=True)
class Growth:
    """How worlds of a seed grow, and how far they may."""

    # The seed whose world it grows out of.
    root: str
    smallest: float
    largest: float
    usual: Extent
    # What a world of scale 1 takes on a disk, at most.
    whole_bytes: int
    grow: Callable[[str, Extent, Tell], None]

    def fitting(self, *asked: Extent) -> Extent:
        """Return the first that is said of each, and the usual where nothing is."""
        said = (*asked, self.usual)
        scale = next(one.scale for one in said if one.scale is not None)
        arrived = next(one.arrived for one in said if one.arrived is not None)
        if not self.smallest <= scale <= self.largest:
            message = f"The scale is {self.smallest} to {self.largest}."
            raise GrowthError(message, pointer="/scale")
        if not 0 <= arrived <= 1:
            message = "The share of those who have arrived is 0 to 1."
            raise GrowthError(message, pointer="/arrived")
        return Extent(scale, arrived)

    def must_fit_in(self, free_bytes: int | None, extent: Extent) -> None:
        """Refuse what there is no room for; of some disks nobody knows."""
        wanted = int(self.whole_bytes * (extent.scale or 0))
        if free_bytes is not None and free_bytes < wanted:
            message = f"This takes up to {wanted} bytes; {free_bytes} are free."
            raise TooLittleRoomError(message)


def must_not_grow(asked: Extent) -> None:
    """Refuse a scale, or arrivals, of a world that is copied as it is."""
    if asked.scale is not None:
        raise GrowthError(pointer="/scale")
    if asked.arrived is not None:
        raise GrowthError(pointer="/arrived")


def in_silence(_share: float, _step: str) -> None:
    """Tell nobody."""
