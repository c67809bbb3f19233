"""Give licenses types and seats, and tell tools by webhook.

In a nation, up on SQLite: writers wait up to 140.6 s for `skolon_users`.
In a nation, down on SQLite: writers wait up to 21.7 s for `skolon_users`.
In a nation, up on PostgreSQL: everybody waits up to 159.9 s for `skolon_users`.
In a nation, down on PostgreSQL: everybody waits up to 0.7 s for `skolon_users`.
"""

import sqlalchemy as sa
from alembic import op

import app.database

revision: str = "dff40ea1ce93"
down_revision: str | None = "5f0a1c2b3d4e"
branch_labels: str | None = None
depends_on: str | None = None

# What every tool could ask for until now.
SCOPES = (
    "authenticatedUser.profile.read authenticatedUser.identifier"
    " authenticatedUser.profile.identifier authenticatedUser.school.read"
    " authenticatedUser.groups.read authenticatedUser.licenses.read groups.members.read"
)


def upgrade() -> None:
    op.create_table(
        "skolon_switches",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("positions", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skolon_switches")),
    )
    op.create_table(
        "skolon_call_counts",
        sa.Column("tool_id", sa.Uuid(), nullable=False),
        sa.Column("since", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tool_id"], ["skolon_tools.id"], name=op.f("fk_skolon_call_counts_tool_id")
        ),
        sa.PrimaryKeyConstraint("tool_id", name=op.f("pk_skolon_call_counts")),
    )
    op.create_table(
        "skolon_edit_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tool_id", sa.Uuid(), nullable=False),
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column("noted_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tool_id"], ["skolon_tools.id"], name=op.f("fk_skolon_edit_notes_tool_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skolon_edit_notes")),
    )
    with op.batch_alter_table("skolon_edit_notes", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_skolon_edit_notes_tool_id_noted_at"),
            ["tool_id", "noted_at"],
            unique=False,
        )

    op.create_table(
        "skolon_webhooks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tool_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "data-edits",
                "remove-user",
                "remove-class",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("made_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "delivered",
                "failed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("due_at", app.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("leased_until", app.database.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'waiting') = (due_at IS NOT NULL)", name=op.f("ck_skolon_webhooks_due")
        ),
        sa.ForeignKeyConstraint(
            ["tool_id"], ["skolon_tools.id"], name=op.f("fk_skolon_webhooks_tool_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skolon_webhooks")),
    )
    with op.batch_alter_table("skolon_webhooks", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_skolon_webhooks_made_at_id"), ["made_at", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_skolon_webhooks_state_due_at"), ["state", "due_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_skolon_webhooks_tool_id"), ["tool_id"], unique=False)

    op.create_table(
        "skolon_license_pools",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tool_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["skolon_schools.id"], name=op.f("fk_skolon_license_pools_school_id")
        ),
        sa.ForeignKeyConstraint(
            ["tool_id"], ["skolon_tools.id"], name=op.f("fk_skolon_license_pools_tool_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skolon_license_pools")),
    )
    with op.batch_alter_table("skolon_license_pools", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_skolon_license_pools_school_id"), ["school_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_skolon_license_pools_tool_id"), ["tool_id"], unique=False
        )

    op.create_table(
        "skolon_webhook_attempts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column(
            "failure",
            sa.Enum(
                "unreachable",
                "slow",
                "refused",
                "redirected",
                "too_large",
                "forbidden",
                "no_address",
                name="failure",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(
            ["webhook_id"],
            ["skolon_webhooks.id"],
            name=op.f("fk_skolon_webhook_attempts_webhook_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skolon_webhook_attempts")),
        sa.UniqueConstraint(
            "webhook_id", "number", name=op.f("uq_skolon_webhook_attempts_webhook_id_number")
        ),
    )
    with op.batch_alter_table("skolon_groups", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_skolon_groups_change_number"), type_="unique")
        batch_op.create_index(
            batch_op.f("ix_skolon_groups_change_number"), ["change_number"], unique=False
        )

    with op.batch_alter_table("skolon_licenses", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "type",
                sa.Enum(
                    "single",
                    "group",
                    "school",
                    "organization",
                    name="type",
                    native_enum=False,
                    create_constraint=True,
                    length=20,
                ),
                nullable=False,
                server_default="school",
            )
        )
        batch_op.add_column(
            sa.Column(
                "audience",
                sa.Enum(
                    "all",
                    "students",
                    "teachers",
                    name="audience",
                    native_enum=False,
                    create_constraint=True,
                    length=20,
                ),
                nullable=False,
                server_default="all",
            )
        )
        batch_op.add_column(sa.Column("organization_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("group_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("student_seats", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("teacher_seats", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("pool_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("bundle_id", sa.Uuid(), nullable=True))

    op.execute(
        "UPDATE skolon_licenses SET organization_id = (SELECT organization_id FROM skolon_schools"
        " WHERE skolon_schools.id = skolon_licenses.owner_school_id)"
    )
    with op.batch_alter_table("skolon_licenses", schema=None) as batch_op:
        batch_op.alter_column("type", server_default=None)
        batch_op.alter_column("audience", server_default=None)
        batch_op.alter_column("organization_id", nullable=False)
        batch_op.create_check_constraint(
            batch_op.f("ck_skolon_licenses_group"), "(type = 'group') = (group_id IS NOT NULL)"
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_skolon_licenses_seats"), "student_seats >= 0 AND teacher_seats >= 0"
        )
        batch_op.drop_constraint(batch_op.f("uq_skolon_licenses_change_number"), type_="unique")
        batch_op.create_index(
            batch_op.f("ix_skolon_licenses_bundle_id"), ["bundle_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_skolon_licenses_change_number"), ["change_number"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_skolon_licenses_group_id"), ["group_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_skolon_licenses_organization_id"), ["organization_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_skolon_licenses_pool_id"), ["pool_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_skolon_licenses_group_id"), "skolon_groups", ["group_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_skolon_licenses_organization_id"),
            "skolon_organizations",
            ["organization_id"],
            ["id"],
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_skolon_licenses_pool_id"), "skolon_license_pools", ["pool_id"], ["id"]
        )

    with op.batch_alter_table("skolon_organizations", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("uq_skolon_organizations_change_number"), type_="unique"
        )
        batch_op.create_index(
            batch_op.f("ix_skolon_organizations_change_number"), ["change_number"], unique=False
        )

    with op.batch_alter_table("skolon_schools", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_skolon_schools_change_number"), type_="unique")
        batch_op.create_index(
            batch_op.f("ix_skolon_schools_change_number"), ["change_number"], unique=False
        )

    with op.batch_alter_table("skolon_tools", schema=None) as batch_op:
        batch_op.add_column(sa.Column("provider", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(
            sa.Column("external_id", sa.String(), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("data_edits_url", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("remove_user_url", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("remove_class_url", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("scopes", sa.String(), nullable=False, server_default=SCOPES))
    with op.batch_alter_table("skolon_tools", schema=None) as batch_op:
        batch_op.alter_column("provider", server_default=None)
        batch_op.alter_column("external_id", server_default=None)
        batch_op.alter_column("scopes", server_default=None)

    with op.batch_alter_table("skolon_users", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_skolon_users_change_number"), type_="unique")
        batch_op.create_index(
            batch_op.f("ix_skolon_users_change_number"), ["change_number"], unique=False
        )

    op.create_table(
        "skolon_seats",
        sa.Column("license_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("given_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", app.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["license_id"], ["skolon_licenses.id"], name=op.f("fk_skolon_seats_license_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["skolon_users.id"], name=op.f("fk_skolon_seats_user_id")
        ),
        sa.PrimaryKeyConstraint("license_id", "user_id", name=op.f("pk_skolon_seats")),
    )
    with op.batch_alter_table("skolon_seats", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_skolon_seats_user_id_license_id"),
            ["user_id", "license_id"],
            unique=False,
        )

    # Whom a license covers could be worked out until now; from now on it is written down.
    op.execute(
        "INSERT INTO skolon_seats (license_id, user_id, given_at, ended_at)"
        " SELECT skolon_licenses.id, skolon_school_memberships.user_id,"
        " skolon_licenses.assigned_at, skolon_licenses.withdrawn_at"
        " FROM skolon_licenses JOIN skolon_school_memberships"
        " ON skolon_school_memberships.school_id = skolon_licenses.owner_school_id"
        " WHERE skolon_licenses.assigned_at IS NOT NULL"
    )


def downgrade() -> None:
    with op.batch_alter_table("skolon_users", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_skolon_users_change_number"))
        batch_op.create_unique_constraint(
            batch_op.f("uq_skolon_users_change_number"), ["change_number"]
        )

    with op.batch_alter_table("skolon_tools", schema=None) as batch_op:
        batch_op.drop_column("scopes")
        batch_op.drop_column("remove_class_url")
        batch_op.drop_column("remove_user_url")
        batch_op.drop_column("data_edits_url")
        batch_op.drop_column("external_id")
        batch_op.drop_column("provider")

    with op.batch_alter_table("skolon_schools", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_skolon_schools_change_number"))
        batch_op.create_unique_constraint(
            batch_op.f("uq_skolon_schools_change_number"), ["change_number"]
        )

    with op.batch_alter_table("skolon_organizations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_skolon_organizations_change_number"))
        batch_op.create_unique_constraint(
            batch_op.f("uq_skolon_organizations_change_number"), ["change_number"]
        )

    with op.batch_alter_table("skolon_licenses", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_skolon_licenses_pool_id"), type_="foreignkey")
        batch_op.drop_constraint(
            batch_op.f("fk_skolon_licenses_organization_id"), type_="foreignkey"
        )
        batch_op.drop_constraint(batch_op.f("fk_skolon_licenses_group_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_skolon_licenses_pool_id"))
        batch_op.drop_index(batch_op.f("ix_skolon_licenses_organization_id"))
        batch_op.drop_index(batch_op.f("ix_skolon_licenses_group_id"))
        batch_op.drop_index(batch_op.f("ix_skolon_licenses_change_number"))
        batch_op.drop_index(batch_op.f("ix_skolon_licenses_bundle_id"))
        batch_op.create_unique_constraint(
            batch_op.f("uq_skolon_licenses_change_number"), ["change_number"]
        )
        for checked in ("type", "audience", "seats"):
            batch_op.drop_constraint(batch_op.f(f"ck_skolon_licenses_{checked}"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_skolon_licenses_group"), type_="check")
        batch_op.drop_column("bundle_id")
        batch_op.drop_column("pool_id")
        batch_op.drop_column("teacher_seats")
        batch_op.drop_column("student_seats")
        batch_op.drop_column("group_id")
        batch_op.drop_column("organization_id")
        batch_op.drop_column("audience")
        batch_op.drop_column("type")

    with op.batch_alter_table("skolon_groups", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_skolon_groups_change_number"))
        batch_op.create_unique_constraint(
            batch_op.f("uq_skolon_groups_change_number"), ["change_number"]
        )

    with op.batch_alter_table("skolon_seats", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_skolon_seats_user_id_license_id"))

    op.drop_table("skolon_seats")
    op.drop_table("skolon_webhook_attempts")
    with op.batch_alter_table("skolon_license_pools", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_skolon_license_pools_tool_id"))
        batch_op.drop_index(batch_op.f("ix_skolon_license_pools_school_id"))

    op.drop_table("skolon_license_pools")
    with op.batch_alter_table("skolon_webhooks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_skolon_webhooks_tool_id"))
        batch_op.drop_index(batch_op.f("ix_skolon_webhooks_state_due_at"))
        batch_op.drop_index(batch_op.f("ix_skolon_webhooks_made_at_id"))

    op.drop_table("skolon_webhooks")
    with op.batch_alter_table("skolon_edit_notes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_skolon_edit_notes_tool_id_noted_at"))

    op.drop_table("skolon_edit_notes")
    op.drop_table("skolon_call_counts")
    op.drop_table("skolon_switches")
