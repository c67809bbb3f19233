"""The rows by which Skolon knows an invented nation: organizations, schools, people, licenses."""

import json
from datetime import date, datetime

from app.population import Grant, Ids, Owner, Person, Put, School, Sheet, ids, text_of
from app.skolon.domain.licenses import Delivery, LicenseType, RequestKind
from app.skolon.domain.rosters import GroupType

LISTED = "id public_id change_number deleted_at "
ORGANIZATIONS = Sheet.of("skolon_organizations", LISTED + "number short_code name municipality")
SCHOOLS = Sheet.of("skolon_schools", LISTED + "organization_id name kind")
CODES = Sheet.of("skolon_school_unit_codes", "school_id code added_at")
USERS = Sheet.of(
    "skolon_users",
    LISTED + "organization_id role first_name last_name username email language search_name",
)
MEMBERSHIPS = Sheet.of("skolon_school_memberships", "user_id school_id position")
GROUPS = Sheet.of("skolon_groups", LISTED + "school_id name type")
IN_GROUPS = Sheet.of("skolon_group_memberships", "group_id user_id")
ADMINISTRATORS = Sheet.of("skolon_administrators", "user_id organization_id")
SCHOOL_ADMINISTRATORS = Sheet.of("skolon_school_administrators", "user_id school_id")
APPROVALS = Sheet.of("skolon_approvals", "organization_id tool_id approved_at")
WHOLE_LICENSES = Sheet.of(
    "skolon_organization_licenses",
    "id tool_id organization_id audience is_demo starts_on ends_on made_at",
)
POOLS = Sheet.of("skolon_license_pools", "id tool_id school_id name fills_itself made_at")
POOL_LINKS = Sheet.of("skolon_pool_links", "id pool_id linked_at")
LICENSES = Sheet.of(
    "skolon_licenses",
    LISTED + "tool_id type audience organization_id owner_school_id group_id student_seats"
    " teacher_seats pool_id bundle_id is_demo starts_on ends_on assigned_at",
)
SEATS = Sheet.of("skolon_seats", "license_id user_id given_at ended_at is_single pool_id")
REQUESTS = Sheet.of(
    "skolon_license_requests",
    "id organization_id organization_name municipality tool_id asked_by asked_at kind wanted_on"
    " delivery tried_at attempts receipt progress version told_at available_on ends_on message",
)
REQUESTED = Sheet.of(
    "skolon_requested_schools",
    "request_id school_id position name kind school_unit_code students teachers staff",
)
SHEETS = (
    ORGANIZATIONS, SCHOOLS, CODES, USERS, MEMBERSHIPS, GROUPS, IN_GROUPS, ADMINISTRATORS,
    SCHOOL_ADMINISTRATORS, APPROVALS, WHOLE_LICENSES, POOLS, POOL_LINKS, LICENSES, SEATS, REQUESTS,
    REQUESTED,
)  # fmt: skip

# A class license of the usual size.
STUDENT_SEATS, TEACHER_SEATS = 30, 2


