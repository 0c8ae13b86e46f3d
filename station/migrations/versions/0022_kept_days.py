"""What is kept of worksheets, what changed since, and the turn of who settles that. All of it begins empty."""

from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

# Any will do: it is another one after each settling.
_FIRST_TURN = UUID(int=0)


def upgrade() -> None:
    op.create_table(
        "kept_days",
        sa.Column("shift_on", sa.Date(), primary_key=True),
        sa.Column("context", sa.String(64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
    )
    op.create_table(
        "kept_changes",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("records", sa.LargeBinary(), nullable=False),
        sa.Column("sheets", sa.Text(), nullable=False),
    )
    turns = op.create_table(
        "kept_turns",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("turn", sa.Uuid(), nullable=False),
    )
    op.bulk_insert(turns, [{"id": 1, "turn": _FIRST_TURN}])


def downgrade() -> None:
    op.drop_table("kept_turns")
    op.drop_table("kept_changes")
    op.drop_table("kept_days")
