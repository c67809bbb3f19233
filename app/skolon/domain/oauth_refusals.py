"""What the two addresses of OAuth refuse, each in RFC 6749's words and in a developer's.

The wire says no more than the real service is thought to; the explanation is for the journal,
where what is one `invalid_grant` on the wire is told apart.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from app.explaining import Certainty, Explanation, how_long

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"

_FIELDS = {
    "client_id",
    "client_secret",
    "code",
    "code_verifier",
    "grant_type",
    "redirect_uri",
    "refresh_token",
    "scope",
}
_PARTS = ("scheme", "hostname", "port", "path", "query", "fragment")


@dataclass(frozen=True, slots=True)
class OAuthRefusal:
    """An error in RFC 6749's words; the description is for developers."""

    error: str
    description: str
    explanation: Explanation = field(compare=False)


# Who asks.


def _invalid_client(wrong: str, right: str, certainty: Certainty) -> OAuthRefusal:
    return OAuthRefusal(
        "invalid_client",
        "unknown client or wrong secret",
        Explanation(wrong, right, certainty),
    )


MALFORMED_BASIC = _invalid_client(
    "The Authorization header is not Basic with the base64 of client_id:client_secret.",
    "Authenticate the client with Authorization: Basic base64(client_id:client_secret), or with "
    "both as fields of the form and without that header.",
    Certainty.INFERRED,
)
NO_CLIENT = _invalid_client(
    "client_id is missing.",
    "Send the client_id of a tool; to the token endpoint with its client_secret, as fields of the "
    "form or by Basic authentication.",
    Certainty.DOCUMENTED,
)
SWAPPED_CLIENT = _invalid_client(
    "What was sent as client_id is the secret of a client.",
    "Send the client's name as client_id and its secret as client_secret, not the other way.",
    Certainty.DOCUMENTED,
)
NO_SECRET = _invalid_client(
    "The client is known, but client_secret is missing.",
    "Send client_secret as a field of the form or by Basic authentication.",
    Certainty.DOCUMENTED,
)
WRONG_SECRET = _invalid_client(
    "The client is known, but client_secret is not its secret.",
    "Send the secret that belongs to this client_id, without spaces or line breaks around it.",
    Certainty.DOCUMENTED,
)


def unknown_client(known: Sequence[str]) -> OAuthRefusal:
    return _invalid_client(
        "No tool in this sandbox has this client_id.", known_clients(known), Certainty.DOCUMENTED
    )


def secret_of_another(client_id: str) -> OAuthRefusal:
    return _invalid_client(
        f"The client is known, but client_secret is the secret of another one, {client_id}.",
        "Send client_id and client_secret of the same client.",
        Certainty.DOCUMENTED,
    )


def known_clients(client_ids: Sequence[str]) -> str:
    """Return a sentence that names the clients of this sandbox."""
    if not client_ids:
        return "This sandbox has no tools; make one that is filled with the demo."
    return f"Send the client_id of a tool of this sandbox: {', '.join(client_ids)}."


# How the token endpoint is asked.


def not_a_form(content_type: str) -> OAuthRefusal:
    sent = "JSON" if "json" in content_type else "no such form" if content_type else "of no type"
    return OAuthRefusal(
        "invalid_request",
        f"the body must be {FORM}",
        Explanation(
            f"The body is {sent}.",
            f"Send the parameters as {FORM}; a real client that tried JSON changed to that.",
            Certainty.INFERRED,
        ),
    )


BAD_JSON = OAuthRefusal(
    "invalid_request",
    "the body must be a JSON object whose fields are texts",
    Explanation(
        "The body is JSON, which a switch of this sandbox accepts, but no object of texts.",
        f"Send the parameters as {FORM}, or as one object whose fields are texts.",
    ),
)


def field_twice(names: Sequence[str]) -> OAuthRefusal:
    """Refuse a form in which one of these names is there twice."""
    (name, _), *_ = Counter(names).most_common(1)
    told = name if name in _FIELDS else "A field"
    return given_twice(told, "a parameter is given twice")


