"""What a journal shows of a request: nothing secret, and nothing of a person unless asked to.

Masked, a text is shown only where it is known to be harmless. Unmasked, all is shown that is no
secret: of what is called like one or looks like one, only how it begins.
"""

import json
import re
from collections.abc import Iterable
from urllib.parse import parse_qsl

MASK = "…"
# Of a body that may be read, and of what is kept of it and of an address.
MOST_BYTES_READ = 8192
MOST_CHARACTERS = 2000
MOST_DEPTH = 8
# Entries of a list, and of an object, that are shown.
MOST_ITEMS = 3
MOST_KEYS = 40

JSON, FORM = "json", "form"

_SHOWN_PARAMETERS = {
    "code_challenge_method",
    "grant_type",
    "limit",
    "response_type",
    "scope",
    "versionTag",
}
# Fields of JSON whose values are words of the interfaces, or counts.
_SHOWN_FIELDS = _SHOWN_PARAMETERS | {
    "authenticationMethod",
    "available_on",
    "ends_on",
    "entities",
    "error",
    "expirationDate",
    "expires_in",
    "hasMore",
    "kind",
    "next_step",
    "reason_code",
    "school_unit_code",
    "staff",
    "standing",
    "starts_on",
    "status",
    "students",
    "teachers",
    "token_type",
    "type",
    "unit_kind",
    "userType",
    "version",
    "wanted_on",
}
# Tokens, secrets and ids are long, personal numbers are digits, emails and user names hold other
# signs: what is none of them may be shown, also where it was put by mistake.
_SHOWN_VALUE = re.compile(
    r"(?!.*[A-Za-z0-9_-]{25})(?!.*[0-9]{6}(?:[0-9]{2})?-?[0-9]{4})[A-Za-z0-9_:. -]{0,200}"
)
_SHOWN_STEP = re.compile(r"(?!.*[0-9]{6})[A-Za-z0-9_-]{0,24}")
_SHOWN_CLIENT = re.compile(r"[A-Za-z0-9._-]{1,64}…?")
_SHOWN_HOST = re.compile(r"[A-Za-z0-9.:\[\]-]{1,200}")
_SHOWN_TYPE = re.compile(r"[a-z0-9.+-]{1,40}/[a-z0-9.+-]{1,60}")

_SECRET_NAME = re.compile(
    r"authorization|challenge|^code$|cookie|key|nonce|password|secret|state|token|verifier",
    re.IGNORECASE,
)
_SECRET_VALUE = re.compile(r"[A-Za-z0-9_.~+/=-]{25,}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# PostgreSQL keeps no NUL, and a line of a log ends where it says.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def method(text: str) -> str:
    return _shown(_SHOWN_STEP, text)


def host(text: str) -> str:
    return _shown(_SHOWN_HOST, text)


def client(text: str | None) -> str | None:
    """Return the name of a client, unless it may be something else."""
    return text if text and _SHOWN_CLIENT.fullmatch(text) else None


def media_type(header: str) -> str | None:
    """Return the type without its parameters, which may hold anything."""
    plain = header.partition(";")[0].strip().lower()
    return _shown(_SHOWN_TYPE, plain) if plain else None


def kind_of(type_: str | None) -> str | None:
    """Say how a body of this type is read, if it can be."""
    if type_ == "application/x-www-form-urlencoded":
        return FORM
    is_json = type_ is not None and (type_ == "application/json" or type_.endswith("+json"))
    return JSON if is_json else None


def path(text: str, *, masked: bool) -> str:
    steps = text[: MOST_CHARACTERS * 2].split("/")
    if masked:
        return _cut("/".join(_shown(_SHOWN_STEP, step) for step in steps))
    return _cut("/".join(_beginning(step) for step in steps))


def query(text: str, *, masked: bool) -> str:
    """Return the parameters of an address or a form, by name."""
    try:
        pairs = parse_qsl(text[: MOST_BYTES_READ * 2], keep_blank_values=True, errors="replace")
    except ValueError:
        return MASK
    return parameters(pairs, masked=masked)


def parameters(pairs: Iterable[tuple[str, str]], *, masked: bool) -> str:
    if masked:
        return _cut(
            "&".join(
                f"{_shown(_SHOWN_STEP, name)}="
                f"{_shown(_SHOWN_VALUE, value) if name in _SHOWN_PARAMETERS else MASK}"
                for name, value in pairs
            )
        )
    return _cut("&".join(f"{plain(name)}={_value(name, value)}" for name, value in pairs))


def body(kind: str | None, content: bytes, *, masked: bool) -> str | None:
    """Return what is kept of a body: its shape, and the values that may be shown."""
    if not content or kind is None:
        return None
    text = content.decode("utf-8", "replace")
    if kind == FORM:
        return query(text, masked=masked)
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return _cut(json.dumps(_shape("", read, masked, MOST_DEPTH), ensure_ascii=False))


def _shape(name: str, value: object, masked: bool, depth: int) -> object:  # noqa: PLR0911, a case each
    if isinstance(value, dict):
        if not depth:
            return MASK
        shape: dict[str, object] = {
            _name(key, masked): _shape(key, one, masked, depth - 1)
            for key, one in list(value.items())[:MOST_KEYS]
        }
        return shape | ({MASK: len(value) - MOST_KEYS} if len(value) > MOST_KEYS else {})
    if isinstance(value, list):
        if not depth:
            return MASK
        shown = [_shape(name, one, masked, depth - 1) for one in value[:MOST_ITEMS]]
        more = len(value) - MOST_ITEMS
        return [*shown, f"{MASK} {more}"] if more > 0 else shown
    if value is None:
        return None
    if not masked:
        return _value(name, value) if isinstance(value, str) else value
    if name in _SHOWN_FIELDS:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return value if _SHOWN_VALUE.fullmatch(text) else MASK
    if isinstance(value, bool):
        return "boolean"
    return MASK if isinstance(value, str) else "number"


def _name(key: str, masked: bool) -> str:
    return _shown(_SHOWN_STEP, key) if masked else plain(key)


def _value(name: str, value: str) -> str:
    if _SECRET_NAME.search(name) and name not in _SHOWN_FIELDS:
        return f"{value[: min(4, len(value) // 4)]}{MASK}" if value else ""
    return _beginning(value)


def _beginning(text: str) -> str:
    """Return the text, with only the beginnings of what may be tokens or ids in it."""
    if _UUID.fullmatch(text):
        return text
    return _SECRET_VALUE.sub(lambda found: f"{found[0][:4]}{MASK}", plain(text))


def plain(text: str) -> str:
    """Return the text without signs that end a line, or that a database cannot keep."""
    return _CONTROL.sub("\ufffd", text)


def _cut(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + MASK


def _shown(harmless: re.Pattern[str], text: str) -> str:
    return text if harmless.fullmatch(text) else MASK
