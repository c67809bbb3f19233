"""Keep edits for the night and remember what tools saw.

In a nation, up on PostgreSQL: writers wait up to 0.0 s for `skolon_users`.
In a nation, down on PostgreSQL: everybody waits up to 0.0 s for `skolon_users`.
"""

import sqlalchemy as sa
from alembic import op

import app.database

revision: str = "a4d21945e290"
down_revision: str | None = "c3d1f08a7e52"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "skolon_sightings",
        sa.Column("tool_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tool_id"], ["skolon_tools.id"], name=op.f("fk_skolon_sightings_tool_id")
        ),
        sa.PrimaryKeyConstraint("tool_id", "record_id", name=op.f("pk_skolon_sightings")),
    )
    with op.batch_alter_table("skolon_sightings", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_skolon_sightings_record_id"), ["record_id"], unique=False
        )

    op.create_table(
        "skolon_pending_edits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("call", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("made_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("due_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("refused_at", app.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("refusal", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["made_by"], ["skolon_users.id"], name=op.f("fk_skolon_pending_edits_made_by")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["skolon_organizations.id"],
            name=op.f("fk_skolon_pending_edits_organization_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skolon_pending_edits")),
    )
    with op.batch_alter_table("skolon_pending_edits", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_skolon_pending_edits_due_at"), ["due_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_skolon_pending_edits_organization_id"), ["organization_id"], unique=False
        )

    op.create_table(
        "skolon_rollovers",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("done_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["skolon_schools.id"], name=op.f("fk_skolon_rollovers_school_id")
        ),
        sa.PrimaryKeyConstraint("school_id", "year", name=op.f("pk_skolon_rollovers")),
    )


def downgrade() -> None:
    op.drop_table("skolon_rollovers")
    with op.batch_alter_table("skolon_pending_edits", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_skolon_pending_edits_organization_id"))
        batch_op.drop_index(batch_op.f("ix_skolon_pending_edits_due_at"))

    op.drop_table("skolon_pending_edits")
    with op.batch_alter_table("skolon_sightings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_skolon_sightings_record_id"))

    op.drop_table("skolon_sightings")