def given_twice(name: str, description: str) -> OAuthRefusal:
    """Refuse a parameter that is there twice (RFC 6749, 3.1 and 3.2)."""
    return OAuthRefusal(
        "invalid_request",
        description,
        Explanation(f"{name} is sent more than once.", "Send each parameter once."),
    )


TWO_WAYS = OAuthRefusal(
    "invalid_request",
    "the client authenticates in two ways",
    Explanation(
        "The client authenticates both by the Authorization header and by client_secret in the "
        "form.",
        "Use one of the two (RFC 6749, 2.3).",
    ),
)
NO_GRANT_TYPE = OAuthRefusal(
    "invalid_request",
    "grant_type is missing",
    Explanation(
        "grant_type is missing.",
        "Send grant_type with authorization_code, refresh_token or client_credentials.",
    ),
)
UNKNOWN_GRANT_TYPE = OAuthRefusal(
    "unsupported_grant_type",
    "this grant_type is not known",
    Explanation(
        "grant_type is none that Skolon knows.",
        "Send authorization_code, refresh_token or client_credentials, in small letters.",
    ),
)


# Codes.


def _bad_code(description: str, wrong: str, right: str) -> OAuthRefusal:
    return OAuthRefusal("invalid_grant", description, Explanation(wrong, right))


NO_CODE = OAuthRefusal(
    "invalid_request",
    "code is missing",
    Explanation("code is missing.", "Send the code that came to redirect_uri with the browser."),
)
_NO_SUCH_CODE = "this client was given no such code"
UNKNOWN_CODE = _bad_code(
    _NO_SUCH_CODE,
    "Nobody in this sandbox was given this code.",
    "Send the code as it came to redirect_uri, decoded once and not cut short.",
)


def code_of_another(client_id: str) -> OAuthRefusal:
    return _bad_code(
        _NO_SUCH_CODE,
        f"The code was given to another client, {client_id}.",
        "Redeem a code as the client whose client_id was in the address of the login page.",
    )


def expired_code(age: timedelta, lifetime: timedelta) -> OAuthRefusal:
    return _bad_code(
        "the code has expired",
        f"The code has expired: it is {how_long(age)} old and lasted {how_long(lifetime)}.",
        "Redeem a code as soon as it comes; the sandbox's clock counts, not yours.",
    )


def used_code(ago: timedelta | None) -> OAuthRefusal:
    """Refuse a code that was redeemed so long ago, or by another request at this moment."""
    return _bad_code(
        "the code was used before; its tokens are revoked",
        f"The code was redeemed before, {_ago(ago)}, so the tokens that were given for it are "
        "revoked.",
        "Redeem a code once, and use the refresh token that comes with it after that.",
    )


def other_redirect_uri(sent: str, expected: str) -> OAuthRefusal:
    return OAuthRefusal(
        "invalid_grant",
        "redirect_uri is not the one asked with before",
        Explanation(
            f"redirect_uri is not the one asked with before: {_difference(sent, expected)}.",
            f"Send the one asked with before, {expected}, character by character.",
            Certainty.DOCUMENTED,
        ),
    )


VERIFIER_WITHOUT_CHALLENGE = _bad_code(
    "code_verifier without a code_challenge before",
    "code_verifier is sent, but the code was asked for without a code_challenge.",
    "Send code_challenge and code_challenge_method=S256 to the login page, or no code_verifier.",
)
_OTHER_VERIFIER = "code_verifier does not fit the code_challenge"
NO_VERIFIER = _bad_code(
    _OTHER_VERIFIER,
    "code_verifier is missing, but the code was asked for with a code_challenge.",
    "Send the code_verifier that the code_challenge was made from.",
)
CHALLENGE_AS_VERIFIER = _bad_code(
    _OTHER_VERIFIER,
    "code_verifier is the code_challenge itself, as if the method were plain.",
    "Send what the code_challenge is the SHA-256 of.",
)
OTHER_VERIFIER = _bad_code(
    _OTHER_VERIFIER,
    "The SHA-256 of code_verifier is not the code_challenge that the code was asked with.",
    "Keep the code_verifier of each login until its code is redeemed; code_challenge is the "
    "base64url of its SHA-256, without padding.",
)


