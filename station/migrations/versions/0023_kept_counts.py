"""Counts of a date for coverage are kept like its worksheets: no changes of their own, and the same context. They begin empty."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("coverage_changes")
    op.drop_table("coverage_days")
    op.create_table(
        "kept_counts",
        sa.Column("shift_on", sa.Date(), primary_key=True),
        sa.Column("context", sa.String(64), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("kept_counts")
    op.create_table(
        "coverage_days",
        sa.Column("shift_on", sa.Date(), primary_key=True),
        sa.Column("mark", sa.String(200), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
    )
    op.create_table(
        "coverage_changes",
        sa.Column("shift_on", sa.Date(), primary_key=True),
        sa.Column("id", sa.Uuid(), primary_key=True),
    )
