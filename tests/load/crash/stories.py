"""What a client does over several calls, remembering what was acknowledged and what is in doubt."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import ClassVar

from tests.load.crash.ledger import BrokenPromiseError, CutOffError
from tests.load.crash.worlds import World


class Story(ABC):
    """Told once, as far as the server lives; then checked, as often as one likes."""

    kind: ClassVar[str]

    def __init__(self, world: World, random: Random) -> None:
        self.world = world
        self.random = random
        self.turn = world.turn()
        # Steps that were acknowledged, and the one of which nobody knows whether it was done.
        self.done: list[str] = []
        self.doubt: str | None = None

    @abstractmethod
    def tell(self) -> None:
        """Go through the steps, until there is no answer any more."""

    @abstractmethod
    def check(self) -> None:
        """Find everything that was acknowledged, all or nothing of what was not, and retry that."""

    def check_debts(self) -> None:  # noqa: B027, most stories owe nobody anything
        """Find that everybody knows what they were to be told."""

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Do one step; left without an answer, it is in doubt."""
        self.doubt = name
        yield
        self.world.ledger.acknowledge(f"{self.kind}: {name}")
        self._settle(name)

    @contextmanager
    def again(self, name: str) -> Iterator[None]:
        """Do the step that is in doubt once more; then it is done, whichever time it was."""
        self.world.ledger.retry(f"{self.kind}: {name}")
        yield
        self._settle(name)

    def has(self, name: str) -> bool:
        return name in self.done

    def _settle(self, name: str) -> None:
        self.done.append(name)
        self.doubt = None

    def must(self, is_so: object, what: str) -> None:
        """Blame the server unless it is so."""
        self.world.ledger.check()
        if not is_so:
            raise BrokenPromiseError(
                f"{self.kind} {self.turn} in {self.world.name}: {what}"
                f" (done {self.done}, in doubt {self.doubt})"
            )


def told(story: Story) -> None:
    """Tell the story; only a broken promise is written down."""
    try:
        story.tell()
    except CutOffError:
        pass
    except BrokenPromiseError as error:
        story.world.ledger.blame(str(error))


def checked(story: Story) -> None:
    """Check the story, and write down what is broken."""
    try:
        story.check()
    except BrokenPromiseError as error:
        story.world.ledger.blame(str(error))
