"""Count how often a license request was sent."""

import sqlalchemy as sa
from alembic import op

revision: str = "c3d1f08a7e52"
down_revision: str | None = "bd46b58194a0"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column("skolon_license_requests", sa.Column("attempts", sa.Integer(), nullable=True))
    # How often is not known any more; every one of them was sent.
    op.execute("UPDATE skolon_license_requests SET attempts = 1")


def downgrade() -> None:
    with op.batch_alter_table("skolon_license_requests", schema=None) as batch_op:
        batch_op.drop_column("attempts")
