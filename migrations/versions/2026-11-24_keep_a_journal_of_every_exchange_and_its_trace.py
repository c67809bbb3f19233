"""Keep a journal of every exchange, and its trace."""

import sqlalchemy as sa
from alembic import op

import app.database

revision: str = "9c41d7e0b6a2"
down_revision: str | None = "13c01b898ee8"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    # What was refused before has no trace; a journal is for what was tried just now.
    op.drop_table("sandbox_journal")
    op.create_table(
        "sandbox_journal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("real_at", app.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("duration_ms", sa.Double(), nullable=False),
        sa.Column("trace_id", sa.String(), nullable=False),
        sa.Column("sent_trace_id", sa.String(), nullable=True),
        sa.Column("span_id", sa.String(), nullable=False),
        sa.Column("parent_id", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("caller", sa.String(), nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=True),
        sa.Column("client_id", sa.String(), nullable=True),
        sa.Column("persona", sa.String(), nullable=True),
        sa.Column("person", sa.String(), nullable=True),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("request_type", sa.String(), nullable=True),
        sa.Column("request_bytes", sa.Integer(), nullable=False),
        sa.Column("response_type", sa.String(), nullable=True),
        sa.Column("response_bytes", sa.Integer(), nullable=False),
        sa.Column("masked", sa.Boolean(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("wrong", sa.String(), nullable=True),
        sa.Column("right", sa.String(), nullable=True),
        sa.Column("certainty", sa.String(), nullable=True),
        sa.Column("request_body", sa.String(), nullable=True),
        sa.Column("response_body", sa.String(), nullable=True),
        sa.Column("noted", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sandbox_journal")),
        sqlite_autoincrement=True,
    )
    for column in ("trace_id", "sent_trace_id", "reference", "person"):
        op.create_index(op.f(f"ix_sandbox_journal_{column}"), "sandbox_journal", [column])
    op.create_table(
        "sandbox_journal_settings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("masked", sa.Boolean(), nullable=False),
        sa.Column("most_entries", sa.Integer(), nullable=False),
        sa.Column("most_bytes", sa.Integer(), nullable=False),
        sa.Column("dropped", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sandbox_journal_settings")),
    )
    op.add_column("skolon_codes", sa.Column("trace_id", sa.String(), nullable=True))
    op.add_column("skolon_tokens", sa.Column("trace_id", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("skolon_tokens", "trace_id")
    op.drop_column("skolon_codes", "trace_id")
    op.drop_table("sandbox_journal_settings")
    op.drop_table("sandbox_journal")
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
