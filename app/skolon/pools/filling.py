"""Licenses are put into a pool, by hand or as they come, and taken out again."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, select, update
from sqlalchemy.orm import Session

from app.clock import swedish_date
from app.skolon import changes, coverage
from app.skolon.domain import license_pool as rules
from app.skolon.domain.errors import OtherAudienceError, UnknownLicenseError
from app.skolon.domain.license_pool import Offered
from app.skolon.domain.licenses import Audience, LicenseType
from app.skolon.logins import PortalUser
from app.skolon.models import License, LicensePool, School, Seat
from app.skolon.pools.administering import audience_of, own_pool


def is_available(pool: LicensePool, today: date) -> ColumnElement[bool]:
    """Say of a license whether it could be put into the pool."""
    return and_(
        License.tool_id == pool.tool_id,
        License.owner_school_id == pool.school_id,
        License.type == LicenseType.SINGLE,
        License.pool_id.is_(None),
        License.deleted_at.is_(None),
        License.ends_on >= today,
        ~_is_held(),
    )


def fill(
    session: Session,
    administrator: PortalUser,
    pool_id: UUID,
    count: int,
    audience: Audience | None = None,
    *,
    now: datetime,
) -> LicensePool:
    """Put so many of the school's unassigned licenses of the tool into the pool."""
    changes.hold(session, License)
    pool = own_pool(session, administrator, pool_id)
    today = swedish_date(now)
    audience = _one_audience(session, pool, audience, today)
    unused = is_available(pool, today)
    if audience is not None:
        unused = and_(unused, License.audience == audience)
    found = session.scalars(
        select(License.id)
        .where(unused)
        .order_by(License.ends_on.desc(), License.change_number)
        .limit(count)
    ).all()
    _put(session, pool, rules.chosen(found, count), now)
    return pool


def fill_with(
    session: Session,
    administrator: PortalUser,
    pool_id: UUID,
    licenses: Sequence[str],
    *,
    now: datetime,
) -> LicensePool:
    """Put exactly these licenses into the pool, or none of them."""
    changes.hold(session, License)
    pool = own_pool(session, administrator, pool_id)
    audience = audience_of(session, pool)
    rows = session.execute(
        select(License, _is_held())
        .join(School, School.id == License.owner_school_id)
        .where(
            License.public_id.in_(licenses),
            License.deleted_at.is_(None),
            administrator.own_schools(),
        )
    ).all()
    if len(rows) < len(set(licenses)):
        raise UnknownLicenseError
    for license_, is_held in rows:
        rules.check_offer(
            Offered(
                license_.tool_id,
                license_.owner_school_id,
                license_.type,
                license_.audience,
                license_.ends_on,
                is_held,
                license_.pool_id,
            ),
            tool_id=pool.tool_id,
            school_id=pool.school_id,
            audience=audience,
            today=swedish_date(now),
        )
        audience = license_.audience
    _put(session, pool, [license_.id for license_, _ in rows], now)
    return pool


def take_in(session: Session, which: ColumnElement[bool], *, now: datetime) -> None:
    """Put new licenses into the pool of their tool that fills itself, where there is one."""
    changes.hold(session, License)
    licenses = session.scalars(
        select(License).where(
            which,
            License.type == LicenseType.SINGLE,
            License.pool_id.is_(None),
            License.ends_on >= swedish_date(now),
            ~_is_held(),
        )
    ).all()
    by_kind: dict[tuple[UUID, UUID, Audience], list[UUID]] = {}
    for one in licenses:
        kind = (one.tool_id, one.owner_school_id, one.audience)
        by_kind.setdefault(kind, []).append(one.id)
    for (tool_id, school_id, audience), ids in by_kind.items():
        pools = session.scalars(
            select(LicensePool)
            .where(
                LicensePool.tool_id == tool_id,
                LicensePool.school_id == school_id,
                LicensePool.fills_itself,
                LicensePool.deleted_at.is_(None),
            )
            .order_by(LicensePool.made_at, LicensePool.id)
        )
        for pool in pools:
            if audience_of(session, pool) in {None, audience}:
                _put(session, pool, ids, now)
                break


def take_out(
    session: Session, administrator: PortalUser, pool_id: UUID, count: int, *, now: datetime
) -> LicensePool:
    """Take so many licenses that nobody has out of the pool; those that have ended go first."""
    changes.hold(session, License)
    pool = own_pool(session, administrator, pool_id)
    free = session.scalars(
        select(License.id)
        .where(License.pool_id == pool.id, License.deleted_at.is_(None), ~_is_held())
        .order_by(License.ends_on.desc(), License.change_number)
    ).all()
    out = rules.spared(free, count)
    session.execute(
        update(License)
        .where(License.id.in_(out))
        .values(pool_id=None)
        .execution_options(synchronize_session=False)
    )
    changes.mark(session, License, License.id.in_(out), now=now)
    return pool


def _one_audience(
    session: Session, pool: LicensePool, asked: Audience | None, today: date
) -> Audience | None:
    """Return whom the licenses are to be for: as those in the pool, as asked, or as all are."""
    has = audience_of(session, pool)
    if has is not None:
        if asked not in {None, has}:
            raise OtherAudienceError
        return has
    if asked is None:
        kinds = select(func.count(License.audience.distinct())).where(is_available(pool, today))
        if (session.scalar(kinds) or 0) > 1:
            raise OtherAudienceError
    return asked


def _put(session: Session, pool: LicensePool, ids: Sequence[UUID], now: datetime) -> None:
    # The pool gives them now, so that they count as assigned, also those that were withdrawn.
    session.execute(
        update(License)
        .where(License.id.in_(ids))
        .values(
            pool_id=pool.id,
            assigned_at=func.coalesce(License.assigned_at, now),
            withdrawn_at=None,
        )
        .execution_options(synchronize_session=False)
    )
    changes.mark(session, License, License.id.in_(ids), now=now)
    coverage.hand_out(session, [pool.id], now=now)


def _is_held() -> ColumnElement[bool]:
    return exists().where(Seat.license_id == License.id, Seat.ended_at.is_(None))
