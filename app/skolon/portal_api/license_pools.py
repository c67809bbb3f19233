"""License pools for programs, as the portal's pages have them (R17)."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.clock import swedish_date
from app.dependencies import Clock, Database
from app.skolon import pools
from app.skolon.domain.errors import PoolEmptyError
from app.skolon.models import User
from app.skolon.pools import LinkRow, LinkTo, PoolPlace, PoolRow
from app.skolon.portal_api.access import A_PAGE, PortalToken, administrator_with
from app.skolon.schemas import Text
from app.skolon.schemas.license_pools import (
    MOST_AT_ONCE,
    FillIn,
    LinkIn,
    LinkShown,
    LinksPage,
    PoolChange,
    PoolGroup,
    PoolIn,
    PoolPerson,
    PoolShown,
    PoolsPage,
    SeatIn,
    Seats,
    SeatShown,
    SeatsPage,
    WaitShown,
    WaitsPage,
)
from app.skolon.schemas.portal import OwnSchool
from app.skolon.schemas.provenance import assumed

router = APIRouter(prefix="/license-pools")

After = Annotated[
    Text,
    Query(description="`next` of the page before", json_schema_extra=assumed()),
]
Limit = Annotated[
    int, Query(ge=1, le=MOST_AT_ONCE, description="on a page", json_schema_extra=assumed())
]


@router.get("", name="skolon:api_license_pools", openapi_extra=A_PAGE)
def list_pools(
    token: PortalToken,
    database: Database,
    clock: Clock,
    search: Annotated[
        Text,
        Query(description="in names of pool, tool and school", json_schema_extra=assumed()),
    ] = "",
    after: After = "",
    limit: Limit = 50,
) -> PoolsPage:
    """List the pools of the administrator's schools."""
    with database.read() as session:
        administrator = administrator_with(session, token, clock)
        rows, following = pools.pools_of(
            session, administrator, PoolPlace(search, after, limit), swedish_date(clock())
        )
        return PoolsPage(license_pools=[_shown(row) for row in rows], next=following)


@router.post("", name="skolon:api_create_license_pool", status_code=201, openapi_extra=A_PAGE)
def create_pool(asked: PoolIn, token: PortalToken, database: Database, clock: Clock) -> PoolShown:
    """Make a pool for a tool at a school."""
    with database.write() as session:
        administrator = administrator_with(session, token, clock)
        pool = pools.create(
            session,
            administrator,
            client_id=asked.client_id,
            school=asked.school,
            name=asked.name,
            fills_itself=asked.fills_itself,
            now=clock(),
        )
        return _shown(pools.read(session, administrator, pool.id, swedish_date(clock())))


@router.get("/{pool_id}", name="skolon:api_license_pool", openapi_extra=A_PAGE)
def read_pool(pool_id: UUID, token: PortalToken, database: Database, clock: Clock) -> PoolShown:
    """Say how many seats a pool has, and how many are taken."""
    with database.read() as session:
        administrator = administrator_with(session, token, clock)
        return _shown(pools.read(session, administrator, pool_id, swedish_date(clock())))


@router.patch("/{pool_id}", name="skolon:api_change_license_pool", openapi_extra=A_PAGE)
def change_pool(
    pool_id: UUID, asked: PoolChange, token: PortalToken, database: Database, clock: Clock
) -> PoolShown:
    """Rename a pool, or say whether it takes in new licenses by itself."""
    with database.write() as session:
        administrator = administrator_with(session, token, clock)
        pools.change(
            session, administrator, pool_id, name=asked.name, fills_itself=asked.fills_itself
        )
        session.flush()
        return _shown(pools.read(session, administrator, pool_id, swedish_date(clock())))


@router.delete(
    "/{pool_id}", name="skolon:api_delete_license_pool", status_code=204, openapi_extra=A_PAGE
)
def delete_pool(pool_id: UUID, token: PortalToken, database: Database, clock: Clock) -> Response:
    """Delete a pool that nobody has a seat of; its licenses are unassigned then."""
    with database.write() as session:
        administrator = administrator_with(session, token, clock)
        pools.delete_pool(session, administrator, pool_id, now=clock())
    return Response(status_code=204)


@router.post("/{pool_id}/licenses", name="skolon:api_fill_license_pool", openapi_extra=A_PAGE)
def fill_pool(
    pool_id: UUID, asked: FillIn, token: PortalToken, database: Database, clock: Clock
) -> PoolShown:
    """Put unassigned single licenses of the tool into the pool, all or none."""
    with database.write() as session:
        administrator = administrator_with(session, token, clock)
        if asked.licenses is not None:
            pools.fill_with(session, administrator, pool_id, asked.licenses, now=clock())
        elif asked.count is not None:
            pools.fill(session, administrator, pool_id, asked.count, asked.audience, now=clock())
        return _shown(pools.read(session, administrator, pool_id, swedish_date(clock())))


@router.delete(
    "/{pool_id}/licenses", name="skolon:api_take_out_of_license_pool", openapi_extra=A_PAGE
)
def take_out(
    pool_id: UUID,
    count: Annotated[
        int,
        Query(ge=1, le=MOST_AT_ONCE, description="that nobody has", json_schema_extra=assumed()),
    ],
    token: PortalToken,
    database: Database,
    clock: Clock,
) -> PoolShown:
    """Take licenses that nobody has out of the pool."""
    with database.write() as session:
        administrator = administrator_with(session, token, clock)
        pools.take_out(session, administrator, pool_id, count, now=clock())
        return _shown(pools.read(session, administrator, pool_id, swedish_date(clock())))