# Refresh tokens.

_BAD_REFRESH_TOKEN = "the refresh token is unknown, expired or revoked"  # noqa: S105, a sentence

NO_REFRESH_TOKEN = OAuthRefusal(
    "invalid_request",
    "refresh_token is missing",
    Explanation(
        "refresh_token is missing.", "Send the refresh token that came with the last access token."
    ),
)
UNKNOWN_REFRESH_TOKEN = _bad_code(
    _BAD_REFRESH_TOKEN,
    "Nobody in this sandbox was given this refresh token.",
    "Send the refresh_token of the last answer, as it came and not cut short.",
)
ACCESS_TOKEN_AS_REFRESH_TOKEN = _bad_code(
    _BAD_REFRESH_TOKEN,
    "What was sent as refresh_token is an access token.",
    "Send the refresh_token of the same answer; client_credentials gives none.",
)


def refresh_token_of_another(client_id: str) -> OAuthRefusal:
    return _bad_code(
        _BAD_REFRESH_TOKEN,
        f"The refresh token was given to another client, {client_id}.",
        "Refresh as the client that redeemed the code.",
    )


def expired_refresh_token(age: timedelta, lifetime: timedelta) -> OAuthRefusal:
    return _bad_code(
        _BAD_REFRESH_TOKEN,
        f"The refresh token is {how_long(age)} old, and it lasted {how_long(lifetime)}.",
        "Let the user log in again.",
    )


def revoked_refresh_token(ago: timedelta) -> OAuthRefusal:
    return _bad_code(
        _BAD_REFRESH_TOKEN,
        f"The refresh token was revoked {_ago(ago)}, as all of a login are when its code or one of "
        "its refresh tokens is used twice.",
        "Let the user log in again, and keep only the newest refresh token.",
    )


def used_refresh_token(ago: timedelta | None) -> OAuthRefusal:
    """Refuse a refresh token that was used so long ago, or by another request at this moment."""
    return _bad_code(
        "the refresh token was used before; its tokens are revoked",
        f"The refresh token was used before, {_ago(ago)}, so all tokens of this login are revoked.",
        "Use a refresh token once, and keep the new one that comes with the answer.",
    )


# What goes back to the tool from the login page.

ACCESS_DENIED = OAuthRefusal(
    "access_denied",
    "the login was cancelled",
    Explanation("Somebody cancelled the login.", "Offer to log in again."),
)
CONSENT_DENIED = OAuthRefusal(
    "access_denied",
    "the user did not consent",
    Explanation(
        "This persona never consents, so that one sees what the tool makes of it.",
        "Say kindly that the login was cancelled, and offer to log in again.",
    ),
)
LOGIN_REQUIRED = OAuthRefusal(
    "login_required",
    "nobody is logged in, and prompt=none asks for no page",
    Explanation(
        "Nobody is logged in to Skolon in this browser, and prompt=none forbids to ask who it is.",
        "Ask without prompt, or name a persona of this sandbox as login_hint.",
    ),
)
UNLICENSED = OAuthRefusal(
    "access_denied",
    "the user has no license for this tool",
    Explanation(
        "Whoever logged in has no license for this tool, and a switch denies such logins.",
        "Assign a license that covers the user in the portal, or turn the switch back.",
    ),
)
NO_RESPONSE_TYPE = OAuthRefusal(
    "invalid_request",
    "response_type is missing",
    Explanation("response_type is missing.", "Send response_type=code."),
)
UNKNOWN_RESPONSE_TYPE = OAuthRefusal(
    "unsupported_response_type",
    "response_type must be code",
    Explanation("response_type is not code.", "Send response_type=code; Skolon has no other flow."),
)
NO_CHALLENGE = OAuthRefusal(
    "invalid_request",
    "code_challenge is missing",
    Explanation(
        "code_challenge is missing, and a switch of this sandbox requires PKCE.",
        "Send code_challenge and code_challenge_method=S256, or turn the switch back.",
    ),
)
CHALLENGE_METHOD = OAuthRefusal(
    "invalid_request",
    "code_challenge_method must be S256",
    Explanation(
        "There is a code_challenge, but code_challenge_method is not S256.",
        "Send code_challenge_method=S256; whether the real service takes plain, or looks at PKCE "
        "at all, is not known.",
    ),
)
CHALLENGE = OAuthRefusal(
    "invalid_request",
    "code_challenge is not a SHA-256 in base64url",
    Explanation(
        "code_challenge is not 43 characters of base64url.",
        "Send the base64url of the SHA-256 of the code_verifier, without padding.",
    ),
)


