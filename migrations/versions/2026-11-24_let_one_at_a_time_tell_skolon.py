"""Let one at a time tell Skolon."""

import sqlalchemy as sa
from alembic import op

import app.database

revision: str = "41353774ea4e"
down_revision: str | None = "9c41d7e0b6a2"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    with op.batch_alter_table("skolon_messages", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("claimed_until", app.database.UtcDateTime(timezone=True), nullable=True)
        )


def downgrade() -> None:
    with op.batch_alter_table("skolon_messages", schema=None) as batch_op:
        batch_op.drop_column("claimed_until")
