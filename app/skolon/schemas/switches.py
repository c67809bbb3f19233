"""The switches: how this Skolon behaves where the real one is unknown, or known to be odd.

Each stands at what is known of the real Skolon, or at the choice that the known clients bear.
`number` is the question's row in the list of open questions that the documentation keeps.
"""

from enum import StrEnum
from functools import cache, partial
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field


class Group(StrEnum):
    """What a switch is about, in the order in which people read of them."""

    IDENTITY_PROVIDER = "identity_provider"
    LISTS = "lists"
    PEOPLE = "people"
    SCHOOLS_AND_LICENSES = "schools_and_licenses"
    WEBHOOKS = "webhooks"
    PORTAL = "portal"


def _switch(
    group: Group,
    default: Any,  # noqa: ANN401, of whatever type the switch has
    description: str,
    why: str,
    number: int | None = None,
    ge: int | None = None,
    le: int | None = None,
) -> Any:  # noqa: ANN401, a field stands in for its value
    """Return a field that also says on what its default rests, and which question it answers."""
    extra: dict[str, Any] = {"x-group": group.value, "x-why": why}
    if number is not None:
        extra["x-question"] = number
    return Field(default, description=description, json_schema_extra=extra, ge=ge, le=le)


_of_identity_provider = partial(_switch, Group.IDENTITY_PROVIDER)
_of_lists = partial(_switch, Group.LISTS)
_of_people = partial(_switch, Group.PEOPLE)
_of_schools_and_licenses = partial(_switch, Group.SCHOOLS_AND_LICENSES)
_of_webhooks = partial(_switch, Group.WEBHOOKS)
_of_portal = partial(_switch, Group.PORTAL)


