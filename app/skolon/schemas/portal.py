"""The administrators' portal as JSON; at the real Skolon it is pages, so all of it is assumed."""

from datetime import datetime

from pydantic import ConfigDict, Field

from app.skolon.schemas import Text
from app.skolon.schemas.provenance import PortalProcess


class Strict(PortalProcess):
    """What is sent; a field that is not known is a mistake."""

    model_config = ConfigDict(extra="forbid")


class SessionIn(Strict):
    persona: Text = Field(description="key of a persona, or id of a user", examples=["disa"])


class OwnSchool(PortalProcess):
    id: str
    name: str


class SessionShown(PortalProcess):
    name: str
    organization: str
    organization_number: str
    administers_organization: bool
    schools: list[OwnSchool]


class SessionMade(SessionShown):
    token: str
    expires_at: datetime
