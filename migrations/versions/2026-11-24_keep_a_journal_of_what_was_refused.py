"""Keep a journal of what was refused."""

import sqlalchemy as sa
from alembic import op

import app.database

revision: str = "5f0a1c2b3d4e"
down_revision: str | None = "0dcaf19b8eaf"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "sandbox_journal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=True),
        sa.Column("wrong", sa.String(), nullable=False),
        sa.Column("right", sa.String(), nullable=False),
        sa.Column("certainty", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sandbox_journal")),
    )


def downgrade() -> None:
    op.drop_table("sandbox_journal")
