"""An audit looks where something was missing, and above what it has looked at: a hole made each one read all above it.

A number up to which all was held is also one up to which all is held or noted as missing.
"""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE devices RENAME COLUMN held_through TO audited_through")


def downgrade() -> None:
    op.execute("ALTER TABLE devices RENAME COLUMN audited_through TO held_through")
    op.execute("UPDATE devices SET held_through = 0")  # before this, nothing might be missing below it
