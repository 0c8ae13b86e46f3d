"""Cards that came and went, from when on a car is low; and indexes to ask what was handed out lately."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_CORRECTION = sa.text("corrects IS NOT NULL")
_HEARD = """
    UPDATE withdrawals SET heard_at = (
        SELECT receipts.received_at FROM receipts JOIN records ON records.receipt_id = receipts.id
        WHERE records.id = withdrawals.id
    )
"""


def upgrade() -> None:
    with op.batch_alter_table("withdrawals") as table:
        table.add_column(sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(_HEARD)
    with op.batch_alter_table("withdrawals") as table:
        table.alter_column("heard_at", existing_type=sa.DateTime(timezone=True), nullable=False)
    op.create_index("withdrawals_lately", "withdrawals", ["heard_at"])
    op.drop_index("withdrawals_of_record", "withdrawals")
    op.create_index("withdrawals_of_record", "withdrawals", ["withdraws", "person"])
    op.create_index("contacts_of_unit", "contacts", ["unit", "contact_at", "cards"])
    op.create_index(
        "corrections_lately",
        "contacts",
        ["contact_at", "corrects", "id", "person", "unit", "cards"],
        sqlite_where=_CORRECTION,
        postgresql_where=_CORRECTION,
    )
    op.drop_index("card_counts_of_unit", "card_counts")
    op.create_index("card_counts_of_unit", "card_counts", ["unit", "counted_at", "id"])
    op.create_table(
        "card_moves",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("unit", sa.String(20), nullable=True),
        sa.Column("cards", sa.Integer(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(20), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("form", sa.Uuid(), nullable=False),
        sa.Column("undoes", sa.Integer(), sa.ForeignKey("card_moves.id"), nullable=True),
        sa.UniqueConstraint("undoes", name="undone_once"),
    )
    op.create_index("card_moves_of_unit", "card_moves", ["unit", "moved_at", "cards"])
    op.create_index("card_moves_of_form", "card_moves", ["form"])
    op.create_table(
        "low_cards",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("cards", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("low_cards")
    op.drop_table("card_moves")
    op.drop_index("card_counts_of_unit", "card_counts")
    op.create_index("card_counts_of_unit", "card_counts", ["unit", "counted_at"])
    op.drop_index("corrections_lately", "contacts")
    op.drop_index("contacts_of_unit", "contacts")
    op.drop_index("withdrawals_of_record", "withdrawals")
    op.create_index("withdrawals_of_record", "withdrawals", ["withdraws"])
    op.drop_index("withdrawals_lately", "withdrawals")
    with op.batch_alter_table("withdrawals") as withdrawals:
        withdrawals.drop_column("heard_at")
