"""What of a device is missing, as a page asks for it; its receipts by number; bundles with their receipts."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# As many ranges as a receipt names (sync/limits.py, when this was written).
_RANGES_MAX = 50


def upgrade() -> None:
    # In place, and with its default: SQLite would have to make the table anew for less, and others refer to it.
    op.add_column("devices", sa.Column("missing_count", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("devices", sa.Column("missing", sa.Text(), nullable=True))
    _count_what_is_missing()
    op.create_index("receipts_of_device", "receipts", ["device_id", "id"])
    op.create_table(
        "bundles",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("device_id", sa.Uuid(), sa.ForeignKey("devices.id"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("is_rescue", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("damage", sa.Text(), nullable=False),
        sa.Column("receipt", sa.LargeBinary(), nullable=True),
    )
    op.create_index("bundles_of_device", "bundles", ["device_id", "id"])


def _count_what_is_missing() -> None:
    connection = op.get_bind()
    devices = sa.table(
        "devices",
        sa.column("id", sa.Uuid()),
        *(sa.column(name, sa.BigInteger()) for name in ("sequence_last", "held_through", "missing_count")),
        sa.column("missing", sa.Text()),
    )
    holders = [
        sa.table(name, sa.column("device_id", sa.Uuid()), sa.column("sequence", sa.BigInteger()))
        for name in ("records", "quarantine")
    ]
    for device in connection.execute(sa.select(devices)).all():
        held = sa.union(
            *(
                sa.select(table.c.sequence).where(
                    table.c.device_id == device.id, table.c.sequence > device.held_through
                )
                for table in holders
            )
        ).order_by("sequence")
        numbers = [number for number in connection.scalars(held) if number is not None]
        count, missing = _missing(device.sequence_last, device.held_through, numbers)
        change = sa.update(devices).where(devices.c.id == device.id)
        connection.execute(change.values(missing_count=count, missing=missing))


def _missing(said: int, through: int, held: list[int]) -> tuple[int, str | None]:
    count, last, ranges = 0, through, []
    for number in [*(each for each in held if each <= said), said + 1]:
        if number > last + 1:
            count += number - last - 1
            ranges.append(str(last + 1) if number == last + 2 else f"{last + 1}-{number - 1}")
        last = number
    return count, ", ".join(ranges[:_RANGES_MAX]) or None


def downgrade() -> None:
    op.drop_table("bundles")
    op.drop_index("receipts_of_device", "receipts")
    op.drop_column("devices", "missing")
    op.drop_column("devices", "missing_count")
