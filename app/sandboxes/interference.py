"""Where a sandbox's faults and scripted answers befall the calls of its companies.

What steers a sandbox is spared: nobody is to lock themselves out.
"""

from collections.abc import Callable
from http import HTTPStatus

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import explaining, problems
from app.driver_errors import DRIVER_ERRORS, as_refusal
from app.dropping import HANG_UP, linger
from app.errors import RefusalError
from app.explaining import Explanation
from app.problems import Problem
from app.sandboxes.answers import AnswerIn, Answers
from app.sandboxes.calls import Call, Who
from app.sandboxes.faults import LONGEST_LATENCY, Fault, FaultKind, Faults
from app.settings import Company

MARK = "X-Skolon-Mock-Fault"
SCRIPTED_MARK = "X-Skolon-Mock-Answer"

# Skolon's workshop, where its switches are turned.
_SPARED = "/skolon/"
_GARBAGE = b"<html><body>\xff\xfe upstream connect error"

CompanyOf = Callable[[str], Company]
# Tells whose call it is, from its scope and its body.
Identify = Callable[[Session, Request, bytes], Who]


class Interference:
    """Lets calls go wrong as the rules say; without rules, they pass at the cost of a look."""

    def __init__(
        self,
        app: ASGIApp,
        company_of: CompanyOf,
        identify: Identify,
        json_answer_of: Callable[[Company], problems.JsonAnswer],
    ) -> None:
        self.app = app
        self.company_of = company_of
        self.identify = identify
        self.json_answer_of = json_answer_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope["state"]
        faults: Faults = state["faults"]
        answers: Answers = state["answers"]
        faults.is_asked = True
        if not (faults.in_force or answers.waiting):
            await self.app(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        call = Call(self.company_of(path), scope["method"], path)
        meant = [fault for fault in faults.in_force if fault.rule.may_include(call)]
        if path.startswith(_SPARED) or not (meant or answers.is_waiting_for(call)):
            await self.app(scope, receive, send)
            return
        try:
            if any(fault.rule.asks_who for fault in meant):
                body, receive = await _read(receive)
                who = await run_in_threadpool(self._who, Request(scope), body)
                meant = [fault for fault in meant if fault.rule.include_those_of(who)]
            fired = await run_in_threadpool(faults.fire, meant) if meant else []
        except (HTTPException, RefusalError) as error:
            # A body that is too large, or a sandbox that has gone meanwhile.
            await problems.send_problem(scope, receive, send, error)
            return
        except DRIVER_ERRORS as error:
            in_json = self.json_answer_of(call.company)
            await problems.send_problem(scope, receive, send, as_refusal(error), in_json)
            return
        state["company"] = call.company.value
        await self._befall(fired, call, scope, receive, send)

    def _who(self, request: Request, body: bytes) -> Who:
        with request.state.database.read() as session:
            return self.identify(session, request, body)

    async def _befall(
        self, fired: list[Fault], call: Call, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if fired:
            send = _marked(send, MARK, ", ".join(str(fault.id) for fault in fired))
        milliseconds = sum(fault.rule.milliseconds or 0 for fault in fired)
        # The call of whoever has not waited is as good as lost.
        if milliseconds and not await linger(scope, min(milliseconds, LONGEST_LATENCY) / 1000):
            return
        last = next((one for one in fired if one.rule.kind is not FaultKind.LATENCY), None)
        if last is None:
            await self._answer(call, scope, receive, send)
            return
        _explain(scope, last)
        if last.rule.kind is FaultKind.DROPPED and last.rule.at != "middle":
            await _hang_up(scope, receive)
        elif last.rule.kind is FaultKind.STATUS or last.rule.kind.is_of_tokens:
            request = Request(scope)
            answer = problems.answer(request, _problem(last), self.json_answer_of(call.company))
            await answer(scope, receive, send)
        else:
            await self._spoil(last.rule.kind, call, scope, receive, send)

    async def _spoil(
        self, kind: FaultKind, call: Call, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Let the call be answered, and spoil the answer: what it did is done."""
        start: Message = {}
        body = bytearray()

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                body.extend(message.get("body", b""))

        await self._answer(call, scope, receive, keep)
        if not start:
            return
        half = bytes(body[: len(body) // 2])
        sent = _GARBAGE if kind is FaultKind.GARBAGE else half
        announced = len(body) if kind is FaultKind.DROPPED else len(sent)
        headers = [one for one in start["headers"] if one[0].lower() != b"content-length"]
        start["headers"] = [*headers, (b"content-length", str(announced).encode())]
        await send(start)
        is_dropped = kind is FaultKind.DROPPED
        await send({"type": "http.response.body", "body": sent, "more_body": is_dropped})
        if is_dropped:
            await _hang_up(scope, receive)

    async def _answer(self, call: Call, scope: Scope, receive: Receive, send: Send) -> None:
        """Give the answer that was scripted, if one waits, else that of the company."""
        answers: Answers = scope["state"]["answers"]
        taken = None
        if answers.is_waiting_for(call):
            taken = await run_in_threadpool(answers.take, call)
        if taken is None:
            await self.app(scope, receive, send)
            return
        number, answer = taken
        if not await linger(scope, answer.delay_milliseconds / 1000):
            return
        await _response(answer)(scope, receive, _marked(send, SCRIPTED_MARK, str(number)))


def _response(answer: AnswerIn) -> Response:
    return Response(answer.content(), answer.status, answer.headers, media_type=answer.media_type)


def _problem(fault: Fault) -> Problem:
    if fault.rule.kind.is_of_tokens:
        # As for any token that is not in force.
        return Problem(
            401,
            "unauthorized",
            "A bearer token is needed that is known, in time and not revoked.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    status = fault.rule.status or 500
    after = fault.rule.retry_after
    return Problem(
        status,
        _code(status),
        "A fault of this sandbox answers instead.",
        headers=None if after is None else {"Retry-After": str(after)},
    )


def _code(status: int) -> str:
    try:
        return HTTPStatus(status).phrase.lower().replace(" ", "_").replace("-", "_")
    except ValueError:
        return "fault"


def _explain(scope: Scope, fault: Fault) -> None:
    explaining.explain(
        Request(scope),
        Explanation(
            f"Nothing need be wrong: fault {fault.id} of this sandbox, {fault.rule.kind}, hit it.",
            f"Bear it, or remove it: DELETE /sandboxes/{scope['state']['sandbox']}/faults/"
            f"{fault.id}.",
        ),
        error=f"fault_{fault.rule.kind}",
        client_id=fault.rule.client_id,
    )


async def _hang_up(scope: Scope, receive: Receive) -> None:
    hang_up = scope.get("extensions", {}).get(HANG_UP)
    if hang_up is None:
        # A server that cannot; it makes of the missing answer what it does with any.
        return
    hang_up()
    # Until it has noticed, the server would answer in our place.
    while (await receive())["type"] != "http.disconnect":
        pass


async def _read(receive: Receive) -> tuple[bytes, Receive]:
    """Return the body, and a way to receive it again."""
    messages: list[Message] = []
    while True:
        message = await receive()
        messages.append(message)
        if message["type"] != "http.request" or not message.get("more_body"):
            break
    body = b"".join(message.get("body", b"") for message in messages)
    again = iter(messages)

    async def receive_again() -> Message:
        return next(again, None) or await receive()

    return body, receive_again


def _marked(send: Send, name: str, value: str) -> Send:
    async def send_marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            marks = [*message.get("headers", ()), (name.lower().encode(), value.encode())]
            message = {**message, "headers": marks}
        await send(message)

    return send_marked
