"""The control plane: what is steered at one replica holds at the next request at every other."""

from collections import Counter
from datetime import datetime
from functools import partial
from uuid import uuid4

import httpx

from tests.load.cluster import Cluster
from tests.load.replicas.finding import Finding, at_each, side_by_side

TURNS = 20
CALLS = 60
FIRES = 17
# Nothing is there; a call of Skolon's that costs little and is recognized in the journal.
NOWHERE = "/v2/partner/nowhere"


def new_world(cluster: Cluster, seed: str = "town") -> str:
    """Make a sandbox at the first replica and return its name."""
    name = f"check-{uuid4().hex[:10]}"
    made = cluster.each[0].post("/sandboxes", json={"name": name, "seed": seed})
    made.raise_for_status()
    return name


def clock(cluster: Cluster) -> Finding:
    """Set the clock at one; the next request at each other one must obey it."""
    found, name = Finding(), new_world(cluster)
    stale = old_tokens = 0
    for turn in range(TURNS):
        at, others = _turns(cluster, turn)
        token = at.post(f"/s/{name}/skolon/tokens", json={"persona": "elsa"}).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        set_to = at.patch(f"/sandboxes/{name}/clock", json={"advance_by": "PT2H"}).json()["now"]
        for other in others:
            session = other.get(f"/s/{name}/v2/partner/user/session", headers=headers)
            now = other.get(f"/sandboxes/{name}/clock").json()["now"]
            old_tokens += session.status_code != 401
            stale += datetime.fromisoformat(now) < datetime.fromisoformat(set_to)
    cluster.http.patch(f"/sandboxes/{name}/clock", json={"freeze": True})
    frozen = {cluster.http.get(f"/sandboxes/{name}/clock").json()["now"] for _ in range(TURNS)}
    asked = TURNS * (len(cluster.each) - 1)
    found.counts = {"set": TURNS, "asked": asked, "stale": stale, "old tokens taken": old_tokens}
    found.expect(stale == 0, f"{stale} of {asked} replicas told an older time")
    found.expect(old_tokens == 0, f"{old_tokens} of {asked} took a token that had expired")
    found.expect(len(frozen) == 1, f"a frozen clock stood at {len(frozen)} times")
    return found


def faults(cluster: Cluster) -> Finding:
    """Make a fault at one; the next call at another is hit, and all together as often as said."""
    found, name = Finding(), new_world(cluster)
    address, call = f"/sandboxes/{name}/faults", f"/s/{name}{NOWHERE}"
    rule = {"kind": "status", "status": 503, "path": NOWHERE}
    missed = lingered = 0
    for turn in range(TURNS):
        at, others = _turns(cluster, turn)
        for one in cluster.each:
            one.get(call)
        at.post(address, json={**rule, "count": len(others)}).raise_for_status()
        missed += sum(other.get(call).status_code != 503 for other in others)
        at.delete(address)
        lingered += sum(one.get(call).status_code == 503 for one in cluster.each)
    made = cluster.http.post(address, json={**rule, "count": FIRES}).json()["id"]
    answers = side_by_side([lambda: cluster.http.get(call).status_code] * CALLS)
    hit = Counter(answers)[503]
    fired = cluster.http.get(f"{address}/{made}").json()["fired"]
    found.counts = {"rules": TURNS + 1, "missed": missed, "of a removed rule": lingered, "hit": hit}
    found.expect(missed == 0, f"{missed} calls right after a rule was made passed it")
    found.expect(lingered == 0, f"{lingered} calls were hit by a rule that was removed")
    found.expect(hit == fired == FIRES, f"{hit} of {FIRES} were hit, and the rule says {fired}")
    return found


