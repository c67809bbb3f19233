"""The three companies as applications, each with its own routes, errors and OpenAPI description."""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from app import problems
from app.partner import api as partner_api
from app.partner import (
    cases_console,
    console,
    landing,
    local_login_pages,
    merge_pages,
    settings_pages,
    sso,
    webhooks_in,
)
from app.settings import Company, Mode, Settings
from app.skolon import (
    identity_provider,
    my_collection,
    partner_api_v1,
    partner_api_v2,
    partner_portal,
    portal,
    portal_api,
    provenance,
    refusals,
    webhooks_out,
    workshop,
)

VERSION = "0.1.0"

# The first segment of a path tells whose it is; what is not listed is the partner's.
PLATFORM_SEGMENTS = {
    "oauth": Company.SKOLON,
    "v1": Company.SKOLON,
    "v2": Company.SKOLON,
    "portal": Company.SKOLON,
    "min-samling": Company.SKOLON,
    "skolon": Company.SKOLON,
    "skolenhetsregistret": Company.SKOLVERKET,
}


def applications(settings: Settings) -> dict[Company, FastAPI]:
    """Return the three companies, each an application with its own OpenAPI description."""
    return {
        Company.PARTNER: partner_application(settings),
        Company.SKOLON: skolon_application(settings),
        Company.SKOLVERKET: register_application(settings),
    }


def partner_application(settings: Settings) -> FastAPI:
    """Return the vendor: license requests in, logins through Skolon."""
    routers = [
        *partner_api.routers,
        sso.router,
        console.router,
        cases_console.router,
        landing.router,
        settings_pages.router,
        merge_pages.router,
        webhooks_in.router,
    ]
    if settings.mode is Mode.SANDBOX:
        routers.append(local_login_pages.router)
    return _application(settings, f"{settings.partner_name}, a partner of Skolon", routers)


def skolon_application(settings: Settings) -> FastAPI:
    """Return the platform."""
    routers = [
        *identity_provider.routers,
        partner_api_v1.router,
        partner_api_v1.plugins,
        partner_api_v2.router,
        partner_portal.router,
        portal.router,
        portal_api.router,
        my_collection.router,
        provenance.router,
    ]
    if settings.mode is Mode.SANDBOX:
        routers.append(workshop.router)
    application = _application(
        settings,
        "Skolon",
        routers,
        refusals.answer_in_json,
        refusals.explain,
        provenance.Reconstruction,
    )
    application.webhooks.include_router(webhooks_out.router)
    return application


def register_application(settings: Settings) -> FastAPI:
    """Return the register of school units."""
    # Imported when it is needed: it is asked seldom, and takes a tenth of the start.
    from app.skolverket import api  # noqa: PLC0415
    from app.skolverket import refusals as register_refusals  # noqa: PLC0415

    title = "Skolverket's register of school units (invented)"
    return _application(settings, title, [api.router], register_refusals.answer_in_json)


def _application(
    settings: Settings,
    title: str,
    routers: Sequence[APIRouter],
    json_answer: problems.JsonAnswer = problems.problem_json,
    explain: problems.Explain = problems.leave_unexplained,
    kind: type[FastAPI] = FastAPI,
) -> FastAPI:
    application = kind(
        title=title, version=VERSION, openapi_url=None, docs_url=None, redoc_url=None
    )
    application.state.settings = settings
    problems.install(application, json_answer, explain)
    for router in routers:
        # As they are, not included: what is included is looked through twice for each request.
        application.router.routes.extend(router.routes)
    return application


def company_of(path: str) -> Company:
    """Return whose a path is, whether or not there is anything at it."""
    return PLATFORM_SEGMENTS.get(first_segment(path), Company.PARTNER)


def first_segment(path: str) -> str:
    """Return what stands between the first two slashes of a path; nothing if there are none."""
    return path.split("/", 2)[1] if path.startswith("/") else ""


def json_answer_of(company: Company) -> problems.JsonAnswer:
    """Return how a company words a refusal in JSON."""
    if company is Company.SKOLON:
        return refusals.answer_in_json
    if company is Company.SKOLVERKET:
        from app.skolverket import refusals as register_refusals  # noqa: PLC0415, as above

        return register_refusals.answer_in_json
    return problems.problem_json


class Companies:
    """Hands a request to the company that its path belongs to."""

    def __init__(self, applications: Mapping[Company, ASGIApp], only: Company | None) -> None:
        self.applications = applications
        self.only = only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        company = company_of(scope["path"].removeprefix(scope.get("root_path", "")))
        if self.only not in (None, company):
            await problems.send_not_found(scope, receive, send)
            return
        scope["state"]["company"] = company.value
        # `url_for` looks in the router that stands in the scope: each company has its own.
        own_scope = {key: value for key, value in scope.items() if key != "router"}
        await self.applications[company](own_scope, receive, send)
