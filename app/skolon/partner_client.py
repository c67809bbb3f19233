"""HTTP to a partner: posting a license request."""

import asyncio

import httpx
from pydantic import SecretStr, ValidationError

from app.dependencies import Peer
from app.skolon.domain.licenses import Failure
from app.skolon.license_requests import Posting
from app.skolon.schemas.license_requests import Receipt

# A receipt for a thousand units is half of that.
MOST_BYTES = 1_048_576


async def post_license_request(
    partner: Peer, key: SecretStr, posting: Posting, *, patience: float
) -> Receipt | Failure | None:
    """Post a request and return the partner's receipt, or in which way there is none.

    The request's own id is its Idempotency-Key: however often it is posted, it counts once.
    """
    if posting.body is None:
        return None
    call = partner.http.stream(
        "POST",
        f"{partner.url}/api/v1/license-requests",
        content=posting.body.model_dump_json(),
        headers={
            "Authorization": f"Bearer {key.get_secret_value()}",
            "Content-Type": "application/json",
            "Idempotency-Key": str(posting.request_id),
        },
    )
    try:
        # The client's own timeouts begin anew with each byte that a partner lets drip.
        async with asyncio.timeout(patience), call as answer:
            return await _receipt(answer)
    except (httpx.TimeoutException, TimeoutError):
        return Failure.SLOW
    except httpx.HTTPError:
        return Failure.UNREACHABLE


async def _receipt(answer: httpx.Response) -> Receipt | Failure:
    if answer.is_server_error:
        return Failure.BROKEN
    if not answer.is_success:
        return Failure.REFUSED
    body = b""
    async for part in answer.aiter_bytes():
        body += part
        if len(body) > MOST_BYTES:
            return Failure.GARBAGE
    try:
        return Receipt.model_validate_json(body)
    except ValidationError:
        return Failure.GARBAGE
