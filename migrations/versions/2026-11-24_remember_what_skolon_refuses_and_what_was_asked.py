"""Remember what Skolon refuses and what was asked."""

import sqlalchemy as sa
from alembic import op

import app.database

revision: str = "0dcaf19b8eaf"
down_revision: str | None = "e75538154cf7"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    with op.batch_alter_table("license_requests", schema=None) as batch_op:
        batch_op.add_column(sa.Column("body_hash", sa.String(), nullable=True))

    with op.batch_alter_table("skolon_messages", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("refused_at", app.database.UtcDateTime(timezone=True), nullable=True)
        )


def downgrade() -> None:
    with op.batch_alter_table("skolon_messages", schema=None) as batch_op:
        batch_op.drop_column("refused_at")

    with op.batch_alter_table("license_requests", schema=None) as batch_op:
        batch_op.drop_column("body_hash")
