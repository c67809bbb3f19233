"""Skolon's tables."""

from app.skolon.models.access import AuthorizationCode, BrowserSession, RedirectUri, Token, Tool
from app.skolon.models.licensing import Approval, License, LicenseRequest, RequestedSchool
from app.skolon.models.rosters import (
    Administrator,
    ChangeCounter,
    Group,
    GroupMembership,
    Listed,
    Organization,
    Persona,
    School,
    SchoolMembership,
    SchoolUnitCode,
    User,
)

__all__ = [
    "Administrator",
    "Approval",
    "AuthorizationCode",
    "BrowserSession",
    "ChangeCounter",
    "Group",
    "GroupMembership",
    "License",
    "LicenseRequest",
    "Listed",
    "Organization",
    "Persona",
    "RedirectUri",
    "RequestedSchool",
    "School",
    "SchoolMembership",
    "SchoolUnitCode",
    "Token",
    "Tool",
    "User",
]
