"""`python -m app`: the command line, started without the garbage collector's help."""

import gc
import sys

# Nothing that is imported is garbage, and looking through it takes a sixth of the start;
# serving turns the collector on again.
gc.disable()

# httpx does without its own command line, whose colors take a twelfth of the start and 4 MB.
sys.modules["httpx._main"] = None  # type: ignore[assignment]

from app.cli import main  # noqa: E402, after the lines above

if __name__ == "__main__":
    main()
