"""Why a call of Skolon's APIs is refused, for the journal: tokens, rights, paths, parameters."""

import difflib
from collections.abc import Iterable, Sequence
from datetime import timedelta

from app.explaining import Certainty, Explanation, how_long

DESCRIPTION = "/openapi/skolon.json"

_SEND_ONE = (
    "Send Authorization: Bearer and an access token from /oauth/access_token of this sandbox."
)

# Bearer tokens: that a bad or expired one gets 401 is documented.

NO_HEADER = Explanation("The Authorization header is missing.", _SEND_ONE, Certainty.INFERRED)
MORE_THAN_A_TOKEN = Explanation(
    "The bearer token holds spaces or quotation marks, which no token does.",
    "Send the access token alone after Bearer and one space.",
    Certainty.DOCUMENTED,
)
UNKNOWN_TOKEN = Explanation(
    "Nobody in this sandbox was given this access token.", _SEND_ONE, Certainty.DOCUMENTED
)
CODE = Explanation(
    "What was sent as bearer token is a code.",
    "Redeem the code at /oauth/access_token, and send the access token that comes for it.",
    Certainty.DOCUMENTED,
)
REFRESH_TOKEN = Explanation(
    "What was sent as bearer token is a refresh token.",
    "Send the access_token of the same answer.",
    Certainty.DOCUMENTED,
)
NOBODYS_TOKEN = Explanation(
    "The user of this access token has been deleted.",
    "Forget the user and the token, and let somebody else log in.",
)


def not_bearer(scheme: str) -> Explanation:
    known = {"basic": "Basic", "bearer": "Bearer with nothing after it", "digest": "Digest"}
    sent = known.get(scheme.lower(), "of no scheme that is known")
    return Explanation(f"The Authorization header is {sent}.", _SEND_ONE, Certainty.INFERRED)


def expired_token(age: timedelta, lifetime: timedelta) -> Explanation:
    return Explanation(
        f"The access token has expired: it is {how_long(age)} old and lasted {how_long(lifetime)}.",
        "Get another before expires_in has passed, by refresh_token for a user and else by "
        "client_credentials; the sandbox's clock counts, not yours.",
        Certainty.DOCUMENTED,
    )


def revoked_token(ago: timedelta) -> Explanation:
    return Explanation(
        f"The access token was revoked {how_long(ago)} ago, as all of a login are when its code or "
        "one of its refresh tokens is used twice.",
        "Let the user log in again; redeem each code once, and use each refresh token once.",
    )


# Rights.

NO_USER = Explanation(
    "The access token is the tool's own, so there is no user whose session it could be.",
    "Send a token that was given for a code, after somebody logged in.",
)
USER_TOKEN = Explanation(
    "The access token is a user's, and only the tool itself may do this.",
    "Send a token of the client_credentials grant.",
)


def missing_scope(detail: str, scopes: Sequence[str]) -> Explanation:
    has = f"this token has {', '.join(scopes)}" if scopes else "this token has none"
    return Explanation(
        detail,
        f"Ask for the scope at the login page, with a tool that may have it; {has}.",
        Certainty.DOCUMENTED,
    )


def too_many_calls(detail: str) -> Explanation:
    return Explanation(
        detail,
        "Wait as long as Retry-After says, and call less often; the real limit is not known.",
        Certainty.DOCUMENTED,
    )


# Paths, methods and parameters.


NO_ORDERS = Explanation(
    "A switch of this sandbox leaves the list of orders out: what is known of it is its purpose.",
    "Do without it, or let the switch `orders` say empty_list.",
)
CLOSED_REQUEST = Explanation(
    "The license request was confirmed, but its licenses were not activated within five working "
    "days, and a switch of this sandbox closes such requests.",
    "Activate in time, or let the switch `overdue_requests` say flagged.",
)


def unknown_path(path: str, known: Iterable[str]) -> Explanation:
    """Explain that nothing is there, and name what is likely to be meant."""
    near = difflib.get_close_matches(path.lower().rstrip("/"), [*known], n=1)
    right = f"The nearest path is {near[0]}." if near else f"The paths are in {DESCRIPTION}."
    return Explanation("Skolon has nothing at this path.", right, Certainty.DOCUMENTED)


def wrong_method(method: str, allowed: str) -> Explanation:
    return Explanation(
        f"This path is not called with {method}." if method.isalpha() else "The method is none.",
        f"Call it with {allowed}." if allowed else f"The methods are in {DESCRIPTION}.",
    )


BAD_CURSOR = Explanation(
    "The cursor is none that an answer gave, or was changed on its way.",
    "Send the cursor of the answer before as it came, percent-encoded; without one, the list is "
    "read from its beginning.",
)

BAD_VERSION_TAG = Explanation(
    "The versionTag is none that an answer gave.",
    "Send the versionTag of an earlier answer as it came, or none to read everything.",
)

_RIGHT_PARAMETERS = {
    "limit": "Send a whole number from 1 on as limit; more than 1000 is taken as 1000.",
    "versionTag": BAD_VERSION_TAG.right,
}


def bad_parameters(wrong: Iterable[tuple[str, str]]) -> Explanation:
    """Explain what is wrong with these parameters: name and detail of each."""
    told = dict(wrong)
    rights = [_RIGHT_PARAMETERS[name] for name in told if name in _RIGHT_PARAMETERS]
    return Explanation(
        f"{'; '.join(f'{name}: {detail}' for name, detail in told.items())}.",
        " ".join(rights) or f"What each parameter may be is in {DESCRIPTION}.",
    )


BROKEN = Explanation(
    "Something broke in skolon-mock itself; the request may have been right.",
    "Look in the log for the request's id, and report it.",
)


def other(detail: str) -> Explanation:
    return Explanation(detail, f"What this call takes is in {DESCRIPTION}.")
