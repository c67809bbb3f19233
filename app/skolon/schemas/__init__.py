"""Skolon's JSON in its own spelling; `provenance` says of each field how sure we are of it."""

from typing import Annotated

from pydantic import StringConstraints

# PostgreSQL keeps no NUL in a text, so no id has one.
Text = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00]*$")]
