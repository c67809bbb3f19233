"""What Skolon refuses.

InvalidError
├── NoSchoolChosenError         a license request names no school
├── MalformedDateError          a date is not written as one, or not of this century
├── InvalidCursorError          a cursor was not made here
├── InvalidVersionTagError      a versionTag is no number
├── PeriodError                 a license ends before it begins
├── NoSuchPositionError         a switch that is not there, or cannot stand so
└── MissingIdError              a removal that does not say of what
NotFoundError
├── UnknownRequestError         no such license request for whoever asks
├── UnknownSchoolError          no such school for whoever asks
├── UnknownLicenseError         no such license for whoever asks
├── UnknownPersonaError         nobody to log in as by that name
├── UnknownWebhookError         no such webhook
├── UnknownToolError            no tool with this client_id
├── UnknownOrganizationError    no such organization
├── UnknownUserError            no such person
└── UnknownGroupError           no such class or group
ForbiddenError
├── NotLoggedInError            no session in this browser
├── NotAdministratorError       whoever is logged in may not open the portal
├── ForeignSchoolError          a school of another organization
├── NoUserError                 a client token has no person behind it
├── UserTokenError              a user's token where the tool's own is needed
└── MissingScopeError           a token was not given the right to this
ConflictError
├── AlreadyAssignedError        assigned twice
├── NotAssignedError            withdrawn without being assigned
├── ExpiredLicenseError         assigned after its last day
├── ClosedRequestError          answered after a switch has closed it
└── ToolExistsError             a client_id that another tool has
"""

from app.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class NoSchoolChosenError(InvalidError):
    """A license request is for at least one school."""

    code = "skolon_no_school"


class MalformedDateError(InvalidError):
    """A date is written as year, month and day, of this century: 2026-12-01."""

    code = "skolon_date"


class InvalidCursorError(InvalidError):
    """This cursor was not given by a previous answer."""

    code = "invalid_cursor"


class InvalidVersionTagError(InvalidError):
    """A versionTag is a number that a previous answer gave."""

    code = "invalid_version_tag"


class PeriodError(InvalidError):
    """A license cannot end before it begins."""

    code = "license_period"


class NoSuchPositionError(InvalidError):
    """There is no such switch, or it cannot stand so."""

    code = "skolon_switch"


class MissingIdError(InvalidError):
    """A removal needs the id of what is removed."""

    code = "skolon_missing_id"


class UnknownRequestError(NotFoundError):
    """There is no such license request."""

    code = "skolon_unknown_request"


class UnknownSchoolError(NotFoundError):
    """There is no such school."""

    code = "skolon_unknown_school"


class UnknownLicenseError(NotFoundError):
    """There is no such license."""

    code = "skolon_unknown_license"


class UnknownPersonaError(NotFoundError):
    """There is nobody of that name to log in as."""

    code = "skolon_unknown_persona"


class UnknownWebhookError(NotFoundError):
    """There is no such webhook."""

    code = "skolon_unknown_webhook"


class UnknownToolError(NotFoundError):
    """There is no tool with this client_id."""

    code = "skolon_unknown_tool"


class UnknownOrganizationError(NotFoundError):
    """There is no such organization."""

    code = "skolon_unknown_organization"


class UnknownUserError(NotFoundError):
    """There is no such person."""

    code = "skolon_unknown_user"


class UnknownGroupError(NotFoundError):
    """There is no such class or group."""

    code = "skolon_unknown_group"


class NotLoggedInError(ForbiddenError):
    """Nobody is logged in to Skolon in this browser."""

    code = "skolon_not_logged_in"


class NotAdministratorError(ForbiddenError):
    """Only administrators may use the portal."""

    code = "skolon_not_administrator"


class ForeignSchoolError(ForbiddenError):
    """That school belongs to another organization, or does not exist."""

    code = "skolon_foreign_school"


class NoUserError(ForbiddenError):
    """A client token has no user; log somebody in and use their token."""

    code = "no_user"


class UserTokenError(ForbiddenError):
    """Only the tool itself may do this; use a token of the client_credentials grant."""

    code = "user_token"


class MissingScopeError(ForbiddenError):
    """This token lacks the scope authenticatedUser.profile.read."""

    code = "missing_scope"


class AlreadyAssignedError(ConflictError):
    """The license is already assigned to the school."""

    code = "skolon_already_assigned"


class NotAssignedError(ConflictError):
    """The license is not assigned, so it cannot be withdrawn."""

    code = "skolon_not_assigned"


class ExpiredLicenseError(ConflictError):
    """The license has ended and can no longer be assigned."""

    code = "skolon_expired_license"


class ClosedRequestError(ConflictError):
    """The license request was closed, since its licenses were not activated in time."""

    code = "skolon_closed_request"


class ToolExistsError(ConflictError):
    """Another tool has this client_id."""

    code = "skolon_tool_exists"
