"""Skolon's tables."""

from app.skolon.models.access import AuthorizationCode, BrowserSession, RedirectUri, Token, Tool
from app.skolon.models.licensing import (
    Approval,
    License,
    LicensePool,
    LicenseRequest,
    OrganizationLicense,
    PoolLink,
    PoolWait,
    RequestedSchool,
    Seat,
)
from app.skolon.models.rosters import (
    Administrator,
    ChangeCounter,
    Group,
    GroupMembership,
    Listed,
    Organization,
    Persona,
    School,
    SchoolAdministrator,
    SchoolMembership,
    SchoolUnitCode,
    User,
)
from app.skolon.models.switches import CallCount, SwitchPositions
from app.skolon.models.webhooks import EditNote, Webhook, WebhookAttempt

__all__ = [
    "Administrator",
    "Approval",
    "AuthorizationCode",
    "BrowserSession",
    "CallCount",
    "ChangeCounter",
    "EditNote",
    "Group",
    "GroupMembership",
    "License",
    "LicensePool",
    "LicenseRequest",
    "Listed",
    "Organization",
    "OrganizationLicense",
    "Persona",
    "PoolLink",
    "PoolWait",
    "RedirectUri",
    "RequestedSchool",
    "School",
    "SchoolAdministrator",
    "SchoolMembership",
    "SchoolUnitCode",
    "Seat",
    "SwitchPositions",
    "Token",
    "Tool",
    "User",
    "Webhook",
    "WebhookAttempt",
]