# What the login page stops at, since it is not plain to whom the answer goes.

TARGET_GIVEN_TWICE = Explanation(
    "client_id or redirect_uri is sent more than once.", "Send each of them once."
)
PARTNER_ACCOUNT = Explanation(
    "An account of the Partner Portal logged in; those cannot use tools.",
    "Log in as a teacher or a student, in a browser where nobody is logged in to the portal.",
    Certainty.DOCUMENTED,
)
TOO_MANY_CALLS = OAuthRefusal(
    "too_many_requests",
    "too many requests; this persona's exchanges are always refused so",
    Explanation(
        "Nothing need be wrong: the codes of this persona are never redeemed, so that one sees "
        "what the tool makes of 429.",
        "Wait as long as Retry-After says, try a few times, and then tell the user.",
    ),
)
EMPTY_POOL = Explanation(
    "Every seat of the license pool that the person is linked to is taken; they wait for one now.",
    "Put more licenses into the pool or reclaim a seat, in the portal or at /portal/api; then the "
    "same request gets a code.",
)
EMPTY_POOL_SENT_BACK = OAuthRefusal("access_denied", "license_pool_empty", EMPTY_POOL)


def unregistered_redirect_uri(sent: str, registered: Sequence[str]) -> Explanation:
    """Explain why the browser is not sent there; the registered ones are addresses by now."""
    if not registered:
        right = "Register an address for this tool; it has none."
    else:
        right = f"Send exactly what is registered: {', '.join(registered)}."
    if not sent:
        return Explanation("redirect_uri is missing.", right, Certainty.INFERRED)
    if sent in registered:
        return Explanation(
            "redirect_uri is registered, but it is neither https nor at this machine itself.",
            "Register an address that begins with https://, or with http://localhost while you "
            "develop.",
            Certainty.DOCUMENTED,
        )
    told = f" ({_difference(sent, registered[0])})" if len(registered) == 1 else ""
    return Explanation(
        f"redirect_uri is not registered for this tool{told}.", right, Certainty.INFERRED
    )


def _difference(sent: str, expected: str) -> str:
    """Say which parts of an address differ, without a word of what was sent."""
    if not sent:
        return "it is missing"
    try:
        parts = [
            name
            for name in _PARTS
            if getattr(urlsplit(sent), name) != getattr(urlsplit(expected), name)
        ]
    except ValueError:
        return "it is no address"
    if parts == ["path"] and sent.rstrip("/") == expected.rstrip("/"):
        return "the slash at the end differs"
    return (
        f"{' and '.join(parts)} differ"
        if parts[1:]
        else f"its {(parts or ['spelling'])[0]} differs"
    )


def _ago(duration: timedelta | None) -> str:
    return "by another request at this moment" if duration is None else f"{how_long(duration)} ago"
