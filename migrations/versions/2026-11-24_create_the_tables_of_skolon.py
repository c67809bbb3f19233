"""create the tables of skolon."""

import sqlalchemy as sa
from alembic import op

import app.database

revision: str = "a0ecf46639e3"
down_revision: str | None = "a53ac786a62f"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "skolon_change_counters",
        sa.Column("record_kind", sa.String(), nullable=False),
        sa.Column("newest", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("record_kind", name=op.f("pk_skolon_change_counters")),
    )
    op.create_table(
        "skolon_organizations",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("short_code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("municipality", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("public_id", sa.String(length=50), nullable=False),
        sa.Column("change_number", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", app.database.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skolon_organizations")),
        sa.UniqueConstraint("change_number", name=op.f("uq_skolon_organizations_change_number")),
        sa.UniqueConstraint("number", name=op.f("uq_skolon_organizations_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_skolon_organizations_public_id")),
        sa.UniqueConstraint("short_code", name=op.f("uq_skolon_organizations_short_code")),
    )
    op.create_table(
        "skolon_tools",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description_sv", sa.String(), nullable=False),
        sa.Column("description_en", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("launch_url", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skolon_tools")),
        sa.UniqueConstraint("client_id", name=op.f("uq_skolon_tools_client_id")),
    )
    op.create_table(
        "skolon_approvals",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("tool_id", sa.Uuid(), nullable=False),
        sa.Column("approved_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", app.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["skolon_organizations.id"],
            name=op.f("fk_skolon_approvals_organization_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tool_id"], ["skolon_tools.id"], name=op.f("fk_skolon_approvals_tool_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "tool_id", name=op.f("pk_skolon_approvals")),
    )
    with op.batch_alter_table("skolon_approvals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_skolon_approvals_tool_id"), ["tool_id"], unique=False)

    op.create_table(
        "skolon_redirect_uris",
        sa.Column("tool_id", sa.Uuid(), nullable=False),
        sa.Column("uri", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tool_id"], ["skolon_tools.id"], name=op.f("fk_skolon_redirect_uris_tool_id")
        ),
        sa.PrimaryKeyConstraint("tool_id", "uri", name=op.f("pk_skolon_redirect_uris")),
    )
    op.create_table(
        "skolon_schools",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "school",
                "preschool",
                "administrative",
                "other",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("public_id", sa.String(length=50), nullable=False),
        sa.Column("change_number", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", app.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["skolon_organizations.id"],
            name=op.f("fk_skolon_schools_organization_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skolon_schools")),
        sa.UniqueConstraint("change_number", name=op.f("uq_skolon_schools_change_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_skolon_schools_public_id")),
    )
    with op.batch_alter_table("skolon_schools", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_skolon_schools_organization_id"), ["organization_id"], unique=False
        )

    op.create_table(
        "skolon_users",
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column(
            "role",
            sa.Enum(
                "student",
                "teacher",
                "staff",
                "partner",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("first_name", sa.String(), nullable=False),
        sa.Column("last_name", sa.String(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("search_name", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("public_id", sa.String(length=50), nullable=False),
        sa.Column("change_number", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", app.database.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(role = 'partner') = (organization_id IS NULL)",
            name=op.f("ck_skolon_users_partner_or_school"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["skolon_organizations.id"],
            name=op.f("fk_skolon_users_organization_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skolon_users")),
        sa.UniqueConstraint("change_number", name=op.f("uq_skolon_users_change_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_skolon_users_public_id")),
        sa.UniqueConstraint("username", name=op.f("uq_skolon_users_username")),
    )
    with op.batch_alter_table("skolon_users", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_skolon_users_organization_id"), ["organization_id"], unique=False
        )

    op.create_table(
        "skolon_administrators",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["skolon_organizations.id"],
            name=op.f("fk_skolon_administrators_organization_id"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["skolon_users.id"], name=op.f("fk_skolon_administrators_user_id")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_skolon_administrators")),
    )
    op.create_table(
        "skolon_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("tool_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("redirect_uri", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("code_challenge", sa.String(), nullable=True),
        sa.Column("expires_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("redeemed_at", app.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id"], ["skolon_schools.id"], name=op.f("fk_skolon_codes_school_id")
        ),
        sa.ForeignKeyConstraint(
            ["tool_id"], ["skolon_tools.id"], name=op.f("fk_skolon_codes_tool_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["skolon_users.id"], name=op.f("fk_skolon_codes_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skolon_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_skolon_codes_code_hash")),
    )
    with op.batch_alter_table("skolon_codes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_skolon_codes_tool_id"), ["tool_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_skolon_codes_user_id"), ["user_id"], unique=False)

    op.create_table(
        "skolon_groups",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "type",
            sa.Enum(
                "CLASS",
                "TEACHING_GROUP",
                name="type",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("public_id", sa.String(length=50), nullable=False),
        sa.Column("change_number", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", app.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id"], ["skolon_schools.id"], name=op.f("fk_skolon_groups_school_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skolon_groups")),
        sa.UniqueConstraint("change_number", name=op.f("uq_skolon_groups_change_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_skolon_groups_public_id")),
    )
    with op.batch_alter_table("skolon_groups", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_skolon_groups_school_id"), ["school_id"], unique=False)

    op.create_table(
        "skolon_license_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("organization_name", sa.String(), nullable=False),
        sa.Column("municipality", sa.String(), nullable=False),
        sa.Column("tool_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "purchase",
                "transfer",
                "trial",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("wanted_on", sa.Date(), nullable=False),
        sa.Column(
            "delivery",
            sa.Enum(
                "sending",
                "delivered",
                "not_delivered",
                name="delivery",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("tried_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column(
            "failure",
            sa.Enum(
                "unreachable",
                "slow",
                "broken",
                "refused",
                "garbage",
                name="failure",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("receipt", sa.JSON(none_as_null=True), nullable=True),
        sa.Column(
            "progress",
            sa.Enum(
                "received",
                "delayed",
                "confirmed",
                "declined",
                "activated",
                name="progress",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told_at", app.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("available_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("message", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(delivery = 'not_delivered') = (failure IS NOT NULL)",
            name=op.f("ck_skolon_license_requests_failed_for_a_reason"),
        ),
        sa.CheckConstraint(
            "available_on <= ends_on", name=op.f("ck_skolon_license_requests_period")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["skolon_users.id"], name=op.f("fk_skolon_license_requests_asked_by")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["skolon_organizations.id"],
            name=op.f("fk_skolon_license_requests_organization_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tool_id"], ["skolon_tools.id"], name=op.f("fk_skolon_license_requests_tool_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skolon_license_requests")),
    )
    with op.batch_alter_table("skolon_license_requests", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_skolon_license_requests_organization_id_asked_at"),
            ["organization_id", "asked_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_skolon_license_requests_tool_id"), ["tool_id"], unique=False
        )

    op.create_table(
        "skolon_personas",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("description_sv", sa.String(), nullable=False),
        sa.Column("description_en", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["skolon_users.id"], name=op.f("fk_skolon_personas_user_id")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_skolon_personas")),
        sa.UniqueConstraint("key", name=op.f("uq_skolon_personas_key")),
    )
    op.create_table(
        "skolon_school_memberships",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"],
            ["skolon_schools.id"],
            name=op.f("fk_skolon_school_memberships_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["skolon_users.id"], name=op.f("fk_skolon_school_memberships_user_id")
        ),
        sa.PrimaryKeyConstraint("user_id", "school_id", name=op.f("pk_skolon_school_memberships")),
    )
    with op.batch_alter_table("skolon_school_memberships", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_skolon_school_memberships_school_id_user_id"),
            ["school_id", "user_id"],
            unique=False,
        )

    op.create_table(
        "skolon_school_unit_codes",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("added_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["skolon_schools.id"], name=op.f("fk_skolon_school_unit_codes_school_id")
        ),
        sa.PrimaryKeyConstraint("school_id", "code", name=op.f("pk_skolon_school_unit_codes")),
    )
    op.create_table(
        "skolon_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("expires_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["skolon_schools.id"], name=op.f("fk_skolon_sessions_school_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["skolon_users.id"], name=op.f("fk_skolon_sessions_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skolon_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_skolon_sessions_token_hash")),
    )
    with op.batch_alter_table("skolon_sessions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_skolon_sessions_expires_at"), ["expires_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_skolon_sessions_user_id"), ["user_id"], unique=False)

    op.create_table(
        "skolon_group_memberships",
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["skolon_groups.id"], name=op.f("fk_skolon_group_memberships_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["skolon_users.id"], name=op.f("fk_skolon_group_memberships_user_id")
        ),
        sa.PrimaryKeyConstraint("group_id", "user_id", name=op.f("pk_skolon_group_memberships")),
    )
    with op.batch_alter_table("skolon_group_memberships", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_skolon_group_memberships_user_id_group_id"),
            ["user_id", "group_id"],
            unique=False,
        )

    op.create_table(
        "skolon_licenses",
        sa.Column("tool_id", sa.Uuid(), nullable=False),
        sa.Column("owner_school_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("assigned_at", app.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", app.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("public_id", sa.String(length=50), nullable=False),
        sa.Column("change_number", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", app.database.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_skolon_licenses_period")),
        sa.CheckConstraint(
            "withdrawn_at IS NULL OR assigned_at IS NOT NULL",
            name=op.f("ck_skolon_licenses_withdrawn"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_school_id"],
            ["skolon_schools.id"],
            name=op.f("fk_skolon_licenses_owner_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["skolon_license_requests.id"],
            name=op.f("fk_skolon_licenses_request_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tool_id"], ["skolon_tools.id"], name=op.f("fk_skolon_licenses_tool_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skolon_licenses")),
        sa.UniqueConstraint("change_number", name=op.f("uq_skolon_licenses_change_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_skolon_licenses_public_id")),
        sa.UniqueConstraint(
            "request_id",
            "owner_school_id",
            name=op.f("uq_skolon_licenses_request_id_owner_school_id"),
        ),
    )
    with op.batch_alter_table("skolon_licenses", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_skolon_licenses_owner_school_id"), ["owner_school_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_skolon_licenses_tool_id_change_number"),
            ["tool_id", "change_number"],
            unique=False,
        )

    op.create_table(
        "skolon_requested_schools",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "school",
                "preschool",
                "administrative",
                "other",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("school_unit_code", sa.String(), nullable=True),
        sa.Column("students", sa.Integer(), nullable=False),
        sa.Column("teachers", sa.Integer(), nullable=False),
        sa.Column("staff", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "students >= 0 AND teachers >= 0 AND staff >= 0",
            name=op.f("ck_skolon_requested_schools_volumes"),
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["skolon_license_requests.id"],
            name=op.f("fk_skolon_requested_schools_request_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["skolon_schools.id"], name=op.f("fk_skolon_requested_schools_school_id")
        ),
        sa.PrimaryKeyConstraint(
            "request_id", "school_id", name=op.f("pk_skolon_requested_schools")
        ),
        sa.UniqueConstraint(
            "request_id", "position", name=op.f("uq_skolon_requested_schools_request_id_position")
        ),
    )
    with op.batch_alter_table("skolon_requested_schools", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_skolon_requested_schools_school_id"), ["school_id"], unique=False
        )

    op.create_table(
        "skolon_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("access_hash", sa.String(length=64), nullable=False),
        sa.Column("refresh_hash", sa.String(length=64), nullable=True),
        sa.Column("tool_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("code_id", sa.Uuid(), nullable=True),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("expires_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("refresh_expires_at", app.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("refreshed_at", app.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", app.database.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(code_id IS NULL) = (user_id IS NULL)", name=op.f("ck_skolon_tokens_code_of_user")
        ),
        sa.CheckConstraint(
            "(refresh_hash IS NULL) = (refresh_expires_at IS NULL)",
            name=op.f("ck_skolon_tokens_refresh_expires"),
        ),
        sa.CheckConstraint(
            "(refresh_hash IS NULL) = (user_id IS NULL)",
            name=op.f("ck_skolon_tokens_refresh_of_user"),
        ),
        sa.ForeignKeyConstraint(
            ["code_id"], ["skolon_codes.id"], name=op.f("fk_skolon_tokens_code_id")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["skolon_schools.id"], name=op.f("fk_skolon_tokens_school_id")
        ),
        sa.ForeignKeyConstraint(
            ["tool_id"], ["skolon_tools.id"], name=op.f("fk_skolon_tokens_tool_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["skolon_users.id"], name=op.f("fk_skolon_tokens_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skolon_tokens")),
        sa.UniqueConstraint("access_hash", name=op.f("uq_skolon_tokens_access_hash")),
        sa.UniqueConstraint("refresh_hash", name=op.f("uq_skolon_tokens_refresh_hash")),
    )
    with op.batch_alter_table("skolon_tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_skolon_tokens_code_id"), ["code_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_skolon_tokens_tool_id"), ["tool_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_skolon_tokens_user_id"), ["user_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("skolon_tokens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_skolon_tokens_user_id"))
        batch_op.drop_index(batch_op.f("ix_skolon_tokens_tool_id"))
        batch_op.drop_index(batch_op.f("ix_skolon_tokens_code_id"))

    op.drop_table("skolon_tokens")
    with op.batch_alter_table("skolon_requested_schools", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_skolon_requested_schools_school_id"))

    op.drop_table("skolon_requested_schools")
    with op.batch_alter_table("skolon_licenses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_skolon_licenses_tool_id_change_number"))
        batch_op.drop_index(batch_op.f("ix_skolon_licenses_owner_school_id"))

    op.drop_table("skolon_licenses")
    with op.batch_alter_table("skolon_group_memberships", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_skolon_group_memberships_user_id_group_id"))

    op.drop_table("skolon_group_memberships")
    with op.batch_alter_table("skolon_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_skolon_sessions_user_id"))
        batch_op.drop_index(batch_op.f("ix_skolon_sessions_expires_at"))

    op.drop_table("skolon_sessions")
    op.drop_table("skolon_school_unit_codes")
    with op.batch_alter_table("skolon_school_memberships", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_skolon_school_memberships_school_id_user_id"))

    op.drop_table("skolon_school_memberships")
    op.drop_table("skolon_personas")
    with op.batch_alter_table("skolon_license_requests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_skolon_license_requests_tool_id"))
        batch_op.drop_index(batch_op.f("ix_skolon_license_requests_organization_id_asked_at"))

    op.drop_table("skolon_license_requests")
    with op.batch_alter_table("skolon_groups", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_skolon_groups_school_id"))

    op.drop_table("skolon_groups")
    with op.batch_alter_table("skolon_codes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_skolon_codes_user_id"))
        batch_op.drop_index(batch_op.f("ix_skolon_codes_tool_id"))

    op.drop_table("skolon_codes")
    op.drop_table("skolon_administrators")
    with op.batch_alter_table("skolon_users", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_skolon_users_organization_id"))

    op.drop_table("skolon_users")
    with op.batch_alter_table("skolon_schools", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_skolon_schools_organization_id"))

    op.drop_table("skolon_schools")
    op.drop_table("skolon_redirect_uris")
    with op.batch_alter_table("skolon_approvals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_skolon_approvals_tool_id"))

    op.drop_table("skolon_approvals")
    op.drop_table("skolon_tools")
    op.drop_table("skolon_organizations")
    op.drop_table("skolon_change_counters")
