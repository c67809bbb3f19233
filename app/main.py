"""The only module that knows all the companies: it puts them behind one address."""

import asyncio
import hashlib
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import anyio.to_thread
import httpx
from fastapi import APIRouter, FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import SecretStr
from sqlalchemy import MetaData
from sqlalchemy.exc import SQLAlchemyError
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from app import log, problems
from app.clock import Clock, system_clock
from app.database import POOL_SIZE, Base, Database
from app.dependencies import Peer
from app.middleware import BodyLimit, RequestLog
from app.partner import api as partner_api
from app.partner import cases_console, console, landing, register_renewal, sso
from app.partner import demo as partner_demo
from app.partner.skolon_client import Skolon
from app.partner.skolverket_client import RegisterReader
from app.partner.telling import tell_again
from app.sandboxes import api as sandboxes_api
from app.sandboxes import health, tour
from app.sandboxes.middleware import SandboxMiddleware
from app.sandboxes.migrations import MIGRATIONS
from app.sandboxes.stores import is_durable, store_of
from app.sandboxes.worlds import Sandboxes, Seed
from app.settings import Company, Mode, Settings
from app.skolon import demo as skolon_demo
from app.skolon import (
    identity_provider,
    my_collection,
    partner_api_v2,
    partner_portal,
    portal,
    refusals,
)

APP = Path(__file__).parent
VERSION = "0.1.0"

# Seconds between calls to somebody else's register; known clients wait 0.1 to 1.
REGISTER_PAUSE = 0.2

# Real seconds between attempts to tell Skolon what it has not been told.
RETELL_SECONDS = 15

# The first segment of a path tells whose it is; what is not listed is the partner's.
PLATFORM_SEGMENTS = {
    "oauth": Company.SKOLON,
    "v1": Company.SKOLON,
    "v2": Company.SKOLON,
    "portal": Company.SKOLON,
    "min-samling": Company.SKOLON,
    "skolenhetsregistret": Company.SKOLVERKET,
}


class Service:
    """Everything as one ASGI application, and the worlds that it serves."""

    def __init__(self, app: ASGIApp, sandboxes: Sandboxes) -> None:
        self.app = app
        self.sandboxes = sandboxes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


def create_app(
    settings: Settings | None = None, network: httpx.AsyncBaseTransport | None = None
) -> Service:
    """Build the service; importing this module does nothing.

    `network` carries the calls to companies that a setting puts elsewhere.
    """
    settings = settings or Settings()
    log.configure(settings.log_level)
    settings = settings.model_copy(update={"signing_key": _signing_key(settings)})
    sandboxes = sandboxes_of(settings)
    partner, skolon = partner_application(settings), skolon_application(settings)
    companies: dict[Company, ASGIApp] = {
        Company.PARTNER: partner,
        Company.SKOLON: skolon,
        Company.SKOLVERKET: Later(lambda: register_application(settings)),
    }
    tools = _tools(settings, sandboxes, Companies(companies, settings.only))
    app = _behind_middleware(tools, settings, sandboxes)
    in_process = httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False),
        timeout=settings.request_timeout,
    )
    outside = httpx.AsyncClient(transport=network, timeout=settings.request_timeout)
    for application in (tools, partner, skolon):
        application.state.in_process = in_process
        application.state.network = outside
    return Service(app, sandboxes)


def sandboxes_of(settings: Settings) -> Sandboxes:
    """Return the worlds in the store that the settings name."""
    return Sandboxes(
        store_of(settings),
        seeds={"demo": seed_demo(settings), "empty": seed_nothing},
        fingerprint=_fingerprint(settings),
        durable=is_durable(settings),
    )


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
        partner_api.router,
        sso.router,
        console.router,
        cases_console.router,
        landing.router,
    ]
    return _application(settings, f"{settings.partner_name}, a partner of Skolon", routers)


def skolon_application(settings: Settings) -> FastAPI:
    """Return the platform."""
    routers = [
        identity_provider.router,
        partner_api_v2.router,
        partner_portal.router,
        portal.router,
        my_collection.router,
    ]
    return _application(settings, "Skolon", routers, refusals.answer_in_json)


