"""Which licenses count: those that are assigned, on the days from their first to their last."""

from datetime import date

from sqlalchemy import ColumnElement, and_

from app.skolon.models import License


def is_assigned(license_: type[License] = License) -> ColumnElement[bool]:
    return and_(
        license_.assigned_at.is_not(None),
        license_.withdrawn_at.is_(None),
        license_.deleted_at.is_(None),
    )


def is_in_force(today: date | ColumnElement[date]) -> ColumnElement[bool]:
    return and_(is_assigned(), License.starts_on <= today, License.ends_on >= today)
