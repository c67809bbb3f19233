"""Discrete events: customers who take servers, wait in line for them, and let time pass.

A customer is a generator. It yields a line to take one of its servers, or seconds to let pass; it
gives a server back by calling `give`. Nothing here is random, so the same customers always meet.
"""

from collections import deque
from collections.abc import Generator
from heapq import heappop, heappush

Customer = Generator["float | Line"]


class Line:
    """Servers of one kind, and who waits for one, in the order in which they came."""

    __slots__ = ("_ready", "free", "longest", "servers", "waiting", "worked")

    def __init__(self, simulation: "Simulation", servers: int) -> None:
        self._ready = simulation.ready
        self.servers = servers
        self.free = servers
        self.waiting: deque[Customer] = deque()
        # The most who ever waited, and the seconds that its servers worked, as customers say.
        self.longest = 0
        self.worked = 0.0

    def give(self) -> None:
        """Give a server back; whoever waits longest goes on with it."""
        if self.waiting:
            self._ready.append(self.waiting.popleft())
        else:
            self.free += 1

    def join(self, customer: Customer) -> None:
        self.waiting.append(customer)
        self.longest = max(self.longest, len(self.waiting))


class Simulation:
    """A clock, and what happens when."""

    def __init__(self) -> None:
        self.now = 0.0
        self.ready: deque[Customer] = deque()
        self._events: list[tuple[float, int, Customer]] = []
        self._number = 0

    def arrive(self, customer: Customer, at: float) -> None:
        """Let a customer begin at a time."""
        self._number += 1
        heappush(self._events, (at, self._number, customer))

    def run(self) -> None:
        """Let everything happen, until nothing is left to."""
        events, ready = self._events, self.ready
        while events:
            self.now, _, customer = heappop(events)
            self._go_on(customer)
            while ready:
                self._go_on(ready.popleft())

    def _go_on(self, customer: Customer) -> None:
        for asked in customer:
            if isinstance(asked, float):
                self.arrive(customer, self.now + asked)
                return
            if asked.free:
                asked.free -= 1
            else:
                asked.join(customer)
                return
