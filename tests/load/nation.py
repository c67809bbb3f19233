"""Fills a world with as many users as Sweden has pupils, by statements of the database's own."""

from sqlalchemy import Connection

from app.database import Database
from app.skolon import changes
from app.skolon.models import Group, License, School, User

USERS_AT_A_SCHOOL = 1000
USERS_IN_A_CLASS = 25

# n in a text of the width that ids have.
_SQLITE = {
    "numbers": "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers"
    " WHERE n < {most})",
    "uuid": "printf('%s%030x', '{kind}', {n})",
    "text": "printf('{kind}%048d', {n})",
}
_POSTGRESQL = {
    "numbers": "WITH numbers (n) AS (SELECT generate_series(1, {most}))",
    "uuid": "('{kind}' || lpad(to_hex({n}), 30, '0'))::uuid",
    "text": "'{kind}' || lpad(({n})::text, 48, '0')",
}


def fill(database: Database, users: int) -> None:
    """Add schools of a thousand users each, all with an assigned license of the demo's tool."""
    schools, classes = users // USERS_AT_A_SCHOOL, users // USERS_IN_A_CLASS
    with database.write() as session:
        connection = session.connection()
        for number, statements in (
            (schools, (_SCHOOLS, _CODES, _LICENSES)),
            (users, (_USERS, _MEMBERSHIPS, _SEATS)),
            (classes, (_CLASSES,)),
            (users, (_CLASS_MEMBERSHIPS,)),
        ):
            for statement in statements:
                _insert(connection, number, statement)
        for kind, number in (
            (License, schools),
            (School, schools),
            (User, users),
            (Group, classes),
        ):
            changes.draw(session, kind, number)
    _analyze(database)


def skolon_id_of(number: int) -> str:
    """Return the id that Skolon tells of the nation's user of this number, from 1 on."""
    return f"us{number:048}"


def _analyze(database: Database) -> None:
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()


# After the demo's own change numbers.
_OFFSET = "(SELECT newest FROM skolon_change_counters WHERE record_kind = '{record}')"
_TOWN = "(SELECT id FROM skolon_organizations ORDER BY change_number LIMIT 1)"
_TOOL = "(SELECT id FROM skolon_tools LIMIT 1)"
_NOW = "'2026-08-17 06:00:00'"

_SCHOOLS = (
    "INSERT INTO skolon_schools (id, public_id, change_number, organization_id, name, kind)"
    " {numbers} SELECT {school}, {school_text}, n + " + _OFFSET.format(record="School") + ", "
    + _TOWN + ", 'Skola ' || n, 'school' FROM numbers"
)  # fmt: skip
_CODES = (
    "INSERT INTO skolon_school_unit_codes (school_id, code, added_at)"
    " {numbers} SELECT {school}, '10000001', " + _NOW + " FROM numbers"
)
_LICENSES = (
    "INSERT INTO skolon_licenses (id, public_id, change_number, tool_id, type, audience,"
    " organization_id, owner_school_id, is_demo, starts_on, ends_on, assigned_at)"
    " {numbers} SELECT {license}, {license_text}, n, " + _TOOL + ", 'school', 'all', " + _TOWN
    + ", {school}, {false}, '2026-08-01', '2027-06-30', " + _NOW + " FROM numbers"
)  # fmt: skip
_USERS = (
    "INSERT INTO skolon_users (id, public_id, change_number, organization_id, role, first_name,"
    " last_name, username, email, language, search_name)"
    " {numbers} SELECT {user}, {user_text}, n + " + _OFFSET.format(record="User") + ", " + _TOWN
    + ", 'student', 'Elev', 'Nummer ' || n, 'elev' || n || '@nation.example',"
    " 'elev' || n || '@nation.example', 'sv', 'elev nummer ' || n FROM numbers"
)  # fmt: skip
_MEMBERSHIPS = (
    "INSERT INTO skolon_school_memberships (user_id, school_id, position)"
    " {numbers} SELECT {user}, {school_of_user}, 0 FROM numbers"
)
_SEATS = (
    "INSERT INTO skolon_seats (license_id, user_id, given_at, is_single)"
    " {numbers} SELECT {license_of_user}, {user}, " + _NOW + ", {false} FROM numbers"
)
_CLASSES = (
    "INSERT INTO skolon_groups (id, public_id, change_number, school_id, name, type)"
    " {numbers} SELECT {group}, {group_text}, n + " + _OFFSET.format(record="Group")
    + ", {school_of_group}, 'Klass ' || n, 'CLASS' FROM numbers"
)  # fmt: skip
_CLASS_MEMBERSHIPS = (
    "INSERT INTO skolon_group_memberships (group_id, user_id)"
    " {numbers} SELECT {group_of_user}, {user} FROM numbers"
)


def _insert(connection: Connection, most: int, statement: str) -> None:
    sql = _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL
    school_of = f"((n - 1) / {USERS_AT_A_SCHOOL} + 1)"
    group_of = f"((n - 1) / {USERS_IN_A_CLASS} + 1)"
    school_of_group = f"((n - 1) / {USERS_AT_A_SCHOOL // USERS_IN_A_CLASS} + 1)"

    def named(form: str, kind: str, n: str = "n") -> str:
        return sql[form].format(kind=kind, n=n)

    connection.exec_driver_sql(
        statement.format(
            numbers=sql["numbers"].format(most=most),
            school=named("uuid", "5c"),
            school_text=named("text", "sc"),
            license=named("uuid", "1c"),
            license_text=named("text", "lc"),
            user=named("uuid", "05"),
            user_text=named("text", "us"),
            group=named("uuid", "9c"),
            group_text=named("text", "gr"),
            school_of_user=named("uuid", "5c", school_of),
            group_of_user=named("uuid", "9c", group_of),
            school_of_group=named("uuid", "5c", school_of_group),
            license_of_user=named("uuid", "1c", school_of),
            false="0" if sql is _SQLITE else "false",
        ).replace("%", "%%" if sql is _POSTGRESQL else "%")
    )
