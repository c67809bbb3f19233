"""Accounts that were there before Skolon, and wait for somebody with their email."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from app.database import Database
from app.partner.models import Account, Organization
from tests.profiles import NOW


def waiting_account(database: Database, email_key: str, organization_number: str | None) -> UUID:
    """Make an account that nobody from Skolon has been matched to; return its id."""
    with database.write() as session:
        organization_id = None
        if organization_number:
            organization_id = session.scalar(
                select(Organization.id).where(
                    Organization.organization_number == organization_number
                )
            )
            if organization_id is None:
                organization = Organization(
                    organization_number=organization_number, name=organization_number
                )
                session.add(organization)
                session.flush()
                organization_id = organization.id
        account = Account(
            organization_id=organization_id,
            email=email_key,
            email_key=email_key,
            match_key=email_key,
            first_name="Old",
            last_name="Name",
            language="en",
            created_at=NOW - timedelta(days=400),
            last_used_at=NOW - timedelta(days=40),
        )
        session.add(account)
        session.flush()
        return account.id
