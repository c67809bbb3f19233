"""The switches: how this Skolon behaves where the real one is unknown, or known to be odd.

Each stands at what is known of the real Skolon, or at the choice that the known clients bear.
`number` is the question's row in the list of open questions that the documentation keeps.
"""

from functools import cache
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field


def _switch(
    default: Any,  # noqa: ANN401, of whatever type the switch has
    description: str,
    why: str,
    number: int | None = None,
    ge: int | None = None,
    le: int | None = None,
) -> Any:  # noqa: ANN401, a field stands in for its value
    """Return a field that also says on what its default rests, and which question it answers."""
    extra: dict[str, Any] = {"x-why": why}
    if number is not None:
        extra["x-question"] = number
    return Field(default, description=description, json_schema_extra=extra, ge=ge, le=le)


class Switches(BaseModel):
    """How Skolon behaves in this sandbox; what is left out stays as it is."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True)

    # The identity provider.
    redirect_uri_again: Literal["must_match", "ignored"] = _switch(
        "must_match",
        "Whether the token endpoint compares `redirect_uri` with the one asked with before.",
        "Documented for today's service; one older client sent `none` and was served.",
        15,
    )
    pkce: Literal["if_sent", "ignored", "required"] = _switch(
        "if_sent",
        "When a `code_verifier` is checked.",
        "Assumed. One client sends a challenge through its library; nobody else does.",
        16,
    )
    json_token_requests: Literal["refused", "accepted"] = _switch(
        "refused",
        "What happens to a token request whose body is JSON.",
        "Inferred: one client tried it and went over to a form in its next working revision.",
    )
    code_seconds: int = _switch(
        60, "How long a code is good, in seconds.", "Assumed.", ge=1, le=3600
    )
    token_seconds: int = _switch(
        3600, "How long an access token is good, in seconds.", "Assumed.", ge=1, le=2_592_000
    )
    refresh_tokens: Literal["given", "absent"] = _switch(
        "given",
        "Whether a refresh token comes with an access token for a code.",
        "Inferred: one client stores one.",
    )
    scope_in_answer: Literal["absent", "given"] = _switch(
        "absent", "Whether the token answer names the scope.", "Assumed; optional in RFC 6749."
    )
    unlicensed_logins: Literal["allowed", "denied"] = _switch(
        "allowed",
        "Whether people without a license in force get a code, or `access_denied`.",
        "Inferred: every known client checks the license itself.",
    )
    authentication_method: Literal["SKOLON", "SAML", "GOOGLE", "MICROSOFT", "FEIDE"] = _switch(
        "SKOLON",
        "`authenticationMethod` of a session.",
        "The name is documented, no value is known.",
        26,
    )
    session_school: Literal["chosen", "first", "absent"] = _switch(
        "chosen",
        "Which school a session names for somebody at several: the chosen one, or the first.",
        "Assumed.",
        25,
    )

    # Every list of the Partner API.
    version_tag: Literal["number", "text"] = _switch(
        "number",
        "The JSON type of `versionTag`.",
        "Observed as a number in 2 clients; one accepts both, one is tested with text.",
        1,
    )
    paging: Literal["both", "cursor", "version_tag"] = _switch(
        "both",
        "How a list goes on: by `cursor`, by `versionTag` (constant or absent where not), or both.",
        "Each way is observed in one client or two; which one the real service means is unknown.",
        2,
    )
    unknown_version_tag: Literal["refused", "ignored"] = _switch(
        "refused", "What happens to a `versionTag` that is no number.", "Assumed."
    )
    page_size: int = _switch(
        100, "Records on a page when no `limit` is given.", "Assumed.", 17, ge=1, le=1000
    )
    most_per_page: int = _switch(
        1000, "Records on a page at most, whatever `limit` says.", "Assumed.", 17, ge=1, le=1000
    )
    calls_per_minute: int = _switch(
        0,
        "Calls of a tool after which it gets 429 until the minute is over; 0 is no limit.",
        "That 429 exists is documented; the numbers are unknown.",
        17,
        ge=0,
        le=100_000,
    )
    tombstones: Literal["bare", "full"] = _switch(
        "bare",
        "What is told of a deleted record: its ids, or everything.",
        "Inferred: one client types everything else as optional.",
        9,
    )
    tombstones_without_tag: Literal["absent", "given"] = _switch(
        "absent",
        "Whether a list without a `versionTag` tells of deleted records too.",
        "Unknown; one client is prepared for them.",
        10,
    )
    lists_for_users: Literal["own", "all"] = _switch(
        "own",
        "Whether a user's token lists what is theirs, or everything that the tool sees.",
        "Unknown; the clients that use one always filter.",
        18,
    )

    # People.
    email: Literal["if_known", "always"] = _switch(
        "if_known",
        "Whether somebody without an email address gets an invented one on the wire.",
        "Observed: optional in 1 client, mandatory in another.",
        3,
    )
    administrator_type: Literal["TEACHER", "ADMIN"] = _switch(
        "TEACHER",
        "`userType` of administrators.",
        "Inferred: school administrators are teachers whose role was raised.",
        5,
    )
    starter_user_fields: Literal["absent", "given"] = _switch(
        "absent",
        "Whether users also have `role`, `schoolId`, `externalId` and `studentNumber`.",
        "Observed: the generated starter looks for them; one client found none live.",
        6,
    )
    external_identifiers: Literal["empty", "eppn"] = _switch(
        "empty",
        "What `externalIdentifiers` holds.",
        "Observed empty in 2 clients; the shape of an element is assumed.",
        7,
    )
    coverage_is_news: Literal["yes", "no"] = _switch(
        "yes",
        "Whether somebody whom a license begins to cover comes again after a stored tag.",
        "Unknown; one client fetches everybody anew at each login, since they do not.",
    )

    # Schools and licenses.
    unit_codes: Literal["value", "code", "absent"] = _switch(
        "value",
        "The key of a school unit code in `unitCodes`, or that there are none.",
        "Assumed; one client looked for them in two places and gave up.",
        8,
    )
    expiration_date: Literal["local", "date", "zoned", "null"] = _switch(
        "local",
        "How `expirationDate` is written: 2027-06-30T23:59:59, without the time, with Z, or null.",
        "Inferred: a zone breaks the generated starter; null is handled by 1 client.",
        4,
    )
    school_license_users: Literal["assigned", "empty"] = _switch(
        "assigned",
        "Whether `users` of an assigned school license names those it covers.",
        "Unknown; a live one was seen empty.",
        22,
    )
    organization_license: Literal["per_school", "one_record"] = _switch(
        "per_school",
        "Whether an organization's license is a record for each of its schools, or one.",
        "Unknown.",
        21,
    )
    withdrawn_licenses: Literal["emptied", "deleted", "untold"] = _switch(
        "emptied",
        "What a tool is told when a license is withdrawn: an empty `users`, a deletion, nothing.",
        "Unknown; one client does not rely on being told.",
        11,
    )
    user_filter_of_licenses: Literal["works", "ignored"] = _switch(
        "works",
        "Whether `userId` and `userUuid` narrow the list of licenses.",
        "One client notes as a fault that it got licenses of others.",
    )
    version_1_license_fields: Literal["absent", "given"] = _switch(
        "absent",
        "Whether licenses have `target`, `appExtId`, `orderReference` and `licenseCode` in v2 too.",
        "Observed in v1 only.",
        19,
    )
    tools_of_one_provider: Literal["apart", "together"] = _switch(
        "apart",
        "Whether a client sees the licenses of its own tool, or of all tools of its provider.",
        "Unknown in v2; v1 tells of several.",
        20,
    )
    orders: Literal["absent", "empty_list"] = _switch(
        "absent",
        "Whether `/v2/partner/order` is there, as an empty list; all of it is invented.",
        "That orders can be read is documented, nothing else.",
        27,
    )

    # Webhooks.
    data_edits: Literal["sent", "dropped"] = _switch(
        "sent",
        "Whether data-edits webhooks are sent.",
        "Documented; one client received none in production.",
        12,
    )
    remove_class_key: Literal["classId", "groupId"] = _switch(
        "classId",
        "The key of the id in a remove-class webhook.",
        "Inferred: one client accepts either.",
        13,
    )
    removal_uuids: Literal["absent", "given"] = _switch(
        "absent", "Whether removals also give `userUuid` or `groupUuid`.", "Assumed.", 13
    )
    webhook_signature: Literal["none", "standard_webhooks", "shared_secret"] = _switch(
        "none",
        "How webhooks prove where they come from: not at all, signed after the Standard Webhooks "
        "specification, or with the tool's secret in `X-Skolon-Secret`.",
        "None has been seen; one client lists the check as missing.",
        14,
    )

    # The portal.
    overdue_requests: Literal["flagged", "closed"] = _switch(
        "flagged",
        "What becomes of a license request whose licenses are not there after 5 working days.",
        "Unknown: what is readable ends with the five days.",
        23,
    )
    skolon_id: Literal["short_code", "organization_number"] = _switch(
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
    description: str
    position: str | int
    default: str | int
    positions: list[str] | None = Field(description="None where any number within limits is one.")
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
                description=one["description"],
                position=getattr(positions, name),
                default=one["default"],
                positions=one.get("enum"),
                why=one["x-why"],
                question=one.get("x-question"),
            )
            for name, one in properties.items()
        ],
        without_switch=list(WITHOUT_SWITCH),
    )
