"""The control plane's faults and scripted answers: how a sandbox is made to fail on purpose."""

from datetime import UTC, datetime
from typing import Annotated, Any, cast

from fastapi import APIRouter, Body, Depends, Path, Request, Response
from pydantic import BaseModel, Field

from app.control import may_control
from app.pages import same_origin
from app.sandboxes.answers import AnswerIn, ScriptedAnswer
from app.sandboxes.faults import FaultIn, FaultRule
from app.sandboxes.sandbox import Sandbox
from app.sandboxes.worlds import Sandboxes

router = APIRouter(
    prefix="/sandboxes/{name}",
    tags=["sandboxes"],
    dependencies=[Depends(may_control), Depends(same_origin)],
)

SWITCHES = "/skolon/switches"


class FaultOut(BaseModel):
    id: int
    rule: dict[str, Any] = Field(description="As it was asked for.")
    made_at: datetime
    matched: int = Field(description="Calls that it was meant for while it was in force.")
    fired: int = Field(description="Those of them that it hit.")


class Quirks(BaseModel):
    """What the real Skolon does oddly, or may do, is a switch and no fault."""

    switches: str = Field(description="GET shows them all, PATCH turns them.")
    example: str


class FaultsOut(BaseModel):
    faults: list[FaultOut]
    quirks: Quirks


class AnswerOut(BaseModel):
    id: int
    answer: dict[str, Any] = Field(description="As it was asked for.")
    made_at: datetime
    waiting: int = Field(description="How many times it will be given yet.")
    used: int
    last_used_at: datetime | None


class AnswersOut(BaseModel):
    answers: list[AnswerOut]


async def _sandboxes(request: Request) -> Sandboxes:
    return cast("Sandboxes", request.app.state.sandboxes)


def _sandbox(name: str, worlds: Annotated[Sandboxes, Depends(_sandboxes)]) -> Sandbox:
    return worlds.open(name)


World = Annotated[Sandbox, Depends(_sandbox)]
Number = Annotated[int, Path(ge=1, lt=2**31)]


@router.post("/faults", status_code=201, name="sandboxes:add_fault")
def add_fault(asked: FaultIn, world: World) -> FaultOut:
    """Let something go wrong from now on, as often as the rule says."""
    return _fault_out(world.faults.one(world.faults.add(asked)))


@router.get("/faults", name="sandboxes:faults")
def list_faults(world: World) -> FaultsOut:
    """List the rules, and how often each has matched and hit."""
    address = f"/s/{world.name}{SWITCHES}"
    return FaultsOut(
        faults=[_fault_out(row) for row in world.faults.every()],
        quirks=Quirks(switches=address, example=f'PATCH {address} {{"tombstones": "full"}}'),
    )


@router.delete("/faults", status_code=204, name="sandboxes:remove_faults")
def remove_faults(world: World) -> Response:
    """Let nothing go wrong any more."""
    world.faults.remove_all()
    return Response(status_code=204)


@router.get("/faults/{number}", name="sandboxes:fault")
def read_fault(number: Number, world: World) -> FaultOut:
    return _fault_out(world.faults.one(number))


@router.delete("/faults/{number}", status_code=204, name="sandboxes:remove_fault")
def remove_fault(number: Number, world: World) -> Response:
    world.faults.remove(number)
    return Response(status_code=204)


Scripted = Annotated[AnswerIn | Annotated[list[AnswerIn], Field(min_length=1, max_length=1000)],
                     Body()]  # fmt: skip


@router.post("/answers", status_code=201, name="sandboxes:add_answers")
def add_answers(asked: Scripted, world: World) -> AnswersOut:
    """Queue the next answer of an endpoint, or several in a list, behind those that wait."""
    numbers = world.answers.add(asked if isinstance(asked, list) else [asked])
    return AnswersOut(answers=[_answer_out(world.answers.one(number)) for number in numbers])


@router.get("/answers", name="sandboxes:answers")
def list_answers(world: World) -> AnswersOut:
    """List the answers that wait and those that were given."""
    return AnswersOut(answers=[_answer_out(row) for row in world.answers.every()])


@router.delete("/answers", status_code=204, name="sandboxes:remove_answers")
def remove_answers(world: World) -> Response:
    world.answers.remove_all()
    return Response(status_code=204)


@router.get("/answers/{number}", name="sandboxes:answer")
def read_answer(number: Number, world: World) -> AnswerOut:
    return _answer_out(world.answers.one(number))


@router.delete("/answers/{number}", status_code=204, name="sandboxes:remove_answer")
def remove_answer(number: Number, world: World) -> Response:
    world.answers.remove(number)
    return Response(status_code=204)


def _fault_out(row: FaultRule) -> FaultOut:
    return FaultOut(
        id=row.id,
        rule=row.rule,
        # PostgreSQL gives an instant in the time zone of its session.
        made_at=row.made_at.astimezone(UTC),
        matched=row.matched,
        fired=row.fired,
    )


def _answer_out(row: ScriptedAnswer) -> AnswerOut:
    return AnswerOut(
        id=row.id,
        answer=row.answer,
        made_at=row.made_at.astimezone(UTC),
        waiting=row.waiting,
        used=row.used,
        last_used_at=row.last_used_at and row.last_used_at.astimezone(UTC),
    )
