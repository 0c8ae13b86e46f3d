"""Worksheets that a person confirmed at the end of a shift."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "worksheets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.String(length=20), nullable=False),
        sa.Column("watch", sa.String(length=20), nullable=False),
        sa.Column("shift_on", sa.Date(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["id"], ["records.id"]),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("worksheets_of_sheet", "worksheets", ["shift_on", "watch", "person"])
    op.create_index("worksheets_of_person", "worksheets", ["person", "device_id", "sequence"])


def downgrade() -> None:
    op.drop_index("worksheets_of_person", "worksheets")
    op.drop_index("worksheets_of_sheet", "worksheets")
    op.drop_table("worksheets")