class Switches(BaseModel):
    """How Skolon behaves in this sandbox; what is left out stays as it is."""

    # Strict, so that neither true nor "5" is taken for a number that somebody sent in JSON.
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True, strict=True)

    redirect_uri_again: Literal["must_match", "ignored"] = _of_identity_provider(
        "must_match",
        "Whether the token endpoint compares `redirect_uri` with the one asked with before.",
        "Documented for today's service; one older client sent `none` and was served.",
        15,
    )
    pkce: Literal["if_sent", "ignored", "required"] = _of_identity_provider(
        "if_sent",
        "When a `code_verifier` is checked.",
        "Assumed. One client sends a challenge through its library; nobody else does.",
        16,
    )
    json_token_requests: Literal["refused", "accepted"] = _of_identity_provider(
        "refused",
        "What happens to a token request whose body is JSON.",
        "Inferred: one client tried it and went over to a form in its next working revision.",
    )
    code_seconds: int = _of_identity_provider(
        60, "How long a code is good, in seconds.", "Assumed.", ge=1, le=3600
    )
    token_seconds: int = _of_identity_provider(
        3600, "How long an access token is good, in seconds.", "Assumed.", ge=1, le=2_592_000
    )
    refresh_tokens: Literal["given", "absent"] = _of_identity_provider(
        "given",
        "Whether a refresh token comes with an access token for a code.",
        "Inferred: one client stores one.",
    )
    scope_in_answer: Literal["absent", "given"] = _of_identity_provider(
        "absent", "Whether the token answer names the scope.", "Assumed; optional in RFC 6749."
    )
    unlicensed_logins: Literal["allowed", "denied"] = _of_identity_provider(
        "allowed",
        "Whether people without a license in force get a code, or `access_denied`.",
        "Inferred: every known client checks the license itself.",
    )
    empty_pool: Literal["explained", "sent_back"] = _of_identity_provider(
        "explained",
        "What somebody meets for whom the license pool has no seat: a page of Skolon's, or the "
        "tool, with `access_denied` and the description `license_pool_empty`.",
        "Unknown; the page keeps people from a tool that cannot help them.",
    )
    authentication_method: Literal["SKOLON", "SAML", "GOOGLE", "MICROSOFT", "FEIDE"] = (
        _of_identity_provider(
            "SKOLON",
            "`authenticationMethod` of a session.",
            "The name is documented, no value is known.",
            26,
        )
    )
    session_school: Literal["chosen", "first", "absent"] = _of_identity_provider(
        "chosen",
        "Which school a session names for somebody at several: the chosen one, or the first.",
        "Assumed.",
        25,
    )

    version_tag: Literal["number", "text"] = _of_lists(
        "number",
        "The JSON type of `versionTag`.",
        "Observed as a number in 2 clients; one accepts both, one is tested with text.",
        1,
    )
    paging: Literal["both", "cursor", "version_tag"] = _of_lists(
        "both",
        "How a list goes on: by `cursor`, by `versionTag` (constant or absent where not), or both.",
        "Each way is observed in one client or two; which one the real service means is unknown.",
        2,
    )
    unknown_version_tag: Literal["refused", "ignored"] = _of_lists(
        "refused", "What happens to a `versionTag` that is no number.", "Assumed."
    )
    page_size: int = _of_lists(
        100, "Records on a page when no `limit` is given.", "Assumed.", 17, ge=1, le=1000
    )
    most_per_page: int = _of_lists(
        1000, "Records on a page at most, whatever `limit` says.", "Assumed.", 17, ge=1, le=1000
    )
    calls_per_minute: int = _of_lists(
        0,
        "Calls of a tool after which it gets 429 until the minute is over; 0 is no limit.",
        "That 429 exists is documented; the numbers are unknown.",
        17,
        ge=0,
        le=100_000,
    )
    tombstones: Literal["bare", "full"] = _of_lists(
        "bare",
        "What is told of a deleted record: its ids, or every field; a person's names are empty.",
        "Inferred: one client types everything else as optional.",
        9,
    )
    tombstones_without_tag: Literal["absent", "given"] = _of_lists(
        "absent",
        "Whether a list without a `versionTag` tells of deleted records too.",
        "Unknown; one client is prepared for them.",
        10,
    )
    lists_for_users: Literal["own", "all"] = _of_lists(
        "own",
        "Whether a user's token lists what is theirs, or everything that the tool sees.",
        "Unknown; the clients that use one always filter.",
        18,
    )

    email: Literal["if_known", "always"] = _of_people(
        "if_known",
        "Whether somebody without an email address gets an invented one on the wire.",
        "Observed: optional in 1 client, mandatory in another.",
        3,
    )
    administrator_type: Literal["TEACHER", "ADMIN"] = _of_people(
        "TEACHER",
        "`userType` of administrators.",
        "Inferred: school administrators are teachers whose role was raised.",
        5,
    )
    starter_user_fields: Literal["absent", "given"] = _of_people(
        "absent",
        "Whether users also have `role`, `schoolId`, `externalId` and `studentNumber`.",
        "Observed: the generated starter looks for them; one client found none live.",
        6,
    )
    external_identifiers: Literal["empty", "eppn"] = _of_people(
        "empty",
        "What `externalIdentifiers` holds.",
        "Observed empty in 2 clients; the shape of an element is assumed.",
        7,
    )
    coverage_is_news: Literal["yes", "no"] = _of_people(
        "yes",
        "Whether somebody whom a license begins to cover comes again after a stored tag.",
        "Unknown; one client fetches everybody anew at each login, since they do not.",
    )

    unit_codes: Literal["value", "code", "absent"] = _of_schools_and_licenses(
        "value",
        "The key of a school unit code in `unitCodes`, or that there are none.",
        "Assumed; one client looked for them in two places and gave up.",
        8,
    )
    expiration_date: Literal["local", "date", "zoned", "null"] = _of_schools_and_licenses(
        "local",
        "How `expirationDate` is written: 2027-06-30T23:59:59, without the time, with Z, or null.",
        "Inferred: a zone breaks the generated starter; null is handled by 1 client.",
        4,
    )
    school_license_users: Literal["assigned", "empty"] = _of_schools_and_licenses(
        "assigned",
        "Whether `users` of an assigned school license names those it covers.",
        "Unknown; a live one was seen empty.",
        22,
    )
    organization_license: Literal["per_school", "one_record"] = _of_schools_and_licenses(
        "per_school",
        "Whether an organization's license is a record for each of its schools, or one.",
        "Unknown.",
        21,
    )
    withdrawn_licenses: Literal["emptied", "deleted", "untold"] = _of_schools_and_licenses(
        "emptied",
        "What a tool is told when a license is withdrawn: an empty `users`, a deletion, nothing.",
        "Unknown; one client does not rely on being told.",
        11,
    )
    user_filter_of_licenses: Literal["works", "ignored"] = _of_schools_and_licenses(
        "works",
        "Whether `userId` and `userUuid` narrow the list of licenses.",
        "One client notes as a fault that it got licenses of others.",
    )
    version_1_license_fields: Literal["absent", "given"] = _of_schools_and_licenses(
        "absent",
        "Whether licenses have `target`, `appExtId`, `orderReference` and `licenseCode` in v2 too.",
        "Observed in v1 only.",
        19,
    )
    tools_of_one_provider: Literal["apart", "together"] = _of_schools_and_licenses(
        "apart",
        "Whether a client sees the licenses of its own tool, or of all tools of its provider.",
        "Unknown in v2; v1 tells of several.",
        20,
    )
    orders: Literal["absent", "empty_list"] = _of_schools_and_licenses(
        "absent",
        "Whether `/v2/partner/order` is there, as an empty list; all of it is invented.",
        "That orders can be read is documented, nothing else.",
        27,
    )

    data_edits: Literal["sent", "dropped"] = _of_webhooks(
        "sent",
        "Whether data-edits webhooks are sent.",
        "Documented; one client received none in production.",
        12,
    )
    remove_class_key: Literal["classId", "groupId"] = _of_webhooks(
        "classId",
        "The key of the id in a remove-class webhook.",
        "Inferred: one client accepts either.",
        13,
    )
    removal_uuids: Literal["absent", "given"] = _of_webhooks(
        "absent", "Whether removals also give `userUuid` or `groupUuid`.", "Assumed.", 13
    )
    webhook_signature: Literal["none", "standard_webhooks", "shared_secret"] = _of_webhooks(
        "none",
        "How webhooks prove where they come from: not at all, signed after the Standard Webhooks "
        "specification, or with the tool's secret in `X-Skolon-Secret`.",
        "None has been seen; one client lists the check as missing.",
        14,
    )

    overdue_requests: Literal["flagged", "closed"] = _of_portal(
        "flagged",
        "What becomes of a license request whose licenses are not there after 5 working days.",
        "Unknown: what is readable ends with the five days.",
        23,
    )
    pool_seats: Literal["first_use", "linking"] = _of_portal(
        "first_use",
        "When people get a seat of a license pool: when they first use the tool, or at once when "
        "they are linked to it.",
        "Skolon's article spreads the seats over whom is linked; the customer asked for first use.",
    )
    skolon_id: Literal["short_code", "organization_number"] = _of_portal(
        "short_code",
        "What the portal shows as an organization's Skolon ID.",
        "The name is documented, its form is unknown.",
        24,
    )