class Nation:
    """Writes down what it is told; records are numbered as changes after those that are there."""

    def __init__(
        self, put: Put, tool_id: str, newest: dict[str, int], *, begun: datetime, until: date
    ) -> None:
        self._put = put
        self._tool_id = tool_id
        self._newest = newest
        self._begun = text_of(begun)
        self._starts_on, self._ends_on = begun.date().isoformat(), until.isoformat()

    def add_owner(self, owner: Owner) -> None:
        own = ids("09", owner.number)
        self._put(
            ORGANIZATIONS,
            [
                (*self._listed("Organization", own), owner.organization_number,
                 f"SK-{owner.number:05d}", owner.name, owner.municipality)
            ],
        )  # fmt: skip
        self._add_people([owner.administrator], own.id)
        administrator = ids("05", owner.administrator.number).id
        self._put(ADMINISTRATORS, [(administrator, own.id)])
        if owner.is_approving:
            self._put(APPROVALS, [(own.id, self._tool_id, self._begun)])
        if owner.is_licensed:
            self._put(
                WHOLE_LICENSES,
                [
                    (ids("0b", owner.number).id, self._tool_id, own.id, "all", 0, self._starts_on,
                     self._ends_on, self._begun)
                ],
            )  # fmt: skip

    def add_partner_account(self, person: Person) -> None:
        """Add somebody of a vendor, who belongs to no organization."""
        self._add_people([person], None)

    def add_school(self, school: School) -> None:
        own, owner = ids("0c", school.number), ids("09", school.owner.number).id
        self._put(SCHOOLS, [(*self._listed("School", own), owner, school.name, school.kind)])
        self._put(CODES, [(own.id, code, self._begun) for code in school.codes])
        self._put(
            GROUPS,
            [
                (*self._listed("Group", ids("06", group.number), is_deleted=group.is_deleted),
                 own.id, group.name,
                 GroupType.CLASS.value if group.is_class else GroupType.TEACHING_GROUP.value)
                for group in school.groups
            ],
        )  # fmt: skip
        self._add_people(school.people, owner)
        members, places = [], []
        for person in school.people:
            user = ids("05", person.number).id
            if person.also_at is not None:
                places.append((user, ids("0c", person.also_at).id, 0))
            places.append((user, own.id, int(person.also_at is not None)))
            members += [(group, user) for group in person.groups]
        self._put(MEMBERSHIPS, places)
        # In the order of the groups, which is that of the table's key.
        self._put(IN_GROUPS, [(ids("06", group).id, user) for group, user in sorted(members)])
        teachers = [person for person in school.people if person.role == "teacher"]
        self._put(
            SCHOOL_ADMINISTRATORS,
            [(ids("05", person.number).id, own.id) for person in teachers[:1]],
        )
        self._add_licenses(school, own.id, owner)

    def add_request(self, owner: Owner, *, now: datetime) -> None:
        """Add what an organization asked the partner for, as far as that has come."""
        own, request = ids("09", owner.number).id, ids("0e", owner.number).id
        asked_at = text_of(owner.asked_at)
        is_available = owner.request in ("confirmed", "activated")
        first = self._starts_on if owner.request == "activated" else now.date().isoformat()
        receipt = {
            "id": ids("1e", owner.number).id,
            "status": "received",
            "units": [
                {"skolon_id": ids("0c", school.number).public_id,
                 "standing": "official" if school.codes else "missing"}
                for school in owner.schools
            ],
        }  # fmt: skip
        version = {"received": 0, "declined": 2, "confirmed": 5, "activated": 6}
        told = version[owner.request or "received"]
        self._put(
            REQUESTS,
            [
                (request, own, owner.name, owner.municipality, self._tool_id,
                 ids("05", owner.administrator.number).id, asked_at, RequestKind.PURCHASE.value,
                 first, Delivery.DELIVERED.value, asked_at, 1,
                 json.dumps(receipt, ensure_ascii=True), owner.request, told,
                 asked_at if told else None, first if is_available else None,
                 self._ends_on if owner.request == "activated" else None,
                 "Inget avtal." if owner.request == "declined" else None)
            ],
        )  # fmt: skip
        self._put(
            REQUESTED,
            [
                (request, ids("0c", school.number).id, position, school.name, school.kind,
                 school.codes[0] if school.codes else None, school.pupils, school.teachers, 0)
                for position, school in enumerate(owner.schools)
            ],
        )  # fmt: skip

    def _listed(
        self, kind: str, own: Ids, *, is_deleted: bool = False
    ) -> tuple[str | int | None, ...]:
        self._newest[kind] += 1
        return (own.id, own.public_id, self._newest[kind], self._begun if is_deleted else None)

    def _add_people(self, people: list[Person], owner: str | None) -> None:
        rows = []
        for person in people:
            own = ids("05", person.number)
            listed = self._listed("User", own, is_deleted=person.is_deleted)
            first, last = person.first_name, person.last_name
            # As when somebody is removed: the ids alone stay.
            username = own.public_id if person.is_deleted else person.username
            search_name = f"{first} {last}".strip().lower()
            rows.append(
                (
                    *listed,
                    owner,
                    person.role,
                    first,
                    last,
                    username,
                    person.email,
                    "sv",
                    search_name,
                )
            )
        self._put(USERS, rows)

    def _add_licenses(self, school: School, own: str, owner: str) -> None:
        pools = {grant.pool for grant in school.grants if grant.pool is not None}
        for pool in pools:
            made = ids("0d", pool).id
            self._put(POOLS, [(made, self._tool_id, own, "Skolans licenser", 0, self._begun)])
            self._put(POOL_LINKS, [(ids("1d", pool).id, made, self._begun)])
        for grant in school.grants:
            license_ = ids("01", grant.number)
            self._put(LICENSES, [self._license(grant, license_, own, owner, school.owner.number)])
            is_single = int(grant.type == LicenseType.SINGLE)
            pool_id = None if grant.pool is None else ids("0d", grant.pool).id
            self._put(
                SEATS,
                [
                    (license_.id, ids("05", person.number).id, self._begun,
                     self._begun if person.is_deleted else None, is_single, pool_id)
                    for person in grant.holders
                ],
            )  # fmt: skip

    def _license(
        self, grant: Grant, license_: Ids, school: str, owner: str, owner_number: int
    ) -> tuple[str | int | None, ...]:
        is_group = grant.type == LicenseType.GROUP
        of_all = grant.type == LicenseType.ORGANIZATION
        return (
            *self._listed("License", license_), self._tool_id, grant.type,
            "all" if grant.pool is None else "students", owner, school,
            None if grant.group is None else ids("06", grant.group).id,
            STUDENT_SEATS if is_group else None, TEACHER_SEATS if is_group else None,
            None if grant.pool is None else ids("0d", grant.pool).id,
            ids("0b", owner_number).id if of_all else None, int(grant.is_demo),
            grant.starts_on.isoformat(), grant.ends_on.isoformat(),
            self._begun if grant.is_assigned else None,
        )  # fmt: skip
