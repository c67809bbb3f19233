"""create the tables of the partner."""

import sqlalchemy as sa
from alembic import op

import app.database

revision: str = "e75538154cf7"
down_revision: str | None = "a0ecf46639e3"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("key_hash", sa.String(), nullable=False),
        sa.Column("scopes", sa.String(), nullable=False),
        sa.Column("revoked_at", app.database.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_keys_key_hash")),
    )
    op.create_table(
        "implementers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_implementers")),
        sa.UniqueConstraint("email", name=op.f("uq_implementers_email")),
    )
    op.create_table(
        "login_attempts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("school_name", sa.String(), nullable=True),
        sa.Column("attempted_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_attempts")),
        sa.UniqueConstraint("reference", name=op.f("uq_login_attempts_reference")),
    )
    with op.batch_alter_table("login_attempts", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_login_attempts_attempted_at"), ["attempted_at"], unique=False
        )

    op.create_table(
        "register_copy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("refreshed_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("unit_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_copy")),
    )
    op.create_table(
        "register_pages",
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("rows", sa.String(), nullable=False),
        sa.Column("fetched_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("step", name=op.f("pk_register_pages")),
    )
    op.create_table(
        "register_units",
        sa.Column("school_unit_code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("organization_number", sa.String(), nullable=True),
        sa.Column("municipality_code", sa.String(), nullable=True),
        sa.Column("unit_type", sa.String(), nullable=True),
        sa.Column("school_types", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("school_unit_code", name=op.f("pk_register_units")),
    )
    with op.batch_alter_table("register_units", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_register_units_municipality_code"), ["municipality_code"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_register_units_organization_number"),
            ["organization_number"],
            unique=False,
        )

    op.create_table(
        "organizations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_number", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("municipality", sa.String(), nullable=True),
        sa.Column("implementer_id", sa.Uuid(), nullable=True),
        sa.Column("agreement_signed_on", sa.Date(), nullable=True),
        sa.Column("data_processing_agreement_signed_on", sa.Date(), nullable=True),
        sa.Column("data_processing_agreement_version", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["implementer_id"], ["implementers.id"], name=op.f("fk_organizations_implementer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizations")),
        sa.UniqueConstraint(
            "organization_number", name=op.f("uq_organizations_organization_number")
        ),
    )
    with op.batch_alter_table("organizations", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_organizations_implementer_id"), ["implementer_id"], unique=False
        )

    op.create_table(
        "accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("email_key", sa.String(), nullable=False),
        sa.Column("first_name", sa.String(), nullable=False),
        sa.Column("last_name", sa.String(), nullable=False),
        sa.Column("created_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_login_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_accounts_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint(
            "organization_id", "email_key", name=op.f("uq_accounts_organization_id_email_key")
        ),
    )
    op.create_table(
        "license_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("skolon_request_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("wanted_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("received_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("changed_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_license_requests_organization_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_license_requests")),
        sa.UniqueConstraint(
            "skolon_request_id", name=op.f("uq_license_requests_skolon_request_id")
        ),
    )
    with op.batch_alter_table("license_requests", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_license_requests_changed_at"), ["changed_at"], unique=False
        )
        batch_op.create_index("ix_license_requests_newest", ["received_at", "id"], unique=False)
        batch_op.create_index(
            "ix_license_requests_newest_of_organization",
            ["organization_id", "received_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_license_requests_newest_of_status", ["status", "received_at", "id"], unique=False
        )

    op.create_table(
        "schools",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("skolon_id", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("folded_name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_schools_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools")),
        sa.UniqueConstraint("skolon_id", name=op.f("uq_schools_skolon_id")),
    )
    with op.batch_alter_table("schools", schema=None) as batch_op:
        batch_op.create_index(
            "ix_schools_known_by_name",
            ["organization_id", "folded_name"],
            unique=True,
            sqlite_where=sa.text("skolon_id IS NULL"),
            postgresql_where=sa.text("skolon_id IS NULL"),
        )
        batch_op.create_index(
            "ix_schools_organization_id_name", ["organization_id", "folded_name"], unique=False
        )

    op.create_table(
        "browser_sessions",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("implementer_id", sa.Uuid(), nullable=True),
        sa.Column("expires_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(account_id IS NULL) <> (implementer_id IS NULL)",
            name=op.f("ck_browser_sessions_one_of_two"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_browser_sessions_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["implementer_id"], ["implementers.id"], name=op.f("fk_browser_sessions_implementer_id")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_browser_sessions")),
    )
    with op.batch_alter_table("browser_sessions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_browser_sessions_account_id"), ["account_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_browser_sessions_expires_at"), ["expires_at"], unique=False
        )

    op.create_table(
        "code_cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("unit_kind", sa.String(), nullable=False),
        sa.Column("standing", sa.String(), nullable=False),
        sa.Column("sent_code", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("opened_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("resolution", sa.String(), nullable=True),
        sa.Column("school_unit_code", sa.String(), nullable=True),
        sa.Column("resolved_at", app.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_code_cases_school_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_cases")),
    )
    with op.batch_alter_table("code_cases", schema=None) as batch_op:
        batch_op.create_index(
            "ix_code_cases_open",
            ["school_id"],
            unique=True,
            sqlite_where=sa.text("status = 'open'"),
            postgresql_where=sa.text("status = 'open'"),
        )
        batch_op.create_index("ix_code_cases_urgency", ["status", "due_on", "id"], unique=False)

    op.create_table(
        "idempotency_keys",
        sa.Column("api_key_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("body_hash", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("license_request_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["api_key_id"], ["api_keys.id"], name=op.f("fk_idempotency_keys_api_key_id")
        ),
        sa.ForeignKeyConstraint(
            ["license_request_id"],
            ["license_requests.id"],
            name=op.f("fk_idempotency_keys_license_request_id"),
        ),
        sa.PrimaryKeyConstraint("api_key_id", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_table(
        "identities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_identities_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identities")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_identities_issuer_subject")),
    )
    with op.batch_alter_table("identities", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identities_account_id"), ["account_id"], unique=False)

    op.create_table(
        "licenses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("license_request_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["license_request_id"],
            ["license_requests.id"],
            name=op.f("fk_licenses_license_request_id"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_licenses_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licenses")),
        sa.UniqueConstraint(
            "license_request_id", "school_id", name=op.f("uq_licenses_license_request_id_school_id")
        ),
    )
    with op.batch_alter_table("licenses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_licenses_school_id"), ["school_id"], unique=False)

    op.create_table(
        "request_checks",
        sa.Column("license_request_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("passed_at", app.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("passed_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["license_request_id"],
            ["license_requests.id"],
            name=op.f("fk_request_checks_license_request_id"),
        ),
        sa.PrimaryKeyConstraint("license_request_id", "name", name=op.f("pk_request_checks")),
    )
    op.create_table(
        "request_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("license_request_id", sa.Uuid(), nullable=False),
        sa.Column("happened_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["license_request_id"],
            ["license_requests.id"],
            name=op.f("fk_request_events_license_request_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_events")),
    )
    with op.batch_alter_table("request_events", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_request_events_license_request_id"), ["license_request_id"], unique=False
        )

    op.create_table(
        "requested_units",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("license_request_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("unit_kind", sa.String(), nullable=False),
        sa.Column("school_unit_code", sa.String(), nullable=True),
        sa.Column("standing", sa.String(), nullable=False),
        sa.Column("students", sa.Integer(), nullable=False),
        sa.Column("teachers", sa.Integer(), nullable=False),
        sa.Column("staff", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["license_request_id"],
            ["license_requests.id"],
            name=op.f("fk_requested_units_license_request_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_requested_units_school_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requested_units")),
        sa.UniqueConstraint(
            "license_request_id",
            "position",
            name=op.f("uq_requested_units_license_request_id_position"),
        ),
    )
    with op.batch_alter_table("requested_units", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_requested_units_school_id"), ["school_id"], unique=False
        )

    op.create_table(
        "school_classes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("skolon_id", sa.String(), nullable=False),
        sa.Column("school_year", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_school_classes_school_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_classes")),
        sa.UniqueConstraint(
            "skolon_id", "school_year", name=op.f("uq_school_classes_skolon_id_school_year")
        ),
    )
    with op.batch_alter_table("school_classes", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_school_classes_school_id"), ["school_id"], unique=False
        )

    op.create_table(
        "school_unit_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("digits", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'fictive') = (substr(digits, 1, 1) = '0')",
            name=op.f("ck_school_unit_codes_fictive_begins_with_zero"),
        ),
        sa.CheckConstraint("length(digits) = 8", name=op.f("ck_school_unit_codes_eight_digits")),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_school_unit_codes_school_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_unit_codes")),
    )
    with op.batch_alter_table("school_unit_codes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_school_unit_codes_digits"), ["digits"], unique=False)
        batch_op.create_index(
            "ix_school_unit_codes_fictive_once",
            ["digits"],
            unique=True,
            sqlite_where=sa.text("kind = 'fictive'"),
            postgresql_where=sa.text("kind = 'fictive'"),
        )
        batch_op.create_index(
            "ix_school_unit_codes_open",
            ["school_id", "digits"],
            unique=True,
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        )

    op.create_table(
        "skolon_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("license_request_id", sa.Uuid(), nullable=True),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("created_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("delivered_at", app.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["license_request_id"],
            ["license_requests.id"],
            name=op.f("fk_skolon_messages_license_request_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skolon_messages")),
    )
    with op.batch_alter_table("skolon_messages", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_skolon_messages_license_request_id"),
            ["license_request_id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_skolon_messages_undelivered",
            ["id"],
            unique=False,
            sqlite_where=sa.text("delivered_at IS NULL"),
            postgresql_where=sa.text("delivered_at IS NULL"),
        )

    op.create_table(
        "placements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("school_class_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("placed_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", app.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_placements_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["school_class_id"], ["school_classes.id"], name=op.f("fk_placements_school_class_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placements")),
    )
    with op.batch_alter_table("placements", schema=None) as batch_op:
        batch_op.create_index(
            "ix_placements_open",
            ["account_id", "school_class_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_placements_school_class_id"), ["school_class_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("placements", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_placements_school_class_id"))
        batch_op.drop_index(
            "ix_placements_open",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.drop_table("placements")
    with op.batch_alter_table("skolon_messages", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_skolon_messages_undelivered",
            sqlite_where=sa.text("delivered_at IS NULL"),
            postgresql_where=sa.text("delivered_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_skolon_messages_license_request_id"))

    op.drop_table("skolon_messages")
    with op.batch_alter_table("school_unit_codes", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_school_unit_codes_open",
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        )
        batch_op.drop_index(
            "ix_school_unit_codes_fictive_once",
            sqlite_where=sa.text("kind = 'fictive'"),
            postgresql_where=sa.text("kind = 'fictive'"),
        )
        batch_op.drop_index(batch_op.f("ix_school_unit_codes_digits"))

    op.drop_table("school_unit_codes")
    with op.batch_alter_table("school_classes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_school_classes_school_id"))

    op.drop_table("school_classes")
    with op.batch_alter_table("requested_units", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_requested_units_school_id"))

    op.drop_table("requested_units")
    with op.batch_alter_table("request_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_request_events_license_request_id"))

    op.drop_table("request_events")
    op.drop_table("request_checks")
    with op.batch_alter_table("licenses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_licenses_school_id"))

    op.drop_table("licenses")
    with op.batch_alter_table("identities", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_identities_account_id"))

    op.drop_table("identities")
    op.drop_table("idempotency_keys")
    with op.batch_alter_table("code_cases", schema=None) as batch_op:
        batch_op.drop_index("ix_code_cases_urgency")
        batch_op.drop_index(
            "ix_code_cases_open",
            sqlite_where=sa.text("status = 'open'"),
            postgresql_where=sa.text("status = 'open'"),
        )

    op.drop_table("code_cases")
    with op.batch_alter_table("browser_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_browser_sessions_expires_at"))
        batch_op.drop_index(batch_op.f("ix_browser_sessions_account_id"))

    op.drop_table("browser_sessions")
    with op.batch_alter_table("schools", schema=None) as batch_op:
        batch_op.drop_index("ix_schools_organization_id_name")
        batch_op.drop_index(
            "ix_schools_known_by_name",
            sqlite_where=sa.text("skolon_id IS NULL"),
            postgresql_where=sa.text("skolon_id IS NULL"),
        )

    op.drop_table("schools")
    with op.batch_alter_table("license_requests", schema=None) as batch_op:
        batch_op.drop_index("ix_license_requests_newest_of_status")
        batch_op.drop_index("ix_license_requests_newest_of_organization")
        batch_op.drop_index("ix_license_requests_newest")
        batch_op.drop_index(batch_op.f("ix_license_requests_changed_at"))

    op.drop_table("license_requests")
    op.drop_table("accounts")
    with op.batch_alter_table("organizations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organizations_implementer_id"))

    op.drop_table("organizations")
    with op.batch_alter_table("register_units", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_register_units_organization_number"))
        batch_op.drop_index(batch_op.f("ix_register_units_municipality_code"))

    op.drop_table("register_units")
    op.drop_table("register_pages")
    op.drop_table("register_copy")
    with op.batch_alter_table("login_attempts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_login_attempts_attempted_at"))

    op.drop_table("login_attempts")
    op.drop_table("implementers")
    op.drop_table("api_keys")
