"""`/s/<name>/...` is the sandbox of that name; any other address is the default one."""

import re
from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from app.driver_errors import DRIVER_ERRORS, as_refusal
from app.errors import RefusalError
from app.patience import waiting_at_most
from app.problems import send_problem
from app.sandboxes.refusals import UnknownSandboxError
from app.sandboxes.worlds import DEFAULT, Sandboxes

_IN_SANDBOX = re.compile(r"/s/([^/]+)(?=/|$)")
# Worlds are made there, which takes as long as it takes.
_MAKING = "/sandboxes"
# What is the same in all worlds, and is there when their databases are not.
_OF_NO_WORLD = ("/health/live", "/openapi/", "/static/")

# Refuses a request before it has reached a company, in the words of that company.
Refuse = Callable[[Scope, Receive, Send, RefusalError], Awaitable[None]]


class SandboxMiddleware:
    """Gives each request its world's database and clock.

    The prefix goes into `root_path`, so that routes do not see it and links keep it.
    """

    def __init__(
        self,
        app: ASGIApp,
        sandboxes: Sandboxes,
        refuse: Refuse,
        patience_seconds: float,
        *,
        is_sandbox: bool,
    ) -> None:
        self.app = app
        self.sandboxes = sandboxes
        self.refuse = refuse
        self.patience_seconds = patience_seconds
        self.is_sandbox = is_sandbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["path"].startswith(_MAKING):
            await self._pass_on(scope, receive, send)
        else:
            with waiting_at_most(self.patience_seconds):
                await self._pass_on(scope, receive, send)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        root = scope.get("root_path", "")
        name = DEFAULT
        if match := _IN_SANDBOX.match(scope["path"].removeprefix(root)):
            name = match[1]
            root = f"{root}/s/{name}"
            scope = {**scope, "root_path": root}
        if scope["path"].removeprefix(root).startswith(_OF_NO_WORLD):
            await self.app(scope, receive, send)
            return
        try:
            sandbox = self.sandboxes.opened(name)
            if sandbox is None:
                sandbox = await run_in_threadpool(self.sandboxes.open, name)
        except UnknownSandboxError as error:
            await send_problem(scope, receive, send, HTTPException(404, str(error)))
            return
        except (RefusalError, *DRIVER_ERRORS) as error:
            await self.refuse(scope, receive, send, as_refusal(error))
            return
        scope["state"] = {
            **scope.get("state", {}),
            "sandbox": sandbox.name,
            "database": sandbox.database,
            "clock": sandbox.clock,
            "journal": sandbox.journal,
            "faults": sandbox.faults,
            "answers": sandbox.answers,
            "is_sandbox": self.is_sandbox,
        }
        await self.app(scope, receive, send)
