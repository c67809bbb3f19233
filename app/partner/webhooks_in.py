"""What Skolon tells by webhook: that something was edited, and whom or what to forget."""

import json
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import HTTPException
from pydantic import BaseModel, Field, StringConstraints, ValidationError

from app.clock import system_clock
from app.dependencies import Clock, Database, Settings
from app.partner import erasure
from app.partner.domain.webhooks import is_authentic

router = APIRouter(prefix="/webhooks/skolon", tags=["webhooks from Skolon"])

_Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._~-]{1,200}$")]


class RemovedUser(BaseModel):
    """A person to forget; what else is said of them does not matter."""

    user_id: _Id = Field(validation_alias="userId")


class RemovedClass(BaseModel):
    """A class to forget."""

    class_id: _Id = Field(validation_alias="classId")


class Received(BaseModel):
    received: bool = True


class Removed(BaseModel):
    removed: bool = True


async def body_from_skolon(request: Request, settings: Settings) -> object:
    """Return the JSON that was sent, if it is Skolon that sends it."""
    body = await request.body()
    secret = settings.webhook_secret
    if secret is not None and not is_authentic(
        secret.get_secret_value(), request.headers, body, now=system_clock()
    ):
        raise HTTPException(
            401,
            "This is not signed with the secret that Skolon and the partner share.",
            headers={"WWW-Authenticate": "Skolon-Webhook"},
        )
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, "The body is not JSON.") from error


Body = Annotated[object, Depends(body_from_skolon)]


async def edits_in_body(body: Body) -> None:
    if not isinstance(body, dict):
        raise HTTPException(400, "The body is not a JSON object.")


async def user_in_body(body: Body) -> RemovedUser:
    try:
        return RemovedUser.model_validate(body)
    except ValidationError as error:
        raise HTTPException(400, "The body has no `userId`, or not a usable one.") from error


async def class_in_body(body: Body) -> RemovedClass:
    # What its id is called is not documented; known receivers understand both.
    if isinstance(body, dict) and "classId" not in body:
        body = {"classId": body.get("groupId")}
    try:
        return RemovedClass.model_validate(body)
    except ValidationError as error:
        raise HTTPException(400, "The body has no `classId`, or not a usable one.") from error


_JSON_IN = {
    name: {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"type": "object"}, "example": example}},
        }
    }
    for name, example in (
        ("edits", {"entities": ["user", "license"]}),
        ("user", {"userId": "aB3dE6gH9"}),
        ("class", {"classId": "aB3dE6gH9"}),
    )
}


@router.post(
    "",
    name="partner:hear_of_edits",
    dependencies=[Depends(edits_in_body)],
    openapi_extra=_JSON_IN["edits"],
)
async def hear_of_edits() -> Received:
    """Hear that something was edited, and do nothing: people come by logging in, not by sync (R3).

    What was edited is fetched when its person logs in.
    """
    return Received()


@router.post("/remove-user", name="partner:forget_user", openapi_extra=_JSON_IN["user"])
def forget_user(
    removed: Annotated[RemovedUser, Depends(user_in_body)],
    settings: Settings,
    database: Database,
    clock: Clock,
) -> Removed:
    """Forget a person; somebody unknown, or forgotten before, is forgotten already."""
    database.transact(
        lambda session: erasure.erase_identity(
            session, database, settings.skolon_issuer, removed.user_id, now=clock()
        )
    )
    return Removed()


@router.post("/remove-class", name="partner:forget_class", openapi_extra=_JSON_IN["class"])
def forget_class(
    removed: Annotated[RemovedClass, Depends(class_in_body)], database: Database, clock: Clock
) -> Removed:
    """Forget a class; its people stay."""
    database.transact(lambda session: erasure.erase_class(session, removed.class_id, now=clock()))
    return Removed()
