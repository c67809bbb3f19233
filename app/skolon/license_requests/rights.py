"""Which license requests an administrator sees, and which they may send again."""

from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, select

from app.skolon.logins import PortalUser
from app.skolon.models import LicenseRequest, RequestedSchool


def may_see(administrator: PortalUser) -> ColumnElement[bool]:
    """Say of a request whether it is for a school of theirs, among others."""
    of_organization = LicenseRequest.organization_id == administrator.organization.id
    if administrator.school_ids is None:
        return of_organization
    return and_(of_organization, _schools().where(_is_own(administrator)).exists())


def may_send(administrator: PortalUser) -> ColumnElement[bool]:
    """Say of a request whether it is for schools of theirs alone."""
    if administrator.school_ids is None:
        return may_see(administrator)
    return and_(may_see(administrator), ~_schools().where(~_is_own(administrator)).exists())


def sees_unit(administrator: PortalUser) -> ColumnElement[bool]:
    """Say of a school in a request whether the administrator is shown it."""
    if administrator.school_ids is None:
        return RequestedSchool.request_id.is_not(None)
    return _is_own(administrator)


def _schools() -> Select[UUID]:
    return (
        select(RequestedSchool.school_id)
        .where(RequestedSchool.request_id == LicenseRequest.id)
        .correlate(LicenseRequest)
    )


def _is_own(administrator: PortalUser) -> ColumnElement[bool]:
    return RequestedSchool.school_id.in_(administrator.school_ids or ())
