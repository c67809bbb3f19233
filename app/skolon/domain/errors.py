"""What Skolon refuses.

InvalidError
├── NoSchoolChosenError         a license request names no school
├── MalformedDateError          a date is not written as one, or not of this century
├── InvalidCursorError          a cursor was not made here
├── InvalidVersionTagError      a versionTag is no number
├── PeriodError                 a license ends before it begins
├── NoTargetError               nobody, no class or no school is chosen for a license
├── WrongTargetError            a license is given to what its type does not cover
├── NoSuchPositionError         a switch that is not there, or cannot stand so
├── MissingIdError              a removal that does not say of what
├── UncoveredRoleError          linked to a pool whose licenses are not for that role
├── OtherAudienceError          a license for others than those of the pool
├── OtherToolError              a license of another tool, school or type than the pool
├── NamedTwiceError             a list names one of its records twice
└── SameSchoolError             a school merged with itself
NotFoundError
├── UnknownRequestError         no such license request for whoever asks
├── UnknownSchoolError          no such school for whoever asks
├── UnknownLicenseError         no such license for whoever asks
├── UnknownPersonaError         nobody to log in as by that name
├── UnknownWebhookError         no such webhook
├── UnknownToolError            no tool with this client_id
├── UnknownOrganizationError    no such organization
├── UnknownUserError            no such person
├── UnknownGroupError           no such class or group
├── UnknownPoolError            no such license pool for whoever asks
├── NotAtSchoolError            no such class, group or person at the pool's school
├── UnknownLinkError            unlinked, but not linked
├── UnknownSeatError            reclaimed from somebody who has no seat
├── UnknownCodeError            a code that the school does not have
└── UnknownEditError            no such edit waits for the night
ForbiddenError
├── NotLoggedInError            no session in this browser
├── NotAdministratorError       whoever is logged in may not open the portal
├── ForeignSchoolError          a school of another organization
├── NoAccessError               a tool that somebody has no license of
├── OrganizationOnlyError       only for the administrator of the whole organization
├── NotYourSchoolError          a school that somebody else administers
├── NoUserError                 a client token has no person behind it
├── UserTokenError              a user's token where the tool's own is needed
└── MissingScopeError           a token was not given the right to this
ConflictError
├── AlreadyAssignedError        assigned twice
├── NotAssignedError            withdrawn without being assigned
├── ExpiredLicenseError         assigned after its last day
├── OutOfLicensesError          more people than there are licenses left
├── WrongRoleError              somebody whom the license is not for
├── DoubleAssignmentError       somebody who has a license of the tool already
├── AlreadyDistributedError     a school that has its part already
├── PooledLicenseError          a license of a pool, which gives it itself
├── ClosedRequestError          answered after a switch has closed it
├── ToolExistsError             a client_id that another tool has
├── PoolNameTakenError          two pools of one name for a tool at a school
├── AlreadyLinkedError          linked twice
├── NotLinkedError              a seat for somebody whom the pool is not linked to
├── PoolEmptyError              a seat of a pool that has none left
├── SeatsTakenError             a pool deleted while people have seats
├── TooFewLicensesError         more licenses put into a pool than there are
├── TooFewSeatsError            more taken out than nobody has
├── LicenseTakenError           a license that somebody, or a pool, has already
├── EndedLicenseError           a license put into a pool after its last day
├── SoAlreadyError              an edit that would change nothing
├── UsernameTakenError          a username that somebody has, or had
├── SameNameError               a class or group called as another at the school
├── OutsideSchoolError          somebody in a group of a school where they are not
├── NotMemberError              somebody taken out of a group in which they are not
├── OwnAccountError             an administrator who deletes themselves
└── RolledOverError             a second new school year within one
"""

from collections.abc import Sequence

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


class NoTargetError(InvalidError):
    """Say whom the license is for: a school, a class or group, or people."""

    code = "skolon_no_target"


class WrongTargetError(InvalidError):
    """A license of this type is not given to that: a school license only to its whole school."""

    code = "skolon_wrong_target"


class NoSuchPositionError(InvalidError):
    """There is no such switch, or it cannot stand so."""

    code = "skolon_switch"


class MissingIdError(InvalidError):
    """A removal needs the id of what is removed."""

    code = "skolon_missing_id"


class NamedTwiceError(InvalidError):
    """A list names each record once."""

    code = "skolon_named_twice"


class SameSchoolError(InvalidError):
    """A school cannot be merged with itself."""

    code = "skolon_same_school"


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


class PartnerAccountError(ConflictError):
    """A Partner Portal account cannot use tools."""

    code = "skolon_partner_account"


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


class UnknownCodeError(NotFoundError):
    """The school does not have this code."""

    code = "skolon_unknown_code"


class UnknownEditError(NotFoundError):
    """No such edit waits for the night."""

    code = "skolon_unknown_edit"


