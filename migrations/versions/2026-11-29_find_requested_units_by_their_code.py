"""Find requested units by their school unit code."""

from alembic import op

revision: str = "7e1c0b52d9a4"
down_revision: str | None = "41353774ea4e"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    with op.batch_alter_table("requested_units", schema=None) as batch_op:
        batch_op.create_index(
            "ix_requested_units_school_unit_code", ["school_unit_code", "school_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("requested_units", schema=None) as batch_op:
        batch_op.drop_index("ix_requested_units_school_unit_code")
