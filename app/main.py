"""The service: all companies behind one address, with what every request passes on its way."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import anyio
import anyio.to_thread
import httpx
from fastapi import APIRouter, FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from app import background, log, problems, tracing
from app.applications import (
    Companies,
    applications,
    company_of,
    first_segment,
    json_answer_of,
    partner_application,
    register_application,
    skolon_application,
)
from app.database import POOL_SIZE
from app.dropping import InProcess
from app.errors import RefusalError
from app.middleware import REQUEST_ID, BodyLimit, RequestLog
from app.sandboxes import api as sandboxes_api
from app.sandboxes import faults_api, health, tour
from app.sandboxes.interference import Interference
from app.sandboxes.journal import Journals, Names
from app.sandboxes.journal import api as journal_api
from app.sandboxes.journal import page as journal_page
from app.sandboxes.journal.recording import JournalMiddleware, RecordingClient
from app.sandboxes.middleware import Refuse, SandboxMiddleware
from app.sandboxes.signing_key import signing_key
from app.sandboxes.traces import api as traces_api
from app.sandboxes.traces import page as traces_page
from app.sandboxes.worlds import Sandboxes
from app.seeds import credentials_of, first_seed, sandboxes_of
from app.settings import Company, Mode, Settings
from app.skolon import naming
from app.skolon.whose_calls import whose
from app.tracing import TRACEPARENT

APP = Path(__file__).parent

# How long a connection to another company is kept for the next call. Servers let go of one after
# a while, uvicorn after five seconds, and a call that is just then on its way gets no answer.
KEPT_OPEN_SECONDS = 2.0

# The first segments of what belongs to no company, and is in no journal.
TOOLS = {"health", "journal", "openapi", "sandboxes", "static", "tour", "traces"}


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
    settings = settings.model_copy(update={"signing_key": signing_key(settings)})
    sandboxes = sandboxes_of(settings)
    journals = Journals(_names) if settings.mode is Mode.SANDBOX else None
    partner, skolon = partner_application(settings), skolon_application(settings)
    companies: dict[Company, ASGIApp] = {
        Company.PARTNER: partner,
        Company.SKOLON: skolon,
        Company.SKOLVERKET: Later(lambda: register_application(settings)),
    }
    tools = _tools(settings, sandboxes, journals)
    reached: ASGIApp = Companies(companies, settings.only)
    if settings.mode is Mode.SANDBOX:
        reached = Interference(reached, company_of, whose, json_answer_of)

    async def refuse(scope: Scope, receive: Receive, send: Send, refusal: RefusalError) -> None:
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        company = _who_is_called(path)
        in_json = json_answer_of(Company(company)) if company else problems.problem_json
        scope = {**scope, "app": partner, "state": {**scope["state"], "company": company}}
        await problems.send_problem(scope, receive, send, refusal, in_json)

    app = _behind_middleware(Areas(tools, reached), settings, sandboxes, journals, refuse)
    in_process = _http(httpx.AsyncClient, settings, InProcess(app))
    outside = _http(RecordingClient, settings, network)
    for application in (tools, partner, skolon):
        application.state.in_process = in_process
        application.state.network = outside
    return Service(app, sandboxes)


class Areas:
    """Hands a request to what belongs to no company, or to the companies.

    One application would look through the tools' routes before each request to a company.
    """

    def __init__(self, tools: ASGIApp, companies: ASGIApp) -> None:
        self.tools = tools
        self.companies = companies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        if scope["type"] != "http" or _is_tool(path):
            await self.tools(scope, receive, send)
        else:
            await self.companies(scope, receive, send)


class Later:
    """An application that is built when it is first asked something."""

    def __init__(self, build: Callable[[], ASGIApp]) -> None:
        self._build = build
        self._application: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._application is None:
            self._application = await run_in_threadpool(self._build)
        await self._application(scope, receive, send)


def _tools(settings: Settings, sandboxes: Sandboxes, journals: Journals | None) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        # More threads than connections would only wait in line for one.
        anyio.to_thread.current_default_thread_limiter().total_tokens = POOL_SIZE
        await anyio.to_thread.run_sync(sandboxes.listen)
        await anyio.to_thread.run_sync(sandboxes.clean)
        await anyio.to_thread.run_sync(sandboxes.prepare_default, first_seed(settings))
        tools.state.stopping = asyncio.Event()
        tasks = [
            asyncio.create_task(work(tools, settings, sandboxes))
            for work in (
                background.keep_telling_skolon,
                background.keep_sending_license_requests,
                background.keep_delivering_webhooks,
                background.keep_syncing_rosters,
                background.keep_forgetting,
                background.keep_sandboxes_in_order,
                background.keep_reading_rules,
            )
        ]
        writing = asyncio.create_task(journals.keep_writing()) if journals is not None else None
        yield
        await background.end(tools, tasks)
        if writing is not None:
            writing.cancel()
        if journals is not None:
            await anyio.to_thread.run_sync(journals.write)
        sandboxes.close()

    tools = FastAPI(
        title="Sandboxes", openapi_url=None, docs_url=None, redoc_url=None, lifespan=lifespan
    )
    tools.state.settings = settings
    tools.state.sandboxes = sandboxes
    tools.state.journals = journals
    # One at a time: when the database does not answer, they would only add up.
    tools.state.asking_for_health = anyio.CapacityLimiter(1)
    tools.state.credentials = credentials_of(settings)
    problems.install(tools)
    tools.include_router(health.router)
    tools.include_router(_descriptions(settings))
    if settings.mode is Mode.SANDBOX:
        tools.include_router(sandboxes_api.router)
        tools.include_router(journal_api.router)
        tools.include_router(traces_api.router)
        tools.include_router(faults_api.router)
        tools.include_router(tour.router)
        tools.include_router(journal_page.router)
        tools.include_router(traces_page.router)
    tools.mount("/static", StaticFiles(directory=APP / "static"))
    return tools


def _descriptions(settings: Settings) -> APIRouter:
    router = APIRouter(prefix="/openapi", tags=["descriptions"])

    @router.get("/{company}.json", name="tools:openapi", include_in_schema=False)
    def describe(company: Company) -> JSONResponse:
        return JSONResponse(applications(settings)[company].openapi())

    return router


def _behind_middleware(
    app: ASGIApp,
    settings: Settings,
    sandboxes: Sandboxes,
    journals: Journals | None,
    refuse: Refuse,
) -> ASGIApp:
    is_sandbox = settings.mode is Mode.SANDBOX
    if journals:
        app = JournalMiddleware(app, journals, _who_is_called)
    app = SandboxMiddleware(
        app, sandboxes, refuse, settings.database_timeout, is_sandbox=is_sandbox
    )
    larger = {"/sandboxes/upload": settings.max_upload_bytes} if is_sandbox else {}
    app = BodyLimit(app, settings.max_body_bytes, larger)
    app = TrustedHostMiddleware(app, settings.allowed_hosts, www_redirect=False)
    return RequestLog(app)


def _is_tool(path: str) -> bool:
    return first_segment(path) in TOOLS


def _who_is_called(path: str) -> str | None:
    return None if _is_tool(path) else company_of(path).value


def _names(session: Session, people: Collection[UUID | str], tools: Collection[UUID]) -> Names:
    return Names(naming.people(session, people), naming.client_ids(session, tools))


def _http(
    kind: type[httpx.AsyncClient], settings: Settings, transport: httpx.AsyncBaseTransport | None
) -> httpx.AsyncClient:
    async def pass_on_the_id(request: httpx.Request) -> None:
        if request_id := log.request_id():
            request.headers[REQUEST_ID] = request_id
        if traceparent := tracing.traceparent():
            request.headers.setdefault(TRACEPARENT, traceparent)

    return kind(
        transport=transport,
        timeout=settings.request_timeout,
        limits=httpx.Limits(
            max_connections=100, max_keepalive_connections=20, keepalive_expiry=KEPT_OPEN_SECONDS
        ),
        event_hooks={"request": [pass_on_the_id]},
    )
