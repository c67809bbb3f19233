"""The partner's JSON API: license requests in, decisions and status out."""

from fastapi import APIRouter

from app.partner.api import (
    account_import,
    accounts,
    code_cases,
    license_requests,
    licenses,
    logins,
    merges,
    organizations,
    rosters,
)

router = APIRouter(prefix="/api/v1")
# The question that is asked most comes first: routes are tried in order.
for part in (
    licenses,
    license_requests,
    code_cases,
    organizations,
    rosters,
    account_import,
    accounts,
    merges,
    logins,
):
    router.include_router(part.router)
