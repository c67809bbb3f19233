"""The partner's JSON API: license requests in, decisions and status out."""

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

# The question that is asked most comes first: routes are tried in order.
routers = [
    licenses.router,
    license_requests.router,
    code_cases.router,
    organizations.router,
    rosters.router,
    account_import.router,
    accounts.router,
    merges.router,
    logins.router,
]
