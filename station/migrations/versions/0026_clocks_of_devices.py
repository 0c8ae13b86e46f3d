"""A device keeps what its steady clock said when it was last heard, so that a carried file is filed by the corrected time."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("devices", sa.Column("steady_ms", sa.BigInteger(), nullable=True))
    op.add_column("devices", sa.Column("boot", sa.String(64), nullable=True))


def downgrade() -> None:
    op.drop_column("devices", "boot")
    op.drop_column("devices", "steady_ms")
