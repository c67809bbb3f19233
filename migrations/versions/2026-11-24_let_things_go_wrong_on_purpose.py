"""Let things go wrong on purpose."""

import sqlalchemy as sa
from alembic import op

import app.database

revision: str = "13c01b898ee8"
down_revision: str | None = "35fda74a1336"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "sandbox_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("made_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("last_used_at", app.database.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sandbox_answers")),
    )
    op.create_table(
        "sandbox_faults",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.Column("made_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("matched", sa.Integer(), nullable=False),
        sa.Column("fired", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sandbox_faults")),
    )
    with op.batch_alter_table("skolon_personas", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "misfortune",
                sa.Enum(
                    "consent_denied",
                    "slow_token",
                    "too_many_calls",
                    name="misfortune",
                    native_enum=False,
                    create_constraint=True,
                    length=20,
                ),
                nullable=True,
            )
        )

    with op.batch_alter_table("skolon_webhooks", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "mishap",
                sa.Enum(
                    "lost",
                    "duplicated",
                    "late",
                    "reordered",
                    name="mishap",
                    native_enum=False,
                    create_constraint=True,
                    length=20,
                ),
                nullable=True,
            )
        )


def downgrade() -> None:
    with op.batch_alter_table("skolon_webhooks", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_skolon_webhooks_mishap"), type_="check")
        batch_op.drop_column("mishap")

    with op.batch_alter_table("skolon_personas", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_skolon_personas_misfortune"), type_="check")
        batch_op.drop_column("misfortune")

    op.drop_table("sandbox_faults")
    op.drop_table("sandbox_answers")
