"""OAuth 2.0 as Skolon's identity provider speaks it: RFC 6749 and 7636, without I/O."""

import base64
import hashlib
import hmac
import re
import secrets
import string
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Self
from urllib.parse import urlencode, urlsplit

from app.skolon.domain import oauth_refusals
from app.skolon.domain.oauth_refusals import OAuthRefusal

PROFILE_SCOPE = "authenticatedUser.profile.read"
IDENTIFIER_SCOPES = ("authenticatedUser.identifier", "authenticatedUser.profile.identifier")
SCHOOL_SCOPE = "authenticatedUser.school.read"
GROUPS_SCOPE = "authenticatedUser.groups.read"
LICENSES_SCOPE = "authenticatedUser.licenses.read"
MEMBERS_SCOPE = "groups.members.read"
# All that real clients have been seen to ask for.
SCOPES = (
    PROFILE_SCOPE,
    *IDENTIFIER_SCOPES,
    SCHOOL_SCOPE,
    GROUPS_SCOPE,
    LICENSES_SCOPE,
    MEMBERS_SCOPE,
)

REFRESH_TOKEN_LIFETIME = timedelta(days=30)

ALPHABET = string.ascii_letters + string.digits
NAME_LENGTH = 50
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def random_name() -> str:
    """Return fifty letters and digits: the shape of Skolon's ids, codes and tokens."""
    # One draw for all fifty; a draw each took twelve times as long.
    number = secrets.randbelow(len(ALPHABET) ** NAME_LENGTH)
    letters = []
    for _ in range(NAME_LENGTH):
        number, index = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[index])
    return "".join(letters)


def hashed(secret: str) -> str:
    """Return what is stored of a secret; a plain hash is enough, since none can be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def matches(secret_hash: str, candidates: Iterable[str]) -> bool:
    """Say in constant time whether one of the candidates is the secret."""
    found = [hmac.compare_digest(secret_hash, hashed(candidate)) for candidate in candidates]
    return any(found)


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What a tool asks for when it sends a browser to log in."""

    client_id: str
    redirect_uri: str
    response_type: str
    scope: str
    state: str
    code_challenge: str
    code_challenge_method: str
    repeated: tuple[str, ...]

    @classmethod
    def read(cls, parameters: Iterable[tuple[str, str]]) -> Self:
        """Read the query; parameters that are not known are left alone."""
        pairs = [(name, value) for name, value in parameters if name in _PARAMETERS]
        counts = Counter(name for name, _ in pairs)
        given = dict(pairs)
        return cls(
            **{name: given.get(name, "") for name in _PARAMETERS},
            repeated=tuple(name for name, count in counts.items() if count > 1),
        )

    @property
    def has_one_target(self) -> bool:
        """Whether it is plain who asks and where the answer goes."""
        return not {"client_id", "redirect_uri"} & {*self.repeated}

    def refusal(self, pkce: str = "if_sent") -> OAuthRefusal | None:
        """Return what is wrong, once it is known that the answer may go to the redirect URI."""
        if self.repeated:
            name = self.repeated[0]
            return oauth_refusals.given_twice(name, f"{name} is given twice")
        if not self.response_type:
            return oauth_refusals.NO_RESPONSE_TYPE
        if self.response_type != "code":
            return oauth_refusals.UNKNOWN_RESPONSE_TYPE
        if self.code_challenge and pkce != "ignored":
            return self._challenge_refusal()
        return oauth_refusals.NO_CHALLENGE if pkce == "required" else None

    def _challenge_refusal(self) -> OAuthRefusal | None:
        if self.code_challenge_method != "S256":
            return oauth_refusals.CHALLENGE_METHOD
        if not re.fullmatch(r"[A-Za-z0-9_-]{43}", self.code_challenge):
            return oauth_refusals.CHALLENGE
        return None

    def granted(self, code: str) -> str:
        """Return where the browser takes the code."""
        return self._back({"code": code})

    def refused(self, refusal: OAuthRefusal) -> str:
        """Return where the browser takes the refusal."""
        return self._back({"error": refusal.error, "error_description": refusal.description})

    def _back(self, answer: dict[str, str]) -> str:
        if self.state:
            answer["state"] = self.state
        joint = "&" if "?" in self.redirect_uri else "?"
        return f"{self.redirect_uri}{joint}{urlencode(answer)}"


_PARAMETERS = (
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
)


def is_target(asked: str, registered: str, partner: str) -> bool:
    """Say whether a browser may be sent there: to exactly what the tool registered.

    A path means the partner of the same world. Else it is https, or http to one's own machine.
    """
    if registered.startswith("/"):
        return asked == partner + registered
    parts = urlsplit(registered)
    is_loopback = parts.scheme == "http" and parts.hostname in _LOOPBACK
    return asked == registered and (parts.scheme == "https" or is_loopback)


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """What a tool asks of the token endpoint."""

    grant_type: str
    client_id: str
    # As it was sent, and decoded as RFC 6749 wants it in Basic; real clients do either.
    client_secrets: tuple[str, ...]
    code: str = ""
    redirect_uri: str = ""
    code_verifier: str = ""
    refresh_token: str = ""


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """Fresh tokens, in the clear for the last time."""

    access_token: str
    refresh_token: str | None
    lasts: timedelta
    scope: str | None
    tells_refresh_token: bool
    # Whether they are to arrive late, on purpose.
    is_slow: bool = False


def verifier_refusal(challenge: str | None, verifier: str) -> OAuthRefusal | None:
    """Check the PKCE verifier against the challenge that was sent at the start, if any."""
    if challenge is None:
        # RFC 9700, 2.1.1: else an attacker who strips the challenge goes unnoticed.
        return oauth_refusals.VERIFIER_WITHOUT_CHALLENGE if verifier else None
    if not verifier:
        return oauth_refusals.NO_VERIFIER
    digest = hashlib.sha256(verifier.encode()).digest()
    answered = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    if hmac.compare_digest(challenge, answered):
        return None
    is_plain = verifier == challenge
    return oauth_refusals.CHALLENGE_AS_VERIFIER if is_plain else oauth_refusals.OTHER_VERIFIER
