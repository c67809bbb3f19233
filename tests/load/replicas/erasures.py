"""Whoever is erased at one replica is in nothing that another one still held in memory."""

from typing import Any

from app.sandboxes.journal.exchanges import hashed
from tests.load.cluster import TOOLS, Cluster
from tests.load.nation import skolon_id_of
from tests.load.replicas.finding import Finding
from tests.load.replicas.people import somebody_logs_in

PEOPLE = 12
# The last of the nation, so that nobody else is one of them.
LAST = 8_000
JOURNAL = "/sandboxes/default/journal"


def erasures(cluster: Cluster) -> Finding:
    """Let people log in everywhere, erase them at once, and look for them in the journal."""
    found = Finding()
    before = cluster.http.get(JOURNAL, params={"limit": 1}).json()["entries"]
    newest = before[0]["id"] if before else 0
    seen = left = 0
    for turn in range(PEOPLE):
        at = cluster.each[turn % len(cluster.each)]
        number = LAST - turn
        user, email = skolon_id_of(number), f"elev{number}@nation.example"
        login = somebody_logs_in(cluster, user)
        found.expect(not login.trouble, f"a login failed: {login.trouble}")
        account = _account(cluster, email)
        if turn % 2:
            # Half of them are written down first, so that the check sees what it looks for.
            seen += sum(entry["person"] == hashed(user) for entry in _entries(cluster, newest))
            somebody_logs_in(cluster, user)
        erased = at.delete(f"/api/v1/accounts/{account}", headers=TOOLS)
        found.expect(erased.status_code == 204, f"erasing was answered {erased.status_code}")
        left += sum(entry["person"] == hashed(user) for entry in _entries(cluster, newest))
    people = {hashed(skolon_id_of(LAST - turn)) for turn in range(PEOPLE)}
    for one in cluster.each:
        one.get(JOURNAL, params={"limit": 1})
    late = sum(entry["person"] in people for entry in _entries(cluster, newest))
    found.counts = {"erased": PEOPLE, "entries before": seen, "right after": left, "later": late}
    found.expect(seen > 0, "nobody was in the journal before they were erased")
    found.expect(left == 0, f"{left} entries of people right after they were erased")
    found.expect(late == 0, f"{late} entries of erased people were written down later")
    return found


def _account(cluster: Cluster, email: str) -> str:
    answer = cluster.http.post("/api/v1/accounts/search", json={"email": email}, headers=TOOLS)
    return str(answer.json()["accounts"][0]["id"])


def _entries(cluster: Cluster, after: int) -> list[dict[str, Any]]:
    """Return every entry of the journal after this one."""
    entries: list[dict[str, Any]] = []
    query = {"after": after, "limit": 200}
    while True:
        page = cluster.http.get(JOURNAL, params=query).json()
        entries += page["entries"]
        if page["next_before"] is None:
            return entries
        query["before"] = page["next_before"]
