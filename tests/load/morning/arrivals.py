"""When the people of a nation log in on the first school morning.

Assumed, since nobody publishes it: a third of the classes begin at 08:00 and the others within
half an hour, and whoever begins logs in as a class. How many people and classes there are is what
the seed `national` settles.
"""

from dataclasses import dataclass
from random import Random

from app.nation.plan import CLASSES, PUPILS, TEACHERS

USERS = PUPILS + TEACHERS
# Minutes after 08:00 at which lessons begin, and the share of the classes that begin then.
LESSONS = ((0, 0.35), (5, 0.1), (10, 0.2), (15, 0.1), (20, 0.2), (25, 0.05))
# A class is told to log in some time after its lesson has begun: seconds, on average.
UNTIL_TOLD = 150.0
# Within a class, one after the other is done with finding the tile: seconds, on average.
UNTIL_DONE = 45.0
# Nobody comes later: who would is taken back into the half hour.
MORNING = 1800.0


@dataclass(frozen=True, slots=True)
class Morning:
    """Seconds after 08:00, in order."""

    arrivals: list[float]

    def busiest(self, seconds: float) -> "Morning":
        """Return the stretch of so many seconds in which most come."""
        best = (0, 0)
        first = 0
        for last, at in enumerate(self.arrivals):
            while self.arrivals[first] < at - seconds:
                first += 1
            best = max(best, (last - first + 1, first))
        number, first = best
        return Morning(self.arrivals[first : first + number])

    @property
    def rate(self) -> float:
        """Return how many come a second on average."""
        return (len(self.arrivals) - 1) / (self.arrivals[-1] - self.arrivals[0])


def morning(users: int = USERS, *, seed: int = 1) -> Morning:
    """Return the same morning for the same seed; with fewer users there are fewer classes."""
    random = Random(seed)  # noqa: S311, a simulation
    minutes, shares = zip(*LESSONS, strict=True)
    classes = max(1, round(CLASSES * users / USERS))
    arrivals: list[float] = []
    for number, minute in enumerate(random.choices(minutes, shares, k=classes)):
        # Evenly many in each, to the last one.
        size = (number + 1) * users // classes - number * users // classes
        told = 60 * minute + random.gammavariate(2, UNTIL_TOLD / 2)
        arrivals += ((told + random.expovariate(1 / UNTIL_DONE)) % MORNING for _ in range(size))
    return Morning(sorted(arrivals))


def steady(rate: float, seconds: float, *, seed: int = 1) -> Morning:
    """Return arrivals that know nothing of each other, so many a second."""
    random = Random(seed)  # noqa: S311, a simulation
    arrivals, at = [], random.expovariate(rate)
    while at < seconds:
        arrivals.append(at)
        at += random.expovariate(rate)
    return Morning(arrivals)
