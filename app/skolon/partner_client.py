"""HTTP to a partner: posting a license request."""

import httpx
from pydantic import SecretStr, ValidationError

from app.dependencies import Peer
from app.skolon.domain.licenses import Failure
from app.skolon.license_requests import Posting
from app.skolon.schemas.license_requests import Receipt


async def post_license_request(
    partner: Peer, key: SecretStr, posting: Posting
) -> Receipt | Failure:
    """Post a request and return the partner's receipt, or in which way there is none.

    The request's own id is its Idempotency-Key: however often it is posted, it counts once.
    """
    try:
        answer = await partner.http.post(
            f"{partner.url}/api/v1/license-requests",
            content=posting.body.model_dump_json(),
            headers={
                "Authorization": f"Bearer {key.get_secret_value()}",
                "Content-Type": "application/json",
                "Idempotency-Key": str(posting.request_id),
            },
        )
    except httpx.TimeoutException:
        return Failure.SLOW
    except httpx.HTTPError:
        return Failure.UNREACHABLE
    if answer.is_server_error:
        return Failure.BROKEN
    if not answer.is_success:
        return Failure.REFUSED
    try:
        return Receipt.model_validate_json(answer.content)
    except ValidationError:
        return Failure.GARBAGE
