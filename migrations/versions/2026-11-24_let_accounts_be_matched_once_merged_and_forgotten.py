"""Let accounts be matched once, merged and forgotten.

In a nation, up on SQLite: writers wait up to 5.0 s for `accounts`, `identities`, `placements`.
In a nation, down on SQLite: writers wait up to 4.5 s for `accounts`, `identities`, `placements`.
In a nation, up on PostgreSQL: everybody waits up to 8.1 s for `accounts`, `identities`,
  `placements`; writers wait up to 8.1 s for `accounts`.
In a nation, down on PostgreSQL: everybody waits up to 0.4 s for `accounts`, `identities`,
  `placements`.
"""

import sqlalchemy as sa
from alembic import op

import app.database

revision: str = "35fda74a1336"
down_revision: str | None = "a4d21945e290"
branch_labels: str | None = None
depends_on: str | None = None

# What the older tables cannot hold; the first of several accounts with one email keeps it.
WITHOUT_A_PLACE_BEFORE = """
UPDATE accounts SET merged_into_id = NULL;
DELETE FROM placements WHERE account_id IS NULL OR account_id IN
    (SELECT id FROM accounts WHERE organization_id IS NULL);
DELETE FROM identities WHERE account_id IN
    (SELECT id FROM accounts WHERE organization_id IS NULL);
DELETE FROM browser_sessions;
DELETE FROM merges;
DELETE FROM completed_lessons;
DELETE FROM account_events;
DELETE FROM accounts WHERE organization_id IS NULL;
DELETE FROM placements WHERE school_class_id IN
    (SELECT id FROM school_classes WHERE skolon_id IS NULL);
DELETE FROM school_classes WHERE skolon_id IS NULL;
UPDATE accounts SET email_key = email_key || '#' || CAST(id AS VARCHAR)
    WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER
    (PARTITION BY organization_id, email_key ORDER BY id) AS place FROM accounts) AS numbered
    WHERE place > 1)
"""


