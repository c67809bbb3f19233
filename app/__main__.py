"""`python -m app`: the command line, started without the garbage collector's help."""

import gc

# Nothing that is imported is garbage, and looking through it takes a sixth of the start;
# serving turns the collector on again.
gc.disable()

from app.cli import main  # noqa: E402, after the line above

if __name__ == "__main__":
    main()
