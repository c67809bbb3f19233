"""The partner's JSON API: license requests in, decisions and status out."""

from fastapi import APIRouter

from app.partner.api import (
    account_import,
    code_cases,
    license_requests,
    licenses,
    merges,
    organizations,
)

router = APIRouter(prefix="/api/v1")
# The question that is asked most comes first: routes are tried in order.
for part in (licenses, license_requests, code_cases, organizations, account_import, merges):
    router.include_router(part.router)
