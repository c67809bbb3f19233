"""The lists of the Partner API, each built from a fixed number of statements."""

from app.skolon.rosters.groups import list_groups
from app.skolon.rosters.licenses import list_licenses
from app.skolon.rosters.schools import list_organizations, list_schools
from app.skolon.rosters.users import list_users

__all__ = ["list_groups", "list_licenses", "list_organizations", "list_schools", "list_users"]
