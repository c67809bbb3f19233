"""Logins that pass through replicas, pools, PgBouncer and PostgreSQL."""

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import cycle

from tests.load.morning.arrivals import Morning
from tests.load.morning.queueing import Customer, Line, Simulation

# Nobody waits longer: the load balancer gives up, and the browser shows its page.
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Cost:
    """What one login costs, as it is measured."""

    # Milliseconds of one core at the replicas, and of PostgreSQL's own.
    replica_ms: float
    database_ms: float
    # Requests of the browser, transactions, and statements in them.
    requests: float
    transactions: float
    statements: float
    # Milliseconds in which the partner only waits for Skolon; none where both are one process.
    skolon_ms: float = 0.0
    # Milliseconds on the same machine that are none of the product's: who asks, the load balancer.
    asking_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What stands there to be used."""

    replicas: int
    # Connections that each replica has at most, and PgBouncer's; without it, each has its own.
    pool: int
    database_cores: int
    bouncer: int | None = None
    # What PostgreSQL lets in; whoever comes then is refused.
    most_connections: int = 500
    # Milliseconds to PostgreSQL and back.
    round_trip_ms: float = 0.3
    # The cores of a machine on which everything is; without it, each replica has a core.
    shared_cores: int | None = None

    @property
    def connections(self) -> int:
        """Return how many PostgreSQL sees at most."""
        wanted = self.replicas * self.pool
        return min(wanted, self.bouncer) if self.bouncer else wanted


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a morning went; times in seconds."""

    logins: int
    refused: int
    # Of the logins: those who waited for longer than anybody does.
    given_up: int
    p50: float
    p99: float
    longest: float
    logins_a_second: float
    # Shares of the time, and the most who waited for one.
    replica_use: float
    database_use: float
    waited_for_replica: int
    waited_for_connection: int
    waited_for_database: int

    def as_json(self) -> dict[str, float]:
        return asdict(self)


class _Place:
    """What a login passes through."""

    def __init__(self, cost: Cost, plan: Plan) -> None:
        self.simulation = Simulation()
        # Python lets one thread of a process work at a time.
        self.replicas = [Line(self.simulation, 1) for _ in range(plan.replicas)]
        self.pools = [Line(self.simulation, plan.pool) for _ in range(plan.replicas)]
        self.bouncer = Line(self.simulation, plan.bouncer or plan.replicas * plan.pool)
        self.database = Line(self.simulation, plan.shared_cores or plan.database_cores)
        # A core each, or those on which the database is as well.
        own = Line(self.simulation, plan.replicas)
        self.cores = self.database if plan.shared_cores else own
        self.turns = cycle(range(plan.replicas))
        # A replica keeps a connection once it has opened it.
        self.opened = [0] * plan.replicas
        self.may_open = plan.most_connections if plan.bouncer is None else plan.replicas * plan.pool
        self.rounds = max(1, round(cost.requests))
        # Half of a request's work is done while it holds a connection.
        self.replica_slice = cost.replica_ms / 1000 / self.rounds / 2
        self.database_slice = cost.database_ms / 1000 / self.rounds
        self.trips = cost.statements / self.rounds * plan.round_trip_ms / 1000
        self.skolon_slice = cost.skolon_ms / 1000 / self.rounds
        self.asking_slice = cost.asking_ms / 1000 / self.rounds
        self.took: list[float] = []
        self.refused = 0
        self.database_worked = 0.0

    def doors(self, arrivals: Sequence[float]) -> Customer:
        """Let one after the other in, so that those who are yet to come take no room."""
        for at in arrivals:
            yield max(0.0, at - self.simulation.now)
            self.simulation.ready.append(self.login(at))

    def login(self, begun: float) -> Customer:
        simulation, cores, bouncer, database = (
            self.simulation, self.cores, self.bouncer, self.database
        )  # fmt: skip
        for _ in range(self.rounds):
            # The load balancer sends each request to the next replica.
            turn = next(self.turns)
            replica, pool = self.replicas[turn], self.pools[turn]
            if self.asking_slice:
                yield cores
                yield self.asking_slice
                cores.give()
            yield replica
            yield cores
            yield self.replica_slice
            cores.give()
            replica.give()
            yield pool
            if not self._is_let_in(turn):
                pool.give()
                self.refused += 1
                return
            yield bouncer
            if self.trips:
                yield self.trips
            yield database
            yield self.database_slice
            database.give()
            yield replica
            yield cores
            yield self.replica_slice
            cores.give()
            replica.give()
            bouncer.give()
            pool.give()
            replica.worked += 2 * self.replica_slice
            self.database_worked += self.database_slice
            if self.skolon_slice:
                yield self.skolon_slice
        self.took.append(simulation.now - begun)

    def _is_let_in(self, turn: int) -> bool:
        """Open one more connection if there was none to spare, as far as PostgreSQL lets it."""
        pool = self.pools[turn]
        if pool.servers - pool.free > self.opened[turn]:
            if sum(self.opened) >= self.may_open:
                return False
            self.opened[turn] += 1
        return True


def simulate(cost: Cost, plan: Plan, morning: Morning) -> Outcome:
    """Let everybody of a morning log in; the same again gives the same."""
    place = _Place(cost, plan)
    place.simulation.arrive(place.doors(morning.arrivals), morning.arrivals[0])
    place.simulation.run()
    lasted = place.simulation.now - morning.arrivals[0]
    ordered = sorted(place.took) or [0.0]
    return Outcome(
        logins=len(place.took),
        refused=place.refused,
        given_up=sum(one > PATIENCE for one in place.took),
        p50=_part(ordered, 0.5),
        p99=_part(ordered, 0.99),
        longest=ordered[-1],
        logins_a_second=len(place.took) / lasted,
        replica_use=statistics.fmean(one.worked for one in place.replicas) / lasted,
        database_use=place.database_worked / lasted / plan.database_cores,
        waited_for_replica=max(one.longest for one in place.replicas),
        waited_for_connection=max(place.bouncer.longest, *(one.longest for one in place.pools)),
        waited_for_database=place.database.longest,
    )


def _part(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
