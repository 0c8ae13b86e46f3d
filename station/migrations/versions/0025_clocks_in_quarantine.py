"""What lies in quarantine keeps what its device's clocks said, so that a release is filed by the corrected time."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("quarantine", sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("quarantine", sa.Column("monotonic_ms", sa.BigInteger(), nullable=True))
    op.add_column("quarantine", sa.Column("boot", sa.String(64), nullable=True))


def downgrade() -> None:
    op.drop_column("quarantine", "boot")
    op.drop_column("quarantine", "monotonic_ms")
    op.drop_column("quarantine", "sent_at")
