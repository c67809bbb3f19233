"""What the partner's rules refuse.

InvalidError
├── InvalidSchoolUnitCodeError    not eight digits
├── OldSchoolCodeError            the nine digits that were used before 2014
├── LostLeadingZerosError         one to seven digits: a spreadsheet ate the zeros?
├── InvalidEmailError             not an address that can be matched
├── UnusableCodeError             no open unit of the register has this code
├── MissingReasonError            a decision that needs its reason, or its date
└── PeriodError                   a license that would end before it begins
ForbiddenError
├── NoProofError                  control of the other account has not been shown
└── ExpiredProofError             it has been, but too long ago
ConflictError
├── OpenChecksError               something is confirmed while a check is open
├── StatusTransitionError         the request is past that, or not there yet
├── CaseResolvedError             somebody else has resolved the case
├── CodeInUseError                the code is on another school
├── SameAccountError              somebody merges an account with itself
├── AlreadyMergedError            one of the two has gone up in another account
├── ChangedMergeError             not the accounts that the preview showed
├── AlreadyUndoneError            the merge does not stand any more
├── TooLateToUndoError            nor can it be undone after so long
└── KeptMergedError               a later merge must be undone first
"""

from app.errors import ConflictError, ForbiddenError, InvalidError


class InvalidSchoolUnitCodeError(InvalidError):
    """A school unit code is eight digits."""

    code = "invalid_school_unit_code"


class OldSchoolCodeError(InvalidSchoolUnitCodeError):
    """Nine digits are the school code that was used before 2014; the present one has eight."""

    code = "old_school_code"


class LostLeadingZerosError(InvalidSchoolUnitCodeError):
    """A school unit code has eight digits; a spreadsheet may have dropped leading zeros."""

    code = "lost_leading_zeros"


class InvalidEmailError(InvalidError):
    """This is not an email address."""

    code = "invalid_email"


class OpenChecksError(ConflictError):
    """Nothing is confirmed while a check is open."""

    code = "open_checks"


class StatusTransitionError(ConflictError):
    """The license request is not in a state that allows this."""

    code = "status_transition"


class UnusableCodeError(InvalidError):
    """No open or planned unit of Skolverket's register has this code."""

    code = "unusable_code"


class MissingReasonError(InvalidError):
    """A delay needs a reason and a new date, and declining needs a reason."""

    code = "missing_reason"


class PeriodError(InvalidError):
    """A license cannot end before it begins."""

    code = "license_period"


class CaseResolvedError(ConflictError):
    """The case has been resolved already."""

    code = "case_resolved"


class CodeInUseError(ConflictError):
    """Another school has this school unit code."""

    code = "code_in_use"


class NoProofError(ForbiddenError):
    """Show first that the other account is yours: log in to it."""

    code = "no_proof"


class ExpiredProofError(ForbiddenError):
    """It is too long since you logged in to the other account; do so again."""

    code = "proof_expired"


class SameAccountError(ConflictError):
    """This is the account that you are logged in to; it cannot be merged with itself."""

    code = "same_account"


class AlreadyMergedError(ConflictError):
    """One of the two accounts has been merged with another one already."""

    code = "already_merged"


class ChangedMergeError(ConflictError):
    """These are not the accounts that would be merged now; look at the preview again."""

    code = "merge_changed"


class AlreadyUndoneError(ConflictError):
    """This merge has been undone."""

    code = "merge_undone"


class TooLateToUndoError(ConflictError):
    """A merge can be undone for 30 days."""

    code = "merge_too_old"


class KeptMergedError(ConflictError):
    """The kept account has itself been merged with another one since; undo that first."""

    code = "later_merge_stands"