@router.get("/{pool_id}/links", name="skolon:api_license_pool_links", openapi_extra=A_PAGE)
def list_links(
    pool_id: UUID,
    token: PortalToken,
    database: Database,
    clock: Clock,
    after: After = "",
    limit: Limit = 50,
) -> LinksPage:
    """List what a pool is linked to, and how many have a seat through it."""
    with database.read() as session:
        pool = pools.own_pool(session, administrator_with(session, token, clock), pool_id)
        rows, following = pools.links_of(session, pool, after, limit)
        return LinksPage(links=[_link(row) for row in rows], next=following)


@router.post(
    "/{pool_id}/links",
    name="skolon:api_link_license_pool",
    status_code=201,
    openapi_extra=A_PAGE,
)
def link_pool(
    pool_id: UUID, asked: LinkIn, token: PortalToken, database: Database, clock: Clock
) -> LinkShown:
    """Link a pool to its school, a class or group there, or a person."""
    with database.write() as session:
        administrator = administrator_with(session, token, clock)
        made = pools.link(
            session, administrator, pool_id, LinkTo(asked.group, asked.user), now=clock()
        )
        pool = pools.own_pool(session, administrator, pool_id)
        return _link(pools.read_link(session, pool, made.id))


@router.delete(
    "/{pool_id}/links/{link_id}",
    name="skolon:api_unlink_license_pool",
    status_code=204,
    openapi_extra=A_PAGE,
)
def unlink_pool(
    pool_id: UUID, link_id: UUID, token: PortalToken, database: Database, clock: Clock
) -> Response:
    """Unlink a pool; who is not linked in another way loses the seat."""
    with database.write() as session:
        administrator = administrator_with(session, token, clock)
        pools.unlink(session, administrator, pool_id, link_id, now=clock())
    return Response(status_code=204)


@router.get("/{pool_id}/seats", name="skolon:api_license_pool_seats", openapi_extra=A_PAGE)
def list_seats(
    pool_id: UUID,
    token: PortalToken,
    database: Database,
    clock: Clock,
    after: After = "",
    limit: Limit = 50,
) -> SeatsPage:
    """List who has a seat."""
    with database.read() as session:
        pool = pools.own_pool(session, administrator_with(session, token, clock), pool_id)
        rows, following = pools.seats_of(session, pool, after, limit)
        return SeatsPage(
            seats=[
                SeatShown(user=_person(row.user), given_at=row.given_at, ends_on=row.ends_on)
                for row in rows
            ],
            next=following,
        )


@router.post(
    "/{pool_id}/seats",
    name="skolon:api_claim_license_pool_seat",
    responses={409: {"description": "No seat is free; the person waits now.", **assumed()}},
    openapi_extra=A_PAGE,
)
def claim_seat(
    pool_id: UUID, asked: SeatIn, token: PortalToken, database: Database, clock: Clock
) -> PoolPerson:
    """Claim a seat for a person, as their first use of the tool does; having one is fine."""
    with database.write() as session:
        administrator = administrator_with(session, token, clock)
        user, empty = pools.claim_for(session, administrator, pool_id, asked.user, now=clock())
        seated = _person(user)
    # After the commit, so that who waits is remembered.
    if empty is not None:
        raise PoolEmptyError
    return seated


@router.delete(
    "/{pool_id}/seats/{user_id}",
    name="skolon:api_reclaim_license_pool_seat",
    status_code=204,
    openapi_extra=A_PAGE,
)
def reclaim_seat(
    pool_id: UUID, user_id: Text, token: PortalToken, database: Database, clock: Clock
) -> Response:
    """Take a seat back from a person; the first who waits gets it."""
    with database.write() as session:
        administrator = administrator_with(session, token, clock)
        pools.reclaim(session, administrator, pool_id, user_id, now=clock())
    return Response(status_code=204)


@router.get("/{pool_id}/waits", name="skolon:api_license_pool_waits", openapi_extra=A_PAGE)
def list_waits(
    pool_id: UUID,
    token: PortalToken,
    database: Database,
    clock: Clock,
    after: After = "",
    limit: Limit = 50,
) -> WaitsPage:
    """List who waits for a seat, the next one first."""
    with database.read() as session:
        pool = pools.own_pool(session, administrator_with(session, token, clock), pool_id)
        rows, following = pools.waits_of(session, pool, swedish_date(clock()), after, limit)
        return WaitsPage(
            waits=[WaitShown(user=_person(row.user), since=row.since) for row in rows],
            next=following,
        )


def _shown(row: PoolRow) -> PoolShown:
    return PoolShown(
        id=row.pool.id,
        name=row.pool.name,
        client_id=row.tool.client_id,
        tool=row.tool.name,
        school=OwnSchool(id=row.school.public_id, name=row.school.name),
        fills_itself=row.pool.fills_itself,
        audience=row.audience,
        seats=Seats(
            total=row.seats,
            used=row.used,
            free=row.free,
            out_of_force=row.out_of_force,
            waiting=row.waiting,
        ),
    )


def _link(row: LinkRow) -> LinkShown:
    return LinkShown(
        id=row.link.id,
        group=PoolGroup(id=row.group.public_id, name=row.group.name) if row.group else None,
        user=_person(row.user) if row.user else None,
        people=row.people,
        seated=row.seated,
        linked_at=row.link.linked_at,
    )


def _person(user: User) -> PoolPerson:
    return PoolPerson(id=user.public_id, name=f"{user.first_name} {user.last_name}", role=user.role)
