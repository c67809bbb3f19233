"""What a test asks for instead of a login, and is given."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from app.skolon.schemas import Text
from app.skolon.schemas.tools import Id, Strict


class TokenIn(Strict):
    """A token without a login."""

    persona: Id | None = Field(
        None, description="Whose: persona, id or uuid; without one, the tool's own token."
    )
    client_id: Id | None = Field(None, description="The built-in partner's when left out.")
    scope: Text | None = Field(None, description="All that the tool may have, when left out.")
    expires_in: Annotated[int, Field(ge=1, le=2_592_000)] | None = Field(
        None, description="Seconds; as the switch says, when left out."
    )


class CodeIn(Strict):
    """A code without a browser."""

    persona: Id
    client_id: Id | None = Field(None, description="The built-in partner's when left out.")
    redirect_uri: Text | None = Field(
        None, description="To be sent with the code again; the tool's first, when left out."
    )
    scope: Text | None = Field(None, description="All that the tool may have, when left out.")
    code_challenge: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}\z")] | None = (
        Field(None, description="PKCE, S256.")
    )


class CodeOut(BaseModel):
    code: str
    redirect_uri: str
    expires_in: int