def journal(cluster: Cluster) -> Finding:
    """Read it anywhere right after a call: each exchange is there, once."""
    found, name = Finding(), new_world(cluster)
    address, call = f"/sandboxes/{name}/journal", f"/s/{name}{NOWHERE}"
    late = 0
    for turn in range(TURNS):
        at, others = _turns(cluster, turn)
        at.get(call)
        query = {"path": NOWHERE}
        late += sum(
            other.get(f"{address}/count", params=query).json()["count"] != turn + 1
            for other in others
        )
    side_by_side([lambda: cluster.http.get(call)] * CALLS)
    entries = cluster.http.get(address, params={"path": NOWHERE, "limit": 200}).json()["entries"]
    written = Counter(entry["request_id"] for entry in entries)
    awaited = cluster.each[-1].post(
        f"{address}/wait", json={"path": NOWHERE, "count": TURNS + CALLS, "timeout_seconds": 5}
    )
    cluster.each[0].delete(address)
    left = [one.get(f"{address}/count").json()["count"] for one in cluster.each]
    found.counts = {"calls": TURNS + CALLS, "entries": len(entries), "not seen at once": late}
    found.expect(late == 0, f"{late} counts at another replica lacked a call that was over")
    found.expect(len(entries) == TURNS + CALLS, f"{len(entries)} entries of {TURNS + CALLS} calls")
    found.expect(max(written.values(), default=0) <= 1, "an exchange is written down twice")
    found.expect(awaited.status_code == 200, f"waiting was answered {awaited.status_code}")
    found.expect(not any(left), f"after it was emptied there were {left}")
    return found


def lives(cluster: Cluster) -> Finding:
    """Make, use, reset, rename and delete a sandbox, each at another replica than it is seen at."""
    found = Finding()
    unseen: Counter[str] = Counter()
    for turn in range(TURNS // 4):
        at, others = _turns(cluster, turn)
        name, renamed = f"life-{uuid4().hex[:10]}", f"life-{uuid4().hex[:10]}"
        at.post("/sandboxes", json={"name": name, "seed": "town"}).raise_for_status()
        unseen["creation"] += sum(not _clean(other, name) for other in others)
        others[0].post(f"/s/{name}/skolon/tools", json=_tool()).raise_for_status()
        at.post(f"/sandboxes/{name}/reset", json={}).raise_for_status()
        unseen["reset"] += sum(not _clean(one, name) for one in cluster.each)
        others[-1].patch(f"/sandboxes/{name}", json={"name": renamed}).raise_for_status()
        unseen["new name"] += sum(not _clean(one, renamed) for one in cluster.each)
        unseen["old name"] += sum(
            one.get(f"/s/{name}/skolon/tools").status_code != 404 for one in cluster.each
        )
        at.delete(f"/sandboxes/{renamed}").raise_for_status()
        unseen["deletion"] += sum(
            one.get(f"/s/{renamed}/skolon/tools").status_code != 404 for one in cluster.each
        )
    found.counts = {"sandboxes": TURNS // 4, **{f"unseen: {one}": n for one, n in unseen.items()}}
    found.wrong = [f"{number} times another replica did not see a {what}"
                   for what, number in unseen.items() if number]  # fmt: skip
    return found


def same_name(cluster: Cluster) -> Finding:
    """Make a sandbox of one name everywhere at once: one is made, the others are told so."""
    found = Finding()
    answers: Counter[int] = Counter()
    for _ in range(TURNS // 4):
        asked = {"name": f"race-{uuid4().hex[:10]}", "seed": "town"}
        make = partial(httpx.Client.post, url="/sandboxes", json=asked)
        made = [answer.status_code for answer in at_each(cluster.each * 2, make)]
        answers.update(made)
        found.expect(sorted(made) == [201, *[409] * (len(made) - 1)], f"answered {sorted(made)}")
        cluster.http.delete(f"/sandboxes/{asked['name']}")
    found.counts = {f"answered {status}": number for status, number in sorted(answers.items())}
    return found


def _turns(cluster: Cluster, turn: int) -> tuple[httpx.Client, list[httpx.Client]]:
    """Return who is steered this turn, and the others."""
    at = cluster.each[turn % len(cluster.each)]
    return at, [one for one in cluster.each if one is not at]


def _clean(client: httpx.Client, name: str) -> bool:
    """Say whether a world is there as it was made: with one tool."""
    answer = client.get(f"/s/{name}/skolon/tools")
    return answer.status_code == 200 and len(answer.json()) == 1


def _tool() -> dict[str, object]:
    return {"name": f"Tool {uuid4().hex[:6]}", "launch_url": "https://tool.example/"}
