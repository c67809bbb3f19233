"""What the register's endpoints are handed: the register, and a day to look at it from."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, TypeVar

from fastapi import Depends, Query
from fastapi.concurrency import run_in_threadpool

from app.clock import STOCKHOLM
from app.dependencies import Clock
from app.skolverket import synthetic
from app.skolverket.records import (
    AS_OF,
    Contract,
    EducationProvider,
    Organizer,
    Register,
    SchoolUnit,
)
from app.skolverket.refusals import NotInRegisterError
from app.skolverket.schemas import RecordMeta

Record = TypeVar("Record", SchoolUnit, Organizer, EducationProvider, Contract)


async def _register() -> Register:
    # The first call writes the register, a quarter of a second that the event loop cannot spare.
    if not synthetic.register.cache_info().currsize:
        return await run_in_threadpool(synthetic.register)
    return synthetic.register()


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at a record: as of which day, and when."""

    day: date
    now: datetime

    def known(self, record: Record | None) -> Record:
        if record is None or not record.history.is_known_on(self.day):
            raise NotInRegisterError
        return record

    def meta(self, record: Record) -> RecordMeta:
        return RecordMeta(
            extract_date=self.now.astimezone(STOCKHOLM),
            created=record.history.registered_on,
            modified=record.history.modified_on(self.day),
        )


async def _reading(
    clock: Clock,
    search_date: Annotated[
        date | None, Query(description="The record as it was on this day, if it was there.")
    ] = None,
) -> Reading:
    return Reading(search_date or AS_OF, clock())


Known = Annotated[Register, Depends(_register)]
Look = Annotated[Reading, Depends(_reading)]
