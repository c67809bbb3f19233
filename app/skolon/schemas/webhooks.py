"""Webhooks: the bodies that tools are sent, and how the workshop lists and makes them."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from app.skolon.domain.webhooks import WebhookFailure, WebhookKind, WebhookMishap, WebhookState
from app.skolon.schemas.partner_api import Wire
from app.skolon.schemas.provenance import assumed, documented, inferred
from app.skolon.schemas.tools import Id, Strict

Entity = Literal["organization", "school", "license", "user", "group"]

_BY_A_SWITCH = "A switch adds it."


class DataEdits(BaseModel):
    """Something has changed; what it is now, the tool asks the Partner API."""

    entities: list[Entity] = Field(
        description="Kinds of records of which some changed, each once.",
        json_schema_extra=documented("That `organization` is among them is inferred.", seen_in=1),
    )


class RemoveUser(Wire):
    """A person is deleted, and the tool is to forget them."""

    user_id: str = Field(
        description="The person's id.", json_schema_extra=inferred("1 client reads it so.")
    )
    user_uuid: UUID | None = Field(
        None, description="The same person's uuid.", json_schema_extra=assumed(_BY_A_SWITCH)
    )


class RemoveClass(Wire):
    """A class or group is deleted, and the tool is to forget it."""

    class_id: str | None = Field(
        None, description="The group's id.", json_schema_extra=inferred("1 client reads it so.")
    )
    group_id: str | None = Field(
        None,
        description="The group's id, instead.",
        json_schema_extra=inferred("1 client reads this too; a switch chooses it."),
    )
    group_uuid: UUID | None = Field(
        None, description="The same group's uuid.", json_schema_extra=assumed(_BY_A_SWITCH)
    )


WebhookBody = DataEdits | RemoveUser | RemoveClass


class WebhookIn(Strict):
    """A webhook that is sent without anything having happened."""

    client_id: Id
    kind: WebhookKind
    entities: Annotated[list[Entity], Field(max_length=20)] = Field(
        default_factory=list, description="of data-edits: what changed; `user` when left out"
    )
    id: Id | None = Field(
        None,
        description="of a removal: the id or uuid of a user or group, or of one that never was",
    )

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.kind is WebhookKind.DATA_EDITS and self.id is not None:
            raise ValueError("data-edits have no id, only entities")
        if self.kind is not WebhookKind.DATA_EDITS and self.entities:
            raise ValueError("a removal has no entities, only an id")
        return self


class AttemptOut(BaseModel):
    number: int
    made_at: str
    url: str
    milliseconds: int
    status: int | None
    failure: WebhookFailure | None


class WebhookOut(BaseModel):
    id: str
    client_id: str
    kind: WebhookKind
    body: str
    made_at: str
    state: WebhookState
    due_at: str | None
    mishap: WebhookMishap | None = Field(description="what a fault of this sandbox did to it")
    attempts: list[AttemptOut]


class WebhooksOut(BaseModel):
    webhooks: list[WebhookOut]
    before: str | None = Field(description="what to ask for older ones with; None is the end")


class Removed(BaseModel):
    id: str
    webhooks: int = Field(description="tools that are told to forget")
