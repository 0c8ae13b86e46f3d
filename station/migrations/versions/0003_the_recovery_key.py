"""The key to which devices seal what only the station shall open."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("station") as table:
        table.add_column(sa.Column("recovery_key", sa.String(length=64), nullable=True))
    station = sa.table("station", sa.column("recovery_key", sa.String))
    # Any 32 random bytes are a private key of X25519.
    op.execute(station.update().values(recovery_key=secrets.token_hex(32)))
    with op.batch_alter_table("station") as table:
        table.alter_column("recovery_key", existing_type=sa.String(length=64), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("station") as table:
        table.drop_column("recovery_key")
