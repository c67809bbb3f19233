"""Skolon's JSON in its own spelling; each description says how sure we are that it is so.

Documented: by Skolon. Seen: in the code of so many independent clients. Inferred: from how a
client or library behaves. Assumed: nobody knows, this is our choice.
"""

from typing import Annotated

from pydantic import StringConstraints

# PostgreSQL keeps no NUL in a text, so no id has one.
Text = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00]*$")]
