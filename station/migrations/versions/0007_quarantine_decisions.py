"""What was decided on a record in quarantine: released, dismissed, or tried again and refused."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quarantine_decisions",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("quarantine_id", sa.Integer(), sa.ForeignKey("quarantine.id"), nullable=False),
        sa.Column("who", sa.String(20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(1000), nullable=False),
    )
    op.create_index("decisions_of_record", "quarantine_decisions", ["quarantine_id", "id"])


def downgrade() -> None:
    op.drop_table("quarantine_decisions")
