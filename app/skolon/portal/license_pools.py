"""License pools: the list, one of them, and everything that can be done to it (R17)."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response
from sqlalchemy import select

from app import pages
from app.clock import swedish_date
from app.dependencies import Clock, Database
from app.skolon import logins, pools
from app.skolon.browser import SessionToken, go
from app.skolon.domain.errors import NotAtSchoolError
from app.skolon.domain.licenses import Audience
from app.skolon.models import School, Tool
from app.skolon.pools import LinkTo, PoolPlace
from app.skolon.portal.log_in import administering
from app.skolon.schemas import Text
from app.skolon.schemas.license_pools import MOST_AT_ONCE, PoolName

router = APIRouter(prefix="/portal/license-pools")

Count = Annotated[int, Form(ge=1, le=MOST_AT_ONCE)]


@router.get("", name="skolon:license_pools")
def list_pools(
    request: Request,
    database: Database,
    clock: Clock,
    token: SessionToken,
    search: Annotated[Text, Query()] = "",
    after: Annotated[Text, Query()] = "",
) -> Response:
    with administering(request, database, token, clock) as (session, administrator):
        rows, following = pools.pools_of(
            session, administrator, PoolPlace(search, after), swedish_date(clock())
        )
        return pages.page(
            request,
            "skolon/license_pools.html",
            administrator=administrator,
            rows=rows,
            following=following,
            search=search,
            after=after,
        )


@router.get("/new", name="skolon:new_license_pool")
def new_pool(request: Request, database: Database, clock: Clock, token: SessionToken) -> Response:
    with administering(request, database, token, clock) as (session, administrator):
        schools = select(School).where(administrator.own_schools()).order_by(School.name)
        return pages.page(
            request,
            "skolon/new_license_pool.html",
            administrator=administrator,
            schools=session.scalars(schools).all(),
            tools=session.scalars(select(Tool).order_by(Tool.name, Tool.id)).all(),
        )


@router.post("", name="skolon:create_license_pool")
def create_pool(
    request: Request,
    client_id: Annotated[Text, Form()],
    school: Annotated[Text, Form()],
    name: Annotated[PoolName, Form()],
    database: Database,
    clock: Clock,
    token: SessionToken,
    *,
    fills_itself: Annotated[bool, Form()] = False,
) -> Response:
    with database.write() as session:
        pool = pools.create(
            session,
            logins.portal_user(session, token, now=clock()),
            client_id=client_id,
            school=school,
            name=name,
            fills_itself=fills_itself,
            now=clock(),
        )
        return _go_to(request, pool.id)


@router.get("/{pool_id}", name="skolon:license_pool")
def show_pool(
    pool_id: UUID,
    request: Request,
    database: Database,
    clock: Clock,
    token: SessionToken,
    links_after: Annotated[Text, Query()] = "",
    seats_after: Annotated[Text, Query()] = "",
    waits_after: Annotated[Text, Query()] = "",
) -> Response:
    with administering(request, database, token, clock) as (session, administrator):
        today = swedish_date(clock())
        row = pools.read(session, administrator, pool_id, today)
        return pages.page(
            request,
            "skolon/license_pool.html",
            administrator=administrator,
            row=row,
            today=today,
            groups=pools.groups_to_link(session, row.pool),
            available=pools.available(session, row.pool, today),
            links=pools.links_of(session, row.pool, links_after),
            seats=pools.seats_of(session, row.pool, seats_after),
            waits=pools.waits_of(session, row.pool, today, waits_after),
            most_at_once=MOST_AT_ONCE,
            after={"links": links_after, "seats": seats_after, "waits": waits_after},
        )


@router.post("/{pool_id}", name="skolon:change_license_pool")
def change_pool(
    pool_id: UUID,
    request: Request,
    name: Annotated[PoolName, Form()],
    database: Database,
    clock: Clock,
    token: SessionToken,
    *,
    fills_itself: Annotated[bool, Form()] = False,
) -> Response:
    with database.write() as session:
        administrator = logins.portal_user(session, token, now=clock())
        pools.change(session, administrator, pool_id, name=name, fills_itself=fills_itself)
    return _go_to(request, pool_id)


@router.post("/{pool_id}/delete", name="skolon:delete_license_pool")
def delete_pool(
    pool_id: UUID, request: Request, database: Database, clock: Clock, token: SessionToken
) -> Response:
    with database.write() as session:
        administrator = logins.portal_user(session, token, now=clock())
        pools.delete_pool(session, administrator, pool_id, now=clock())
    return go(request, "/portal/license-pools")


@router.post("/{pool_id}/fill", name="skolon:fill_license_pool")
def fill_pool(
    pool_id: UUID,
    request: Request,
    count: Count,
    database: Database,
    clock: Clock,
    token: SessionToken,
    audience: Annotated[Audience | None, Form()] = None,
) -> Response:
    with database.write() as session:
        administrator = logins.portal_user(session, token, now=clock())
        pools.fill(session, administrator, pool_id, count, audience, now=clock())
    return _go_to(request, pool_id)


@router.post("/{pool_id}/take-out", name="skolon:take_out_of_license_pool")
def take_out(
    pool_id: UUID,
    request: Request,
    count: Count,
    database: Database,
    clock: Clock,
    token: SessionToken,
) -> Response:
    with database.write() as session:
        administrator = logins.portal_user(session, token, now=clock())
        pools.take_out(session, administrator, pool_id, count, now=clock())
    return _go_to(request, pool_id)


@router.post("/{pool_id}/links", name="skolon:link_license_pool")
def link_pool(
    pool_id: UUID,
    request: Request,
    to: Annotated[Text, Form()],
    database: Database,
    clock: Clock,
    token: SessionToken,
    named: Annotated[Text, Form()] = "",
) -> Response:
    """Link the pool to its school, or to the group or person that is named."""
    targets = {"school": LinkTo(), "group": LinkTo(group=named), "user": LinkTo(user=named)}
    if to not in targets or (to != "school" and not named):
        raise NotAtSchoolError
    with database.write() as session:
        administrator = logins.portal_user(session, token, now=clock())
        pools.link(session, administrator, pool_id, targets[to], now=clock())
    return _go_to(request, pool_id)


@router.post("/{pool_id}/links/{link_id}/remove", name="skolon:unlink_license_pool")
def unlink_pool(
    pool_id: UUID,
    link_id: UUID,
    request: Request,
    database: Database,
    clock: Clock,
    token: SessionToken,
) -> Response:
    with database.write() as session:
        administrator = logins.portal_user(session, token, now=clock())
        pools.unlink(session, administrator, pool_id, link_id, now=clock())
    return _go_to(request, pool_id)


@router.post("/{pool_id}/seats/{user_id}/reclaim", name="skolon:reclaim_license_pool_seat")
def reclaim_seat(
    pool_id: UUID,
    user_id: Text,
    request: Request,
    database: Database,
    clock: Clock,
    token: SessionToken,
) -> Response:
    with database.write() as session:
        administrator = logins.portal_user(session, token, now=clock())
        pools.reclaim(session, administrator, pool_id, user_id, now=clock())
    return _go_to(request, pool_id)


def _go_to(request: Request, pool_id: UUID) -> Response:
    return go(request, f"/portal/license-pools/{pool_id}")