class NotLoggedInError(ForbiddenError):
    """Nobody is logged in to Skolon in this browser."""

    code = "skolon_not_logged_in"


class NotAdministratorError(ForbiddenError):
    """Only administrators may use the portal."""

    code = "skolon_not_administrator"


class ForeignSchoolError(ForbiddenError):
    """That school belongs to another organization, or does not exist."""

    code = "skolon_foreign_school"


class NoAccessError(ForbiddenError):
    """Whoever is logged in has no license in force of this tool."""

    code = "skolon_no_access"


class OrganizationOnlyError(ForbiddenError):
    """Only an administrator of the whole organization may do this."""

    code = "skolon_organization_only"


class NotYourSchoolError(ForbiddenError):
    """You do not administer that school, or a school of that person."""

    code = "skolon_not_your_school"


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


class OutOfLicensesError(ConflictError):
    """There are fewer licenses left than people to give them to; nobody got one."""

    code = "skolon_out_of_licenses"


class WrongRoleError(ConflictError):
    """The license is not for people of this role."""

    code = "skolon_wrong_role"


class DoubleAssignmentError(ConflictError):
    """Some of these people have a license of this tool already; say what to do with them."""

    code = "skolon_double_assignment"

    def __init__(self, people: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        # Their ids and names; programs are told the ids alone.
        self.people = people
        self.errors = [
            {"pointer": "/users", "code": self.code, "detail": public_id} for public_id, _ in people
        ]


class AlreadyDistributedError(ConflictError):
    """The school has its part of this license already."""

    code = "skolon_already_distributed"


class PooledLicenseError(ConflictError):
    """The license is in a pool: link people to the pool, and they get a seat."""

    code = "skolon_pooled_license"


class ClosedRequestError(ConflictError):
    """The license request was closed, since its licenses were not activated in time."""

    code = "skolon_closed_request"


class ToolExistsError(ConflictError):
    """Another tool has this client_id."""

    code = "skolon_tool_exists"


class UncoveredRoleError(InvalidError):
    """The pool's licenses are not for that person's role."""

    code = "skolon_uncovered_role"


class OtherAudienceError(InvalidError):
    """All licenses of a pool are for the same people; say for whom, or choose others."""

    code = "skolon_other_audience"


class OtherToolError(InvalidError):
    """Only single licenses of the pool's own tool and school can be put into it."""

    code = "skolon_other_tool"


class UnknownPoolError(NotFoundError):
    """There is no such license pool."""

    code = "skolon_unknown_pool"


class NotAtSchoolError(NotFoundError):
    """There is no such class, group or person at the pool's school."""

    code = "skolon_not_at_school"


class UnknownLinkError(NotFoundError):
    """The pool is not linked to that; perhaps no longer."""

    code = "skolon_unknown_link"


class UnknownSeatError(NotFoundError):
    """That person has no seat of the pool; perhaps no longer."""

    code = "skolon_unknown_seat"


class PoolNameTakenError(ConflictError):
    """The school has another pool of that name for the tool."""

    code = "skolon_pool_name_taken"


class AlreadyLinkedError(ConflictError):
    """The pool is already linked to that."""

    code = "skolon_already_linked"


class NotLinkedError(ConflictError):
    """The pool is not linked to that person, or its licenses are not for them."""

    code = "skolon_not_linked"


class PoolEmptyError(ConflictError):
    """Every seat of the license pool is taken; the person is noted as waiting."""

    code = "skolon_pool_empty"


class SeatsTakenError(ConflictError):
    """People have seats of this pool; reclaim them first."""

    code = "skolon_seats_taken"


class TooFewLicensesError(ConflictError):
    """There are not so many unassigned licenses of that tool at the school."""

    code = "skolon_too_few_licenses"


class TooFewSeatsError(ConflictError):
    """Not so many seats of the pool are free."""

    code = "skolon_too_few_seats"


class LicenseTakenError(ConflictError):
    """Somebody, or a pool, has that license already."""

    code = "skolon_license_taken"


class EndedLicenseError(ConflictError):
    """The license has ended and cannot be put into a pool."""

    code = "skolon_ended_license"


class SoAlreadyError(ConflictError):
    """That is so already; nothing would change."""

    code = "skolon_so_already"


class UsernameTakenError(ConflictError):
    """Somebody has this username, or had it before they were deleted."""

    code = "skolon_username_taken"


class SameNameError(ConflictError):
    """The school has a class or group of this name and type already."""

    code = "skolon_same_name"


class OutsideSchoolError(ConflictError):
    """Only people at the school of a class or group can be in it."""

    code = "skolon_outside_school"


class NotMemberError(ConflictError):
    """Somebody of these is not in the class or group."""

    code = "skolon_not_member"


class OwnAccountError(ConflictError):
    """Administrators do not delete themselves; another one can."""

    code = "skolon_own_account"


class RolledOverError(ConflictError):
    """This school has had its new school year; say `again` to do it once more."""

    code = "skolon_rolled_over"
