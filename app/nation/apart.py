"""A nation settles apart: in a process of its own, so that the server goes on answering."""

import errno
import json
import logging
import subprocess
import sys

from app import log
from app.clock import system_clock
from app.errors import NoRoomError
from app.sandboxes.growth import Extent, Growth, Tell

SMALLEST, LARGEST = 0.001, 2.0
USUAL = Extent(scale=0.01, arrived=0.5)
# On either store; measured, and a little over.
WHOLE_BYTES = 3_200_000_000
# With what the process ends that found the disk full.
NO_ROOM = errno.ENOSPC


def growth(root: str) -> Growth:
    """Return how a nation grows out of a world that has a tool."""
    return Growth(root, SMALLEST, LARGEST, USUAL, WHOLE_BYTES, _settle)


def _settle(url: str, extent: Extent, tell: Tell) -> None:
    asked = {
        "url": url,
        "scale": extent.scale,
        "arrived": extent.arrived,
        "now": system_clock().isoformat(),
    }
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-m", "app.nation"], stdin=pipe, stdout=pipe, stderr=pipe, text=True
    ) as process:
        assert process.stdin and process.stdout and process.stderr  # noqa: S101, PT018, pipes
        try:
            process.stdin.write(json.dumps(asked))
            process.stdin.close()
            for line in process.stdout:
                told = json.loads(line)
                tell(told["share"], told["step"])
            complaint = process.stderr.read()
        except BaseException:
            process.kill()
            raise
    if process.returncode == NO_ROOM:
        raise NoRoomError
    if process.returncode:
        # Everybody in there is invented, so nobody's name is in what went wrong.
        last = complaint.strip().rpartition("\n")[2]
        log.event(logging.ERROR, "nation not settled", error=last, code=process.returncode)
        message = "the process that settles a nation has failed"
        raise RuntimeError(message)