def upgrade() -> None:
    op.create_table(
        "account_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("happened_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_events_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_events")),
    )
    with op.batch_alter_table("account_events", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_account_events_account_id"), ["account_id"], unique=False
        )

    op.create_table(
        "completed_lessons",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("lesson", sa.String(), nullable=False),
        sa.Column("completed_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_completed_lessons_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_completed_lessons")),
        sa.UniqueConstraint(
            "account_id", "lesson", name=op.f("uq_completed_lessons_account_id_lesson")
        ),
    )
    op.create_table(
        "merges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kept_account_id", sa.Uuid(), nullable=False),
        sa.Column("merged_account_id", sa.Uuid(), nullable=False),
        sa.Column("proved_by", sa.String(), nullable=False),
        sa.Column("merged_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.Column("undone_at", app.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["kept_account_id"], ["accounts.id"], name=op.f("fk_merges_kept_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["merged_account_id"], ["accounts.id"], name=op.f("fk_merges_merged_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merges")),
    )
    with op.batch_alter_table("merges", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_merges_kept_account_id"), ["kept_account_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_merges_merged_account_id"), ["merged_account_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_merges_merged_at"), ["merged_at"], unique=False)

    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("school_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("match_key", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("language", sa.String(), nullable=True))
        batch_op.alter_column("last_login_at", new_column_name="last_used_at")
        batch_op.add_column(sa.Column("merged_into_id", sa.Uuid(), nullable=True))
        batch_op.alter_column("organization_id", existing_type=sa.CHAR(length=32), nullable=True)
        batch_op.drop_constraint(
            batch_op.f("uq_accounts_organization_id_email_key"), type_="unique"
        )
        batch_op.create_index(batch_op.f("ix_accounts_email_key"), ["email_key"], unique=False)
        batch_op.create_index(
            "ix_accounts_matched_anywhere",
            ["match_key"],
            unique=True,
            sqlite_where=sa.text("organization_id IS NULL"),
            postgresql_where=sa.text("organization_id IS NULL"),
        )
        batch_op.create_index(
            "ix_accounts_merged",
            ["merged_into_id"],
            unique=False,
            sqlite_where=sa.text("merged_into_id IS NOT NULL"),
            postgresql_where=sa.text("merged_into_id IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_accounts_organization_id"), ["organization_id"], unique=False
        )
        batch_op.create_unique_constraint(
            batch_op.f("uq_accounts_match_key_organization_id"), ["match_key", "organization_id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_accounts_merged_into_id"), "accounts", ["merged_into_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_accounts_school_id"), "schools", ["school_id"], ["id"]
        )

    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.create_index(
            "ix_accounts_live",
            ["last_used_at", "id"],
            unique=False,
            sqlite_where=sa.text("merged_into_id IS NULL"),
            postgresql_where=sa.text("merged_into_id IS NULL"),
        )

    with op.batch_alter_table("browser_sessions", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("last_used_at", app.database.UtcDateTime(timezone=True), nullable=True)
        )
        batch_op.add_column(sa.Column("proved_account_id", sa.Uuid(), nullable=True))
        batch_op.add_column(
            sa.Column("proved_at", app.database.UtcDateTime(timezone=True), nullable=True)
        )
        batch_op.add_column(sa.Column("proved_by", sa.String(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_browser_sessions_proved_account_id"), ["proved_account_id"], unique=False
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_browser_sessions_proved_account_id"),
            "accounts",
            ["proved_account_id"],
            ["id"],
        )
    # Those that are open get their whole time; it is not known when they were used.
    op.execute("UPDATE browser_sessions SET last_used_at = expires_at")
    with op.batch_alter_table("browser_sessions", schema=None) as batch_op:
        batch_op.alter_column("last_used_at", nullable=False)

    with op.batch_alter_table("identities", schema=None) as batch_op:
        batch_op.add_column(sa.Column("first_name", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("last_name", sa.String(), nullable=True))
    op.execute("""
        UPDATE identities SET
            first_name = (SELECT first_name FROM accounts WHERE accounts.id = account_id),
            last_name = (SELECT last_name FROM accounts WHERE accounts.id = account_id)
    """)
    with op.batch_alter_table("identities", schema=None) as batch_op:
        batch_op.alter_column("first_name", nullable=False)
        batch_op.alter_column("last_name", nullable=False)

    with op.batch_alter_table("placements", schema=None) as batch_op:
        batch_op.alter_column("account_id", existing_type=sa.CHAR(length=32), nullable=True)
        batch_op.create_index(batch_op.f("ix_placements_account_id"), ["account_id"], unique=False)
        batch_op.add_column(sa.Column("identity_id", sa.Uuid(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_placements_identity_id"), ["identity_id"], unique=False
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_placements_identity_id"), "identities", ["identity_id"], ["id"]
        )
    op.execute("""
        UPDATE placements SET identity_id = (SELECT identities.id FROM identities
            WHERE identities.account_id = placements.account_id)
    """)

    with op.batch_alter_table("school_classes", schema=None) as batch_op:
        batch_op.alter_column("skolon_id", existing_type=sa.VARCHAR(), nullable=True)


def downgrade() -> None:
    for statement in WITHOUT_A_PLACE_BEFORE.split(";"):
        op.execute(statement)
    with op.batch_alter_table("school_classes", schema=None) as batch_op:
        batch_op.alter_column("skolon_id", existing_type=sa.VARCHAR(), nullable=False)

    with op.batch_alter_table("placements", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_placements_identity_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_placements_identity_id"))
        batch_op.drop_column("identity_id")
        batch_op.drop_index(batch_op.f("ix_placements_account_id"))
        batch_op.alter_column("account_id", existing_type=sa.CHAR(length=32), nullable=False)

    with op.batch_alter_table("identities", schema=None) as batch_op:
        batch_op.drop_column("last_name")
        batch_op.drop_column("first_name")

    with op.batch_alter_table("browser_sessions", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_browser_sessions_proved_account_id"), type_="foreignkey"
        )
        batch_op.drop_index(batch_op.f("ix_browser_sessions_proved_account_id"))
        batch_op.drop_column("proved_by")
        batch_op.drop_column("proved_at")
        batch_op.drop_column("proved_account_id")
        batch_op.drop_column("last_used_at")

    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_accounts_school_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_accounts_merged_into_id"), type_="foreignkey")
        batch_op.drop_constraint(
            batch_op.f("uq_accounts_match_key_organization_id"), type_="unique"
        )
        batch_op.drop_index(batch_op.f("ix_accounts_organization_id"))
        batch_op.drop_index(
            "ix_accounts_merged",
            sqlite_where=sa.text("merged_into_id IS NOT NULL"),
            postgresql_where=sa.text("merged_into_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_accounts_matched_anywhere",
            sqlite_where=sa.text("organization_id IS NULL"),
            postgresql_where=sa.text("organization_id IS NULL"),
        )
        batch_op.drop_index(
            "ix_accounts_live",
            sqlite_where=sa.text("merged_into_id IS NULL"),
            postgresql_where=sa.text("merged_into_id IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_accounts_email_key"))
        batch_op.create_unique_constraint(
            batch_op.f("uq_accounts_organization_id_email_key"), ["organization_id", "email_key"]
        )
        batch_op.alter_column("organization_id", existing_type=sa.CHAR(length=32), nullable=False)
        batch_op.drop_column("merged_into_id")
        batch_op.alter_column("last_used_at", new_column_name="last_login_at")
        batch_op.drop_column("language")
        batch_op.drop_column("match_key")
        batch_op.drop_column("school_id")

    with op.batch_alter_table("merges", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_merges_merged_at"))
        batch_op.drop_index(batch_op.f("ix_merges_merged_account_id"))
        batch_op.drop_index(batch_op.f("ix_merges_kept_account_id"))

    op.drop_table("merges")
    op.drop_table("completed_lessons")
    with op.batch_alter_table("account_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_account_events_account_id"))

    op.drop_table("account_events")
