"""People who log in through the load balancer, step by step at whichever replica is next."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from uuid import uuid4

from tests.load.browsing import Login, Newcomers, log_in
from tests.load.cluster import Cluster
from tests.load.replicas.finding import Finding, side_by_side

NUMBER = 120

_newcomers = Newcomers()


def somebody_logs_in(cluster: Cluster, user: str | None = None) -> Login:
    """Let a user, or the next newcomer, log in under a mark that the log of requests bears."""
    return log_in(cluster.url, user or next(_newcomers), uuid4().hex)


def troubles(logins: Iterable[Login]) -> Counter[str]:
    """Count in which ways logins went wrong."""
    return Counter(one.trouble for one in logins if one.trouble)


def logins(cluster: Cluster) -> Finding:
    """Let many log in at the same time."""
    found = Finding()
    done = side_by_side([lambda: somebody_logs_in(cluster)] * NUMBER)
    replicas: dict[str, set[str]] = defaultdict(set)
    for line in cluster.requests().splitlines():
        request = json.loads(line)
        replicas[request["of"]].add(request["tried"])
    spread = sum(len(replicas[one.mark]) > 1 for one in done)
    failed = troubles(done)
    found.counts = {
        "logins": len(done),
        "failed": failed.total(),
        "at more than one replica": spread,
    }
    found.wrong = [f"{number} times {what}" for what, number in failed.items()]
    found.expect(spread > NUMBER // 2, f"only {spread} logins went to more than one replica")
    return found
