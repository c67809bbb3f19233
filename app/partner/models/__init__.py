"""The partner's tables."""

from app.partner.models.access import (
    ApiKey,
    BrowserSession,
    IdempotencyKey,
)
from app.partner.models.licensing import (
    License,
    LicenseRequest,
    RequestCheck,
    RequestedUnit,
    RequestEvent,
    SkolonMessage,
)
from app.partner.models.organizations import (
    CodeCase,
    Implementer,
    Organization,
    School,
    SchoolCode,
)
from app.partner.models.people import (
    Account,
    AccountEvent,
    CompletedLesson,
    Identity,
    LoginAttempt,
    Merge,
    Placement,
    SchoolClass,
)
from app.partner.models.register import (
    RegisterCopy,
    RegisterPage,
    RegisterUnit,
)

__all__ = [
    "Account",
    "AccountEvent",
    "ApiKey",
    "BrowserSession",
    "CodeCase",
    "CompletedLesson",
    "IdempotencyKey",
    "Identity",
    "Implementer",
    "License",
    "LicenseRequest",
    "LoginAttempt",
    "Merge",
    "Organization",
    "Placement",
    "RegisterCopy",
    "RegisterPage",
    "RegisterUnit",
    "RequestCheck",
    "RequestEvent",
    "RequestedUnit",
    "School",
    "SchoolClass",
    "SchoolCode",
    "SkolonMessage",
]
