"""What the product asks the database on a path, as it goes to the driver."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice

from sqlalchemy import event
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from tests.load.bench.bare import Statement
from tests.load.bench.generator import Request

# For so many requests alike, each with its own parameters.
TURNS = 32
# Who asks is checked by a statement of its own, which is no part of the measure.
_CHECKS = ("FROM api_keys", "FROM skolon_tokens")

Asked = Callable[[Iterator[Request]], list[list[Statement]]]


@contextmanager
def listening(settings: Settings, world: str) -> Iterator[Asked]:
    """Give what sends some requests to a world in this process, and tells what each asked."""
    app = create_app(settings)
    client = TestClient(app, base_url="http://localhost")
    engine = app.sandboxes.open(world).database.engine
    asked: list[Statement] = []

    @event.listens_for(engine, "before_cursor_execute")
    def _note(
        _to: object, _cursor: object, text: str, given: object, _context: object, _many: object
    ) -> None:
        if text.startswith(("SELECT", "WITH")):
            asked.append((text, given))

    def asked_for(requests: Iterator[Request]) -> list[list[Statement]]:
        found = []
        for request in islice(requests, TURNS):
            asked.clear()
            method, path, headers, body = request.parts()
            answer = client.request(method, path, content=body, headers=headers)
            assert answer.status_code == request.status, answer.text
            found.append(_without_check(asked))
        return found

    try:
        yield asked_for
    finally:
        app.sandboxes.close()


def _without_check(asked: list[Statement]) -> list[Statement]:
    rest = [one for one in asked if not any(check in one[0] for check in _CHECKS)]
    # Should the check be one with the question, then the question has it.
    return rest or list(asked)