class OpenQuestion(BaseModel):
    """A question that is left open without a switch."""

    number: int
    question: str
    answer: str


WITHOUT_SWITCH = (
    OpenQuestion(
        number=28,
        question="Do partners get at Skolon by SAML, OpenID Connect, LTI or SS 12000?",
        answer="Claimed in one place, supported by no client: left out.",
    ),
    OpenQuestion(
        number=29,
        question="Do users have a European identifier?",
        answer="No source was found: left out.",
    ),
)


class SwitchOut(BaseModel):
    """A switch, where it stands, and on what its default rests."""

    name: str
    group: Group
    description: str
    position: str | int
    default: str | int
    positions: list[str] | None = Field(description="None where any number within limits is one.")
    least: int | None
    most: int | None
    why: str
    question: int | None


class SwitchesOut(BaseModel):
    switches: list[SwitchOut]
    without_switch: list[OpenQuestion]


@cache
def defaults() -> Switches:
    return Switches()


def described(positions: Switches) -> SwitchesOut:
    """Return every switch as it stands."""
    properties = Switches.model_json_schema()["properties"]
    return SwitchesOut(
        switches=[
            SwitchOut(
                name=name,
                group=Group(one["x-group"]),
                description=one["description"],
                position=getattr(positions, name),
                default=one["default"],
                positions=one.get("enum"),
                least=one.get("minimum"),
                most=one.get("maximum"),
                why=one["x-why"],
                question=one.get("x-question"),
            )
            for name, one in properties.items()
        ],
        without_switch=list(WITHOUT_SWITCH),
    )
