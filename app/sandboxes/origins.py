"""What a world was made from and when it was last used: the note that stands beside it."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Self

from app.clock import system_clock
from app.sandboxes.growth import NOT_GROWN, Extent


@dataclass(frozen=True, slots=True)
class Origin:
    """Times are real ones: a world's own clock may stand anywhere."""

    seed: str | None = None
    snapshot: str | None = None
    # Of a snapshot: the sandbox that it was taken of.
    sandbox: str | None = None
    # Of a world that grew out of its seed.
    extent: Extent = NOT_GROWN
    created_at: datetime | None = None
    last_used_at: datetime | None = None

    @classmethod
    def of(cls, note: str | None) -> Self:
        """Return what a note says; what an earlier version made has none."""
        try:
            facts = json.loads(note or "{}")
        except ValueError:
            # Somebody put a comment of their own on the database.
            facts = {}
        times = {name: facts.get(name) for name in ("created_at", "last_used_at")}
        return cls(
            seed=facts.get("seed"),
            snapshot=facts.get("snapshot"),
            sandbox=facts.get("sandbox"),
            extent=Extent(facts.get("scale"), facts.get("arrived")),
            **{name: datetime.fromisoformat(time) for name, time in times.items() if time},
        )

    @classmethod
    def new(cls, *, seed: str | None = None, extent: Extent = NOT_GROWN) -> Self:
        """Return the origin of what is made now."""
        now = system_clock()
        return cls(seed, extent=extent, created_at=now, last_used_at=now)

    def copied(self, *, snapshot: str | None = None, sandbox: str | None = None) -> Self:
        """Return the origin of what is made now as a copy of what is of this origin."""
        new = self.new(seed=self.seed, extent=self.extent)
        return replace(new, snapshot=snapshot, sandbox=sandbox)

    def used(self, at: datetime) -> Self:
        return replace(self, last_used_at=max(at, self.last_used_at or at))

    def note(self) -> str:
        """Write it down as plain ASCII."""
        times = {"created_at": self.created_at, "last_used_at": self.last_used_at}
        facts = {
            "seed": self.seed,
            "snapshot": self.snapshot,
            "sandbox": self.sandbox,
            "scale": self.extent.scale,
            "arrived": self.extent.arrived,
        }
        written = {name: time.astimezone(UTC).isoformat() for name, time in times.items() if time}
        return json.dumps({**facts, **written})
