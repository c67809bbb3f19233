"""What can be wrong with what is asked of sandboxes and snapshots."""

from app.errors import ConflictError, InvalidError, NotFoundError


class SandboxNameError(InvalidError):
    """A sandbox's name is 1 to 40 of a-z, 0-9 and hyphen, and begins with a letter or digit."""

    code = "sandbox_name"


class UnknownSandboxError(NotFoundError):
    """There is no sandbox of that name."""

    code = "unknown_sandbox"


class SandboxExistsError(ConflictError):
    """There is a sandbox of that name already."""

    code = "sandbox_exists"


class DefaultSandboxError(ConflictError):
    """The default sandbox can be reset, but neither deleted nor renamed."""

    code = "default_sandbox"


class UnknownSnapshotError(NotFoundError):
    """There is no snapshot of that name."""

    code = "unknown_snapshot"


class SnapshotExistsError(ConflictError):
    """There is a snapshot of that name already."""

    code = "snapshot_exists"


class NoOriginError(ConflictError):
    """Nobody knows what this sandbox was made from: say which seed or snapshot."""

    code = "no_origin"


class TooManySandboxesError(ConflictError):
    """There are as many sandboxes and snapshots as there may be: delete some first."""

    code = "too_many_sandboxes"
