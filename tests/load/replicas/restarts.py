"""Replicas come and go: one after the other under load, and all at the same moment."""

import json
import threading
from collections import Counter
from uuid import uuid4

import httpx

from tests.load.browsing import Login
from tests.load.cluster import Cluster, cluster
from tests.load.replicas.finding import Finding, at_each
from tests.load.replicas.people import somebody_logs_in, troubles

ROUNDS = 2
BROWSERS = 4


def rolling_restart(cluster: Cluster) -> Finding:
    """Restart one replica after the other, twice, while people log in all the time."""
    found = Finding()
    done: list[Login] = []
    over = threading.Event()

    def keep_logging_in() -> None:
        while not over.is_set():
            done.append(somebody_logs_in(cluster))

    browsers = [threading.Thread(target=keep_logging_in) for _ in range(BROWSERS)]
    for browser in browsers:
        browser.start()
    endings: Counter[int] = Counter()
    try:
        for replica in [*cluster.replicas] * ROUNDS:
            endings[replica.stop()] += 1
            replica.start()
            replica.wait()
    finally:
        over.set()
        for browser in browsers:
            browser.join()
    marks = {one.mark for one in done}
    requests = [json.loads(line) for line in cluster.requests().splitlines()]
    passed_on = sum("," in one["tried"] for one in requests if one["of"] in marks)
    failed = troubles(done)
    found.counts = {
        "restarts": endings.total(),
        "logins": len(done),
        "failed": failed.total(),
        "requests passed on": passed_on,
        "slowest, ms": round(max(one.seconds for one in done) * 1000),
    }
    found.wrong = [f"{number} times {what}" for what, number in failed.items()]
    found.expect(len(done) > len(cluster.replicas) * ROUNDS, f"only {len(done)} logins")
    found.expect(set(endings) <= {0, -15}, f"replicas ended with {dict(endings)}")
    return found


def first_starts(replicas: int, pool: int | None) -> Finding:
    """Start all of them on an empty server at the same moment, and make the first worlds so."""
    found = Finding()
    with cluster(replicas, users=0, pool=pool) as running:
        names = [
            sorted(world["name"] for world in one.get("/sandboxes").json()) for one in running.each
        ]
        made = Counter(at_each(running.each, _first_of_a_seed))
        tracebacks = sum(replica.said("Traceback") for replica in running.replicas)
    found.counts = {"started": replicas, "made at once": made.total(), "tracebacks": tracebacks}
    found.expect(names == [["default"]] * replicas, f"the worlds are {names}")
    found.expect(set(made) == {201}, f"the first of a seed were answered {dict(made)}")
    found.expect(tracebacks == 0, f"{tracebacks} tracebacks at the start")
    return found


def _first_of_a_seed(client: httpx.Client) -> int:
    asked = {"name": f"first-{uuid4().hex[:8]}", "seed": "licensed"}
    return client.post("/sandboxes", json=asked).status_code
