"""Webhooks as Skolon's OpenAPI document describes them: a tool serves these, and Skolon calls."""

from typing import Any

from fastapi import APIRouter, Response

from app.skolon.domain.webhooks import WebhookKind
from app.skolon.schemas.provenance import assumed, documented, observed
from app.skolon.schemas.webhooks import DataEdits, RemoveClass, RemoveUser

_RESPONSES: dict[int | str, dict[str, Any]] = {
    # Under this number, since FastAPI would promise it, and a body of its own.
    422: {
        "description": "As all that is not 2xx: tried again after 1, 5 and 25 seconds.",
        **assumed(),
    },
}
_REMOVAL = observed(1, "That there is such an address is; the body is what that client assumes.")

router = APIRouter(tags=["webhooks"], responses=_RESPONSES, default_response_class=Response)


@router.post(
    WebhookKind.DATA_EDITS.value,
    name="skolon:data_edits",
    openapi_extra=documented("That edits within 2 seconds come together is assumed.", seen_in=1),
)
def data_edits(told: DataEdits) -> None:
    """Hear that something changed, and fetch it with the stored tags; answer 200 before that."""


@router.post(
    WebhookKind.REMOVE_USER.value, name="skolon:remove_user_webhook", openapi_extra=_REMOVAL
)
def remove_user(told: RemoveUser) -> None:
    """Forget a person; to one who is not known the answer is 200 too."""


@router.post(
    WebhookKind.REMOVE_CLASS.value, name="skolon:remove_class_webhook", openapi_extra=_REMOVAL
)
def remove_class(told: RemoveClass) -> None:
    """Forget a class or group."""
