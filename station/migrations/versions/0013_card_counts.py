"""Counts of the "755" cards in the cars; what each contact handed out, read from its record."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# Contacts in one round: some hundred kilobytes of records.
_ROUND_MAX = 500


def _read_from_records() -> None:
    connection = op.get_bind()
    contacts = sa.table("contacts", sa.column("id", sa.Uuid()), sa.column("cards", sa.Integer()))
    records = sa.table("records", sa.column("id", sa.Uuid()), sa.column("canonical", sa.LargeBinary()))
    question = sa.select(records.c.id, records.c.canonical).join(contacts, contacts.c.id == records.c.id)
    question = question.order_by(records.c.id).limit(_ROUND_MAX)
    change = sa.update(contacts).where(contacts.c.id == sa.bindparam("key")).values(cards=sa.bindparam("new_cards"))
    rows = connection.execute(question).all()
    while rows:
        values = [{"key": row.id, "new_cards": json.loads(row.canonical)["cards"]} for row in rows]
        connection.execute(change, values)
        rows = connection.execute(question.where(records.c.id > rows[-1].id)).all()


def upgrade() -> None:
    with op.batch_alter_table("contacts") as table:
        table.add_column(sa.Column("cards", sa.Integer(), nullable=True))
    _read_from_records()
    with op.batch_alter_table("contacts") as table:
        table.alter_column("cards", existing_type=sa.Integer(), nullable=False)
    op.create_table(
        "card_counts",
        sa.Column("id", sa.Uuid(), sa.ForeignKey("records.id"), primary_key=True),
        sa.Column("unit", sa.String(20), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cards", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(20), nullable=False),
    )
    op.create_index("card_counts_of_unit", "card_counts", ["unit", "counted_at"])


def downgrade() -> None:
    op.drop_table("card_counts")
    with op.batch_alter_table("contacts") as contacts:
        contacts.drop_column("cards")
