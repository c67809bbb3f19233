"""`/s/<name>/...` is the sandbox of that name; any other address is the default one."""

import re

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from app.problems import send_problem
from app.sandboxes.refusals import UnknownSandboxError
from app.sandboxes.worlds import DEFAULT, Sandboxes

_IN_SANDBOX = re.compile(r"/s/([^/]+)(?=/|$)")


class SandboxMiddleware:
    """Gives each request its world's database and clock.

    The prefix goes into `root_path`, so that routes do not see it and links keep it.
    """

    def __init__(self, app: ASGIApp, sandboxes: Sandboxes, *, is_sandbox: bool) -> None:
        self.app = app
        self.sandboxes = sandboxes
        self.is_sandbox = is_sandbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        root = scope.get("root_path", "")
        name = DEFAULT
        if match := _IN_SANDBOX.match(scope["path"].removeprefix(root)):
            name = match[1]
            scope = {**scope, "root_path": f"{root}/s/{name}"}
        try:
            sandbox = self.sandboxes.opened(name)
            if sandbox is None:
                sandbox = await run_in_threadpool(self.sandboxes.open, name)
        except UnknownSandboxError as error:
            await send_problem(scope, receive, send, HTTPException(404, str(error)))
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
