"""Counts of contacts by date that are kept, what says whether they are still right, and when an RD last had a contact."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "coverage_changes",
        sa.Column("shift_on", sa.Date(), primary_key=True),
        sa.Column("id", sa.Uuid(), primary_key=True),
    )
    op.create_table(
        "coverage_days",
        sa.Column("shift_on", sa.Date(), primary_key=True),
        sa.Column("mark", sa.String(200), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
    )
    op.create_index("contacts_of_rd", "contacts", ["rd", "shift_on"])


def downgrade() -> None:
    op.drop_index("contacts_of_rd", "contacts")
    op.drop_table("coverage_days")
    op.drop_table("coverage_changes")
