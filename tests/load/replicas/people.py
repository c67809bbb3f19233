"""People who log in through the load balancer, each with a browser of their own."""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from uuid import uuid4

import httpx

from tests.load.cluster import Cluster
from tests.load.nation import skolon_id_of
from tests.load.replicas.finding import Finding, side_by_side

NUMBER = 120

_newcomers = count(1)


@dataclass(frozen=True, slots=True)
class Login:
    """How a login ended: without a word it went well."""

    mark: str
    seconds: float
    trouble: str = ""


def log_in(cluster: Cluster, user: str | None = None) -> Login:
    """Let a user, or the next newcomer, log in and open the partner's first page."""
    user = user or skolon_id_of(next(_newcomers))
    mark, started = uuid4().hex, time.perf_counter()
    headers = {"Accept": "text/html", "X-Check": mark}
    trouble = ""
    try:
        with httpx.Client(base_url=cluster.url, headers=headers, timeout=60) as browser:
            answer = browser.get("/sso/login")
            # The way to Skolon's page, who it is, the way back with a code, and the class's page.
            for number in range(4):
                if not answer.has_redirect_location:
                    break
                target = answer.headers["location"]
                if number == 0:
                    answer = browser.post(target, data={"persona": user})
                else:
                    answer = browser.get(target)
            if answer.status_code != 200 or "Nummer" not in answer.text:
                trouble = f"{answer.request.method} {answer.url.path}: {answer.status_code}"
    except httpx.HTTPError as error:
        trouble = type(error).__name__
    return Login(mark, time.perf_counter() - started, trouble)


def troubles(logins: Iterable[Login]) -> Counter[str]:
    """Count in which ways logins went wrong."""
    return Counter(one.trouble for one in logins if one.trouble)


def logins(cluster: Cluster) -> Finding:
    """Let many log in, step by step at whichever replica is next."""
    found = Finding()
    done = side_by_side([lambda: log_in(cluster)] * NUMBER)
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