def register_application(settings: Settings) -> FastAPI:
    """Return the register of school units."""
    # Imported when it is needed: it is asked seldom, and takes a tenth of the start.
    from app.skolverket import api  # noqa: PLC0415
    from app.skolverket import refusals as register_refusals  # noqa: PLC0415

    title = "Skolverket's register of school units (invented)"
    return _application(settings, title, [api.router], register_refusals.answer_in_json)


def every_table() -> MetaData:
    """Return the tables of all companies; importing the companies has declared them."""
    return Base.metadata


def newcomers_sheet(settings: Settings, address: str) -> str:
    """Return what somebody who has just started it needs: addresses, personas, credentials."""
    lines = [f"skolon-mock is ready at {address}", ""]
    if settings.mode is Mode.SANDBOX:
        pages = {
            "Guided tour": "/tour",
            "Skolon's portal": "/portal",
            "Min samling": "/min-samling",
            "The partner": "/",
            "The partner's console": "/console",
            "Register of school units": "/skolenhetsregistret/v2/school-units",
            "OpenAPI": "/openapi/skolon.json, partner.json, skolverket.json",
        }
        lines += [f"  {name:<25} {address}{path}" for name, path in pages.items()]
        lines += ["", "Personas (no passwords; choose one where you log in):"]
        lines += [
            f"  {who.first_name + ' ' + who.last_name:<25} {who.description_en}"
            for who in skolon_demo.CHARACTERS
        ]
        lines += [
            "",
            "Credentials of this demo:",
            f"  {'Partner API key':<25} {partner_demo.DEMO_API_KEY}",
            f"  {'OAuth client_id':<25} {settings.skolon_client_id}",
            f"  {'OAuth client_secret':<25} {settings.skolon_client_secret.get_secret_value()}",
        ]
    return "\n".join([*lines, "", "Stop with Ctrl+C.", ""])


