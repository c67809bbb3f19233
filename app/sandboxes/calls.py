"""Which calls a rule of a sandbox is meant for: by company, method, path, client and persona."""

import re
from dataclasses import dataclass
from fnmatch import translate
from functools import cache
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.settings import Company

# PostgreSQL keeps no NUL in a text, and is not asked for one.
Text = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
Path = Annotated[str, StringConstraints(max_length=500, pattern=r"^[/*][^\x00]*$")]
Method = Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,20}$")]


class Strict(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


class Endpoint(Strict):
    """A method and a path in the sandbox, either of them any."""

    method: Method | None = None
    path: Path = Field(
        "*",
        description="The whole path in the sandbox; `*` stands for any signs, so that "
        "`/v2/partner/*` is all that begins so.",
        examples=["/oauth/access_token", "/v2/partner/*"],
    )

    def is_called(self, call: "Call") -> bool:
        return self.method in (None, call.method) and bool(_pattern(self.path).match(call.path))


class Calls(Endpoint):
    """Whose calls of an endpoint."""

    company: Company | None = Field(None, description="The company that is called.")
    client_id: Text | None = Field(
        None, description="The tool that calls, or that is logged in to."
    )
    persona: Text | None = Field(None, description="The persona whom the call concerns.")

    @property
    def asks_who(self) -> bool:
        return self.client_id is not None or self.persona is not None

    def may_include(self, call: "Call") -> bool:
        """Say whether this call is meant, as far as can be told without knowing who calls."""
        return self.company in (None, call.company) and self.is_called(call)

    def include_those_of(self, who: "Who") -> bool:
        return self.client_id in (None, who[0]) and self.persona in (None, who[1])


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it arrives."""

    company: Company
    method: str
    path: str


# The client and the persona of a call, where they are known.
Who = tuple[str | None, str | None]


@cache
def _pattern(path: str) -> re.Pattern[str]:
    # Of what `fnmatch` knows, the star alone has a meaning here.
    return re.compile(translate(path.replace("[", "[[]").replace("?", "[?]")))
