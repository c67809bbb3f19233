"""Give license pools links, and organizations licenses.

In a nation, up on SQLite: writers wait up to 3.1 s for `skolon_seats`.
In a nation, down on SQLite: writers wait up to 2.6 s for `skolon_seats`.
In a nation, up on PostgreSQL: everybody waits up to 0.4 s for `skolon_seats`; writers wait up to
  1.2 s for `skolon_users`.
In a nation, down on PostgreSQL: everybody waits up to 0.0 s for `skolon_seats`, `skolon_users`.
"""

import sqlalchemy as sa
from alembic import op

import app.database

revision: str = "bd46b58194a0"
down_revision: str | None = "dff40ea1ce93"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "skolon_organization_licenses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tool_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
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
        ),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("made_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "starts_on <= ends_on", name=op.f("ck_skolon_organization_licenses_period")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["skolon_organizations.id"],
            name=op.f("fk_skolon_organization_licenses_organization_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tool_id"], ["skolon_tools.id"], name=op.f("fk_skolon_organization_licenses_tool_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skolon_organization_licenses")),
    )
    with op.batch_alter_table("skolon_organization_licenses", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_skolon_organization_licenses_organization_id"),
            ["organization_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_skolon_organization_licenses_tool_id"), ["tool_id"], unique=False
        )

    op.create_table(
        "skolon_school_administrators",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"],
            ["skolon_schools.id"],
            name=op.f("fk_skolon_school_administrators_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["skolon_users.id"], name=op.f("fk_skolon_school_administrators_user_id")
        ),
        sa.PrimaryKeyConstraint(
            "user_id", "school_id", name=op.f("pk_skolon_school_administrators")
        ),
    )
    with op.batch_alter_table("skolon_school_administrators", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_skolon_school_administrators_school_id"), ["school_id"], unique=False
        )

    op.create_table(
        "skolon_pool_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("linked_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "group_id IS NULL OR user_id IS NULL", name=op.f("ck_skolon_pool_links_one_target")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["skolon_groups.id"], name=op.f("fk_skolon_pool_links_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["skolon_license_pools.id"], name=op.f("fk_skolon_pool_links_pool_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["skolon_users.id"], name=op.f("fk_skolon_pool_links_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skolon_pool_links")),
        sa.UniqueConstraint(
            "pool_id", "group_id", name=op.f("uq_skolon_pool_links_pool_id_group_id")
        ),
        sa.UniqueConstraint(
            "pool_id", "user_id", name=op.f("uq_skolon_pool_links_pool_id_user_id")
        ),
    )
    with op.batch_alter_table("skolon_pool_links", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_skolon_pool_links_group_id"), ["group_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_skolon_pool_links_user_id"), ["user_id"], unique=False)
        batch_op.create_index(
            "uq_skolon_pool_links_school",
            ["pool_id"],
            unique=True,
            sqlite_where=sa.text("group_id IS NULL AND user_id IS NULL"),
            postgresql_where=sa.text("group_id IS NULL AND user_id IS NULL"),
        )

    op.create_table(
        "skolon_pool_waits",
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("since", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["skolon_license_pools.id"], name=op.f("fk_skolon_pool_waits_pool_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["skolon_users.id"], name=op.f("fk_skolon_pool_waits_user_id")
        ),
        sa.PrimaryKeyConstraint("pool_id", "user_id", name=op.f("pk_skolon_pool_waits")),
    )
    with op.batch_alter_table("skolon_pool_waits", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_skolon_pool_waits_pool_id_since"), ["pool_id", "since"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_skolon_pool_waits_user_id"), ["user_id"], unique=False)

    with op.batch_alter_table("skolon_license_pools", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("fills_itself", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(
            sa.Column(
                "made_at",
                app.database.UtcDateTime(timezone=True),
                nullable=False,
                server_default="2026-08-17 06:00:00",
            )
        )
        batch_op.add_column(
            sa.Column("deleted_at", app.database.UtcDateTime(timezone=True), nullable=True)
        )

    with op.batch_alter_table("skolon_license_pools", schema=None) as batch_op:
        batch_op.alter_column("fills_itself", server_default=None)
        batch_op.alter_column("made_at", server_default=None)

    # What they referred to had no table until now.
    op.execute("UPDATE skolon_licenses SET bundle_id = NULL")
    with op.batch_alter_table("skolon_licenses", schema=None) as batch_op:
        batch_op.create_foreign_key(
            batch_op.f("fk_skolon_licenses_bundle_id"),
            "skolon_organization_licenses",
            ["bundle_id"],
            ["id"],
        )

    with op.batch_alter_table("skolon_seats", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("is_single", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column("pool_id", sa.Uuid(), nullable=True))

    op.execute(
        "UPDATE skolon_seats SET is_single = true WHERE license_id IN"
        " (SELECT id FROM skolon_licenses WHERE type = 'single')"
    )
    with op.batch_alter_table("skolon_seats", schema=None) as batch_op:
        batch_op.alter_column("is_single", server_default=None)
        batch_op.create_index(
            "uq_skolon_seats_pool",
            ["pool_id", "user_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL AND pool_id IS NOT NULL"),
            postgresql_where=sa.text("ended_at IS NULL AND pool_id IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_skolon_seats_single",
            ["license_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL AND is_single"),
            postgresql_where=sa.text("ended_at IS NULL AND is_single"),
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_skolon_seats_pool_id"), "skolon_license_pools", ["pool_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("skolon_seats", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_skolon_seats_pool_id"), type_="foreignkey")
        batch_op.drop_index(
            "uq_skolon_seats_single",
            sqlite_where=sa.text("ended_at IS NULL AND is_single"),
            postgresql_where=sa.text("ended_at IS NULL AND is_single"),
        )
        batch_op.drop_index(
            "uq_skolon_seats_pool",
            sqlite_where=sa.text("ended_at IS NULL AND pool_id IS NOT NULL"),
            postgresql_where=sa.text("ended_at IS NULL AND pool_id IS NOT NULL"),
        )
        batch_op.drop_column("pool_id")
        batch_op.drop_column("is_single")

    with op.batch_alter_table("skolon_licenses", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_skolon_licenses_bundle_id"), type_="foreignkey")

    with op.batch_alter_table("skolon_license_pools", schema=None) as batch_op:
        batch_op.drop_column("deleted_at")
        batch_op.drop_column("made_at")
        batch_op.drop_column("fills_itself")

    with op.batch_alter_table("skolon_pool_waits", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_skolon_pool_waits_user_id"))
        batch_op.drop_index(batch_op.f("ix_skolon_pool_waits_pool_id_since"))

    op.drop_table("skolon_pool_waits")
    with op.batch_alter_table("skolon_pool_links", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_skolon_pool_links_school",
            sqlite_where=sa.text("group_id IS NULL AND user_id IS NULL"),
            postgresql_where=sa.text("group_id IS NULL AND user_id IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_skolon_pool_links_user_id"))
        batch_op.drop_index(batch_op.f("ix_skolon_pool_links_group_id"))

    op.drop_table("skolon_pool_links")
    with op.batch_alter_table("skolon_school_administrators", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_skolon_school_administrators_school_id"))

    op.drop_table("skolon_school_administrators")
    with op.batch_alter_table("skolon_organization_licenses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_skolon_organization_licenses_tool_id"))
        batch_op.drop_index(batch_op.f("ix_skolon_organization_licenses_organization_id"))

    op.drop_table("skolon_organization_licenses")