def refresh_register(
    database: Database,
    settings: Settings,
    *,
    clock: Clock,
    only_changes: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> int:
    """Renew a world's copy of the register over HTTP, and return how many units it got."""
    register = register_application(settings)

    async def with_clock(scope: Scope, receive: Receive, send: Send) -> None:
        await register({**scope, "state": {"clock": clock}}, receive, send)

    def reader() -> RegisterReader:
        if settings.register_url:
            network = httpx.AsyncClient()
            return RegisterReader(
                Peer(network, settings.register_url.rstrip("/")), pause=REGISTER_PAUSE
            )
        here = httpx.AsyncClient(transport=httpx.ASGITransport(with_clock))
        return RegisterReader(Peer(here, "http://localhost"))

    renew = register_renewal.changes if only_changes else register_renewal.everything
    return renew(database, reader, clock=clock, progress=progress)


class Later:
    """An application that is built when it is first asked something."""

    def __init__(self, build: Callable[[], ASGIApp]) -> None:
        self._build = build
        self._application: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._application is None:
            self._application = await run_in_threadpool(self._build)
        await self._application(scope, receive, send)


class Companies:
    """Hands a request to the company that its path belongs to."""

    def __init__(self, applications: Mapping[Company, ASGIApp], only: Company | None) -> None:
        self.applications = applications
        self.only = only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        company = PLATFORM_SEGMENTS.get(path.split("/", 2)[1], Company.PARTNER)
        if self.only not in (None, company):
            await problems.send_not_found(scope, receive, send)
            return
        # `url_for` looks in the router that stands in the scope: each company has its own.
        own_scope = {key: value for key, value in scope.items() if key != "router"}
        await self.applications[company](own_scope, receive, send)


def first_seed(settings: Settings) -> str:
    """Return what the default world is made from."""
    return "demo" if settings.mode is Mode.SANDBOX else "empty"


def seed_demo(settings: Settings) -> Seed:
    """Return what fills a world with the demo's schools, personas and credentials."""

    def seed(database: Database) -> None:
        with database.write() as session:
            skolon_demo.populate(session, settings)
            partner_demo.populate(session, settings)
        refresh_register(database, settings, clock=system_clock)

    return seed


def seed_nothing(_database: Database) -> None:
    """Leave the world empty."""


def _application(
    settings: Settings,
    title: str,
    routers: Sequence[APIRouter],
    json_answer: problems.JsonAnswer = problems.problem_json,
) -> FastAPI:
    application = FastAPI(
        title=title, version=VERSION, openapi_url=None, docs_url=None, redoc_url=None
    )
    application.state.settings = settings
    problems.install(application, json_answer)
    for router in routers:
        application.include_router(router)
    return application


def _tools(settings: Settings, sandboxes: Sandboxes, companies: ASGIApp) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        # More threads than connections would only wait in line for one.
        anyio.to_thread.current_default_thread_limiter().total_tokens = POOL_SIZE
        await anyio.to_thread.run_sync(sandboxes.prepare_default, first_seed(settings))
        telling = asyncio.create_task(_keep_telling_skolon(tools, settings, sandboxes))
        yield
        telling.cancel()
        sandboxes.close()

    tools = FastAPI(
        title="Sandboxes", openapi_url=None, docs_url=None, redoc_url=None, lifespan=lifespan
    )
    tools.state.settings = settings
    tools.state.sandboxes = sandboxes
    problems.install(tools)
    tools.include_router(health.router)
    tools.include_router(_descriptions(settings))
    if settings.mode is Mode.SANDBOX:
        tools.include_router(sandboxes_api.router)
        tools.include_router(tour.router)
    tools.mount("/static", StaticFiles(directory=APP / "static"))
    tools.mount("", companies)
    return tools


async def _keep_telling_skolon(tools: FastAPI, settings: Settings, sandboxes: Sandboxes) -> None:
    """Tell Skolon, now and then, what could not be told when it happened."""
    while True:
        await asyncio.sleep(RETELL_SECONDS)
        for sandbox in sandboxes.all_open():
            inside = Peer(tools.state.in_process, f"http://localhost/s/{sandbox.name}")
            outside = tools.state.network
            idp, api = (
                Peer(outside, url.rstrip("/")) if url else inside
                for url in (settings.skolon_idp_url, settings.skolon_api_url)
            )
            try:
                at_skolon = Skolon(idp, api, settings)
                await tell_again(sandbox.database, at_skolon, sandbox.clock)
            except SQLAlchemyError as error:
                # A sandbox that is being reset or deleted; the others are still to be told.
                log.event(logging.WARNING, "not told", error=type(error).__name__)


def _descriptions(settings: Settings) -> APIRouter:
    router = APIRouter(prefix="/openapi", tags=["descriptions"])

    @router.get("/{company}.json", name="tools:openapi", include_in_schema=False)
    def describe(company: Company) -> JSONResponse:
        return JSONResponse(applications(settings)[company].openapi())

    return router


def _behind_middleware(tools: ASGIApp, settings: Settings, sandboxes: Sandboxes) -> ASGIApp:
    app: ASGIApp = SandboxMiddleware(tools, sandboxes)
    app = BodyLimit(app, settings.max_body_bytes)
    app = TrustedHostMiddleware(app, settings.allowed_hosts, www_redirect=False)
    return RequestLog(app)


def _signing_key(settings: Settings) -> SecretStr:
    if settings.signing_key is not None:
        return settings.signing_key
    file = settings.data_directory / "signing-key"
    settings.data_directory.mkdir(parents=True, exist_ok=True)
    try:
        with file.open("x") as opened:
            file.chmod(0o600)
            opened.write(secrets.token_urlsafe(32))
    except FileExistsError:
        pass
    return SecretStr(file.read_text())


def _fingerprint(settings: Settings) -> str:
    """Return a name for this version of the seeds: tables, demo and what they are made from."""
    digest = hashlib.sha256(settings.skolon_client_id.encode())
    digest.update(settings.skolon_client_secret.get_secret_value().encode())
    for file in sorted([*MIGRATIONS.glob("versions/*.py"), *APP.glob("*/demo*.py")]):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
