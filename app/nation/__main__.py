"""Settles a nation in a process of its own, so that the server goes on answering meanwhile.

What to do comes as JSON on standard input; how far it is goes out as JSON, a line a step. When
nobody reads any more, the next line ends it.
"""

import json
import sys
from datetime import datetime

from app.database import Database
from app.driver_errors import refusal_of
from app.errors import NoRoomError
from app.nation.apart import NO_ROOM
from app.nation.settling import settle


def main() -> None:
    """Settle the nation that is asked for."""
    asked = json.load(sys.stdin)
    told = -1

    def tell(share: float, step: str) -> None:
        nonlocal told
        if (thousandths := int(share * 1000)) > told:
            told = thousandths
            sys.stdout.write(json.dumps({"share": share, "step": step}) + "\n")
            sys.stdout.flush()

    database = Database(asked["url"])
    try:
        settle(
            database,
            scale=asked["scale"],
            arrived=asked["arrived"],
            now=datetime.fromisoformat(asked["now"]),
            tell=tell,
        )
    except Exception as error:
        if isinstance(refusal_of(error), NoRoomError):
            sys.exit(NO_ROOM)
        raise
    finally:
        database.close()


main()
