"""Licenses put on schools by hand, and people and groups removed."""

from fastapi import APIRouter, Depends
from sqlalchemy import func, select

from app.control import may_control
from app.dependencies import Clock, Database
from app.skolon import licenses, removals
from app.skolon.models import School, Seat
from app.skolon.schemas import Text
from app.skolon.schemas.tools import LicenseIn, LicenseMade
from app.skolon.schemas.webhooks import Removed

router = APIRouter(dependencies=[Depends(may_control)])


@router.post("/licenses", name="skolon:give_license", status_code=201)
def give_license(asked: LicenseIn, database: Database, clock: Clock) -> LicenseMade:
    """Put a license on a school, assigned at once unless told otherwise."""
    with database.write() as session:
        made = licenses.give(session, asked, now=clock())
        seats = select(func.count()).where(Seat.license_id == made.id, Seat.ended_at.is_(None))
        return LicenseMade(
            id=made.public_id,
            school_id=session.get_one(School, made.owner_school_id).public_id,
            type=made.type,
            starts_on=made.starts_on,
            ends_on=made.ends_on,
            is_assigned=made.assigned_at is not None,
            seats=session.scalar(seats) or 0,
        )


@router.delete("/users/{name}", name="skolon:remove_user")
def remove_user(name: Text, database: Database, clock: Clock) -> Removed:
    """Delete a person, by id, uuid or persona; tools that know them are told to forget them."""
    with database.write() as session:
        user, told = removals.remove_user(session, name, now=clock())
        return Removed(id=user.public_id, webhooks=told)


@router.delete("/groups/{name}", name="skolon:remove_group")
def remove_group(name: Text, database: Database, clock: Clock) -> Removed:
    """Delete a class or group, by id or uuid; tools are told to forget it."""
    with database.write() as session:
        group, told = removals.remove_group(session, name, now=clock())
        return Removed(id=group.public_id, webhooks=told)
