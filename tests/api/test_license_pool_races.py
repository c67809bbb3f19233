"""License pools when many want a seat at once: none is given twice, and nobody waits in a ring."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from threading import Barrier
from typing import Any

from tests.conftest import World
from tests.pools import give_singles, held_twice, holders, people_at, pool_with, use_tool

LET_IN, NO_SEAT = HTTPStatus.SEE_OTHER, HTTPStatus.CONFLICT


def _at_once(does: Sequence[Callable[[], Any]]) -> Counter[int]:
    """Count the statuses of what is done in as many threads, begun together."""
    barrier = Barrier(len(does))

    def run(do: Callable[[], Any]) -> int:
        barrier.wait()
        answer = do()
        return answer if isinstance(answer, int) else int(answer.status_code)

    with ThreadPoolExecutor(len(does)) as together:
        return Counter(together.map(run, does))


def test_of_64_who_come_at_once_exactly_as_many_get_in_as_there_are_seats(world: World) -> None:
    people = people_at(world, 64)
    client, pool = pool_with(world, 10)

    statuses = _at_once([partial(use_tool, world, who) for who in people])

    assert statuses == {LET_IN: 10, NO_SEAT: 54}
    seated = holders(world)
    assert len(set(seated)) == len(seated) == 10
    assert client.get(pool).json()["seats"] == {
        "total": 10,
        "used": 10,
        "free": 0,
        "out_of_force": 0,
        "waiting": 54,
    }
    waiting = [one["user"]["id"] for one in client.get(f"{pool}/waits").json()["waits"]]

    reclaimed = _at_once([partial(client.delete, f"{pool}/seats/{who}") for who in seated[:5]])

    assert reclaimed == {HTTPStatus.NO_CONTENT: 5}
    # Those who have waited longest, one seat each.
    assert sorted(holders(world)) == sorted([*seated[5:], *waiting[:5]])
    assert held_twice(world) == 0
    assert client.get(pool).json()["seats"]["waiting"] == 49
    assert _at_once([partial(use_tool, world, who) for who in waiting[:5]]) == {LET_IN: 5}


def test_one_person_who_comes_sixteen_times_at_once_has_one_seat(world: World) -> None:
    (who,) = people_at(world, 1)
    client, pool = pool_with(world, 3)

    statuses = _at_once([partial(use_tool, world, who)] * 16)

    assert statuses == {LET_IN: 16}
    assert holders(world) == [who]
    assert client.get(pool).json()["seats"]["free"] == 2


def test_everything_that_changes_seats_is_done_at_once(world: World) -> None:
    people = people_at(world, 40)
    client, pool = pool_with(world, 12)
    for who in people[:12]:
        assert use_tool(world, who) == LET_IN
    licenses = give_singles(world, 8)
    link_id = client.get(f"{pool}/links").json()["links"][0]["id"]
    sandbox = f"/s/{world.name}/skolon"

    statuses = _at_once(
        [
            *(partial(use_tool, world, who) for who in people[6:34]),
            *(partial(client.delete, f"{pool}/seats/{who}") for who in people[:6]),
            *(partial(world.control.delete, f"{sandbox}/users/{who}") for who in people[4:9]),
            *(
                partial(client.post, f"{pool}/licenses", json={"licenses": [one]})
                for one in licenses
            ),
            lambda: client.delete(f"{pool}/licenses", params={"count": 3}),
            lambda: client.post(f"{pool}/links", json={"user": people[39]}),
            lambda: client.delete(f"{pool}/links/{link_id}"),
            lambda: client.post(f"{pool}/links", json={}),
        ]
    )

    allowed = {200, 201, 204, LET_IN, NO_SEAT, HTTPStatus.NOT_FOUND}
    assert set(statuses) <= allowed, statuses
    seated = holders(world)
    assert len(set(seated)) == len(seated)
    assert held_twice(world) == 0
    seats = client.get(pool).json()["seats"]
    assert seats["used"] == len(seated) <= seats["total"]
    assert not set(seated) & set(people[4:9])
