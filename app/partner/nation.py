"""The rows by which the partner knows an invented nation: requests, and who has logged in."""

from datetime import date, datetime

from app.clock import swedish_date
from app.partner.domain.identity import folded
from app.partner.domain.licensing import CheckName, standing_of
from app.partner.domain.placement import school_year
from app.partner.domain.working_days import due_on
from app.population import Owner, Person, Put, Row, School, Sheet, ids, text_of

ORGANIZATIONS = Sheet.of("organizations", "id organization_number name municipality")
SCHOOLS = Sheet.of("schools", "id organization_id skolon_id name folded_name")
CODES = Sheet.of("school_unit_codes", "id school_id digits kind started_on")
REQUESTS = Sheet.of(
    "license_requests",
    "id organization_id skolon_request_id kind wanted_on status received_at answer_by changed_at"
    " starts_on ends_on reason",
)
UNITS = Sheet.of(
    "requested_units",
    "id license_request_id position school_id name unit_kind school_unit_code standing students"
    " teachers staff",
)
CHECKS = Sheet.of("request_checks", "license_request_id name passed_at passed_by")
EVENTS = Sheet.of("request_events", "id license_request_id happened_at kind actor note")
CASES = Sheet.of("code_cases", "id school_id unit_kind standing status opened_at due_on")
LICENSES = Sheet.of("licenses", "id license_request_id school_id starts_on ends_on seats")
CLASSES = Sheet.of("school_classes", "id school_id skolon_id school_year name")
ACCOUNTS = Sheet.of(
    "accounts",
    "id organization_id school_id email email_key first_name last_name language created_at"
    " last_used_at",
)
IDENTITIES = Sheet.of("identities", "id account_id issuer subject first_name last_name")
PLACEMENTS = Sheet.of("placements", "id account_id identity_id school_class_id role placed_at")
SHEETS = (
    ORGANIZATIONS, SCHOOLS, CODES, REQUESTS, UNITS, CHECKS, EVENTS, CASES, LICENSES, CLASSES,
    ACCOUNTS, IDENTITIES, PLACEMENTS,
)  # fmt: skip

SKOLON = "skolon-mock"
_ACTOR = "Skolon"


class Nation:
    """Writes down what it is told, for the school year that has begun."""

    def __init__(self, put: Put, *, begun: datetime, until: date) -> None:
        self._put = put
        self._begun = text_of(begun)
        self._starts_on, self._ends_on = begun.date().isoformat(), until.isoformat()
        self._school_year = school_year(begun.date())
        self._units = 0

    def add_request(self, owner: Owner, *, now: datetime) -> None:
        """Add a customer with its schools, its request, and a case for each unit without a code."""
        own, request = ids("19", owner.number).id, ids("1e", owner.number).id
        self._put(ORGANIZATIONS, [(own, owner.organization_number, owner.name, owner.municipality)])
        self._put(
            SCHOOLS,
            [
                (ids("1c", school.number).id, own, ids("0c", school.number).public_id, school.name,
                 folded(school.name))
                for school in owner.schools
            ],
        )  # fmt: skip
        at = text_of(owner.asked_at)
        is_active, is_open = owner.request == "activated", owner.request == "received"
        first = self._starts_on if is_active else now.date().isoformat()
        is_available = owner.request in ("confirmed", "activated")
        asked_on = swedish_date(owner.asked_at)
        # As Skolon writes the id on the wire.
        in_skolon = _hyphened(ids("0e", owner.number).id)
        self._put(
            REQUESTS,
            [
                (request, own, in_skolon, "purchase", first, owner.request, at,
                 due_on(asked_on).isoformat(), at, first if is_available else None,
                 self._ends_on if is_active else None,
                 "Inget avtal." if owner.request == "declined" else None)
            ],
        )  # fmt: skip
        passed = at if is_available else None
        self._put(
            CHECKS,
            [(request, name.value, passed, passed and _ACTOR) for name in CheckName],
        )
        kinds = ["received"]
        if is_available:
            kinds += ["passed"] * len(CheckName) + ["confirmed"] + ["activated"] * is_active
        elif not is_open:
            kinds.append(str(owner.request))
        self._put(
            EVENTS,
            [
                (ids("1f", owner.number * 16 + place).id, request, at, kind, _ACTOR, None)
                for place, kind in enumerate(kinds)
            ],
        )
        for position, school in enumerate(owner.schools):
            self._add_unit(school, request, position, at, asked_on, is_active=is_active)

    def _add_unit(
        self,
        school: School,
        request: str,
        position: int,
        at: str,
        asked_on: date,
        *,
        is_active: bool,
    ) -> None:
        code = school.codes[0] if school.codes else None
        standing = standing_of(code, school.status)
        own = ids("1c", school.number).id
        self._put(
            UNITS,
            [
                (ids("16", school.number).id, request, position, own, school.name, school.kind,
                 code, standing.value, school.pupils, school.teachers, 0)
            ],
        )  # fmt: skip
        if not standing.is_usable:
            due = due_on(asked_on).isoformat()
            case = (ids("17", school.number).id, own, school.kind, standing.value, "open", at, due)
            self._put(CASES, [case])
        if is_active:
            period = (self._starts_on, self._ends_on)
            seats = school.pupils + school.teachers
            self._put(LICENSES, [(ids("18", school.number).id, request, own, *period, seats)])

    def add_arrivals(self, school: School, people: list[Person]) -> None:
        """Let these people of a customer's school have logged in once this school year."""
        own, organization = ids("1c", school.number).id, ids("19", school.owner.number).id
        if people:
            self._put(
                CODES,
                [
                    (ids("1a", school.number * 8 + place).id, own, code, "official",
                     self._starts_on)
                    for place, code in enumerate(school.codes)
                ],
            )  # fmt: skip
        known = {number for person in people for number in person.groups}
        groups = {one.number: one for one in school.groups if one.number in known and one.is_class}
        self._put(
            CLASSES,
            [
                (ids("1b", group.number).id, own, ids("06", group.number).public_id,
                 self._school_year, group.name)
                for group in groups.values()
            ],
        )  # fmt: skip
        accounts: list[Row] = []
        identities: list[Row] = []
        placements: list[Row] = []
        for person in people:
            account, identity = ids("15", person.number).id, ids("14", person.number).id
            name = (person.first_name, person.last_name)
            email = person.email or ""
            accounts.append(
                (account, organization, own, email, email.lower(), *name, "sv", self._begun,
                 self._begun)
            )  # fmt: skip
            subject = ids("05", person.number).public_id
            identities.append((identity, account, SKOLON, subject, *name))
            for place, number in enumerate(person.groups):
                if number in groups:
                    placement = ids("13", person.number * 16 + place).id
                    class_id = ids("1b", number).id
                    placements.append(
                        (placement, account, identity, class_id, person.role, self._begun)
                    )
        self._put(ACCOUNTS, accounts)
        self._put(IDENTITIES, identities)
        self._put(PLACEMENTS, placements)


def _hyphened(digits: str) -> str:
    parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    return "-".join(parts)
