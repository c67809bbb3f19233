"""What one company owes another goes out once, whichever replica takes it on."""

from collections import Counter
from functools import partial
from uuid import uuid4

import httpx

from tests.contract.receiver import receiving, wait_until
from tests.load.cluster import TOOLS, Cluster
from tests.load.replicas.finding import Finding, at_each, side_by_side
from tests.load.replicas.steering import new_world

WEBHOOKS = 60
REQUESTS = 6
TOOL = "skolonmockdemoclient000000000001"
PARTNERS = "/api/v1/license-requests"


def webhooks(cluster: Cluster) -> Finding:
    """Owe many, asked for at every replica, while every replica looks for what is owed."""
    found, name = Finding(), new_world(cluster)
    world = f"/s/{name}/skolon"
    with receiving() as receiver:
        changed = {"remove_user_url": receiver.url("/forget")}
        cluster.http.patch(f"{world}/tools/{TOOL}", json=changed).raise_for_status()
        signed = {"webhook_signature": "standard_webhooks"}
        cluster.http.patch(f"{world}/switches", json=signed).raise_for_status()
        for one in cluster.each:
            one.get(f"{world}/tools").raise_for_status()

        def owe() -> str:
            asked = {"client_id": TOOL, "kind": "remove-user", "id": uuid4().hex}
            answer = cluster.http.post(f"{world}/webhooks", json=asked)
            answer.raise_for_status()
            return str(answer.json()["id"])

        owed = set(side_by_side([owe] * WEBHOOKS))

        def states() -> Counter[str]:
            rows = cluster.http.get(f"{world}/webhooks", params={"limit": 200}).json()["webhooks"]
            return Counter(row["state"] for row in rows if row["id"] in owed)

        wait_until(lambda: states()["delivered"] == WEBHOOKS, 60)
        # Each replica looks every half second; whoever would send one again has by the next four.
        settled = cluster.http.get(f"{world}/webhooks", params={"limit": 200}).json()["webhooks"]
        receiver.closing.wait(2)
        heard = Counter(one.headers["webhook-id"] for one in receiver.at("/forget"))
    attempts = sum(len(row["attempts"]) for row in settled if row["id"] in owed)
    twice = sum(number > 1 for number in heard.values())
    found.counts = {"owed": len(owed), "heard": heard.total(), "heard twice": twice}
    found.expect(len(heard) == WEBHOOKS, f"{len(heard)} of {WEBHOOKS} were heard")
    found.expect(twice == 0, f"{twice} were heard more than once")
    found.expect(attempts == WEBHOOKS, f"{attempts} attempts are written down")
    return found


def license_requests(cluster: Cluster) -> Finding:
    """Post each twice at once at the partner, and let Skolon send again what did not arrive."""
    found, name = Finding(), new_world(cluster)
    doubled = _posted_twice(cluster, name, found)
    fault = {"kind": "status", "status": 503, "path": PARTNERS, "method": "POST"}
    cluster.http.post(f"/sandboxes/{name}/faults", json={**fault, "count": REQUESTS})
    # The next time it takes so long that the other replicas look meanwhile.
    slow = {"kind": "latency", "milliseconds": 2500, "path": PARTNERS, "method": "POST"}
    cluster.http.post(f"/sandboxes/{name}/faults", json={**slow, "after": REQUESTS})
    session = cluster.http.post(f"/s/{name}/portal/api/sessions", json={"persona": "disa"}).json()
    disa = {"Authorization": f"Bearer {session['token']}"}
    portal = f"/s/{name}/portal/api/license-requests"
    asked = [
        cluster.http.post(portal, json={"kind": "purchase"}, headers=disa) for _ in range(REQUESTS)
    ]
    journal = {"path": PARTNERS, "method": "POST", "caller": "skolon", "limit": "200"}

    def deliveries() -> list[str]:
        rows = cluster.http.get(portal, headers=disa).json()["license_requests"]
        return [row["delivery"] for row in rows]

    wait_until(lambda: deliveries() == ["delivered"] * REQUESTS, 90)
    entries = cluster.http.get(f"/sandboxes/{name}/journal", params=journal).json()["entries"]
    sent = Counter(entry["status"] for entry in entries)
    rows = cluster.http.get(f"/s/{name}{PARTNERS}", headers=TOOLS).json()["license_requests"]
    found.counts = {
        "posted twice at once": doubled,
        "sent by Skolon": len(asked),
        "refused at first": sent[503],
        "taken": sent[201] + sent[200],
    }
    found.expect(sent[503] == REQUESTS, f"{sent[503]} of {REQUESTS} were refused by the fault")
    taken = sent.total() - sent[503]
    found.expect(taken == REQUESTS, f"{REQUESTS} requests were sent again {taken} times")
    found.expect(len(rows) == doubled + REQUESTS, f"the partner has {len(rows)} requests")
    return found


def _posted_twice(cluster: Cluster, name: str, found: Finding) -> int:
    """Post as many requests, each at two replicas at the same moment under the same key."""
    for number in range(REQUESTS):
        post = partial(
            httpx.Client.post,
            url=f"/s/{name}{PARTNERS}",
            json=_request(number),
            headers={**TOOLS, "Idempotency-Key": uuid4().hex},
        )
        answers = at_each(cluster.each[:2], post)
        statuses = [answer.status_code for answer in answers]
        bodies = {answer.text for answer in answers if answer.is_success}
        found.expect(len(bodies) == 1, f"one request, two answers: {statuses}")
        found.expect(set(statuses) <= {200, 201, 409}, f"answered {statuses}")
    return REQUESTS


def _request(number: int) -> dict[str, object]:
    return {
        "skolon_request_id": uuid4().hex,
        "organization": {
            "organization_number": "2990000016",
            "name": "Exempelstads kommun",
            "municipality": "Exempelstad",
        },
        "kind": "purchase",
        "wanted_on": "2026-12-01",
        "units": [
            {
                "skolon_id": uuid4().hex,
                "name": f"Skola {number}",
                "school_unit_code": "10000001",
                "students": 120,
                "teachers": 9,
                "staff": 3,
            }
        ],
    }
