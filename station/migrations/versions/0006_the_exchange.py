"""What the first frozen version of the exchange needs: the audit, what a device says of itself, and news."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("devices") as devices:
        devices.add_column(sa.Column("held_through", sa.BigInteger(), nullable=False, server_default="0"))
        devices.add_column(sa.Column("ready", sa.BigInteger(), nullable=False, server_default="0"))
        devices.add_column(sa.Column("damage", sa.Text(), nullable=True))
    # The default was for the rows that were there; from now on the program says what stands there.
    with op.batch_alter_table("devices") as devices:
        for name in ("held_through", "ready"):
            devices.alter_column(name, existing_type=sa.BigInteger(), existing_nullable=False, server_default=None)
    with op.batch_alter_table("quarantine") as quarantine:
        quarantine.add_column(sa.Column("sequence", sa.BigInteger(), nullable=True))
        quarantine.create_index("quarantine_of_device", ["device_id", "sequence"])
    op.create_table(
        "news",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("device_id", sa.Uuid(), sa.ForeignKey("devices.id"), nullable=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("news_of_device", "news", ["device_id", "id"])


def downgrade() -> None:
    op.drop_table("news")
    with op.batch_alter_table("quarantine") as quarantine:
        quarantine.drop_index("quarantine_of_device")
        quarantine.drop_column("sequence")
    with op.batch_alter_table("devices") as devices:
        for name in ("damage", "ready", "held_through"):
            devices.drop_column(name)
