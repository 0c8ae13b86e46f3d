"""Reviews of worksheets and the reasons to return something; what contacts are compared by, read from their records."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# The programme's own rules (station/exceptions.py), as a deputy is asked; a station words and orders them as it likes.
_REASONS = (
    ("tag-missing", "A call needs its tag"),
    ("tag-shared", "This tag is another contact's; each has its own"),
    ("rd-missing", "RD missing; 0400 if the location is unknown"),
    ("overlap", "Overlaps another contact; check the times"),
    ("logged-late", "Logged long after it; check the time"),
    ("after-signing", "Changed after you signed; sign the worksheet again"),
)
# What is read of a contact's record, and how long each is at most.
_COMPARED = {"setting": 40, "unit": 20, "rd": 20, "tag": 20}
# Contacts in one round: some hundred kilobytes of records.
_ROUND_MAX = 500


def _read_from_records() -> None:
    connection = op.get_bind()
    contacts = sa.table("contacts", sa.column("id", sa.Uuid()), *(sa.column(name, sa.String()) for name in _COMPARED))
    records = sa.table("records", sa.column("id", sa.Uuid()), sa.column("canonical", sa.LargeBinary()))
    question = sa.select(records.c.id, records.c.canonical).join(contacts, contacts.c.id == records.c.id)
    question = question.order_by(records.c.id).limit(_ROUND_MAX)
    change = sa.update(contacts).where(contacts.c.id == sa.bindparam("key"))
    change = change.values({name: sa.bindparam(f"new_{name}") for name in _COMPARED})
    rows = connection.execute(question).all()
    while rows:
        found = [(row.id, json.loads(row.canonical)) for row in rows]
        values = [{"key": key} | {f"new_{name}": said.get(name) for name in _COMPARED} for key, said in found]
        connection.execute(change, values)
        rows = connection.execute(question.where(records.c.id > rows[-1].id)).all()


def upgrade() -> None:
    with op.batch_alter_table("contacts") as table:
        for name, length in _COMPARED.items():
            table.add_column(sa.Column(name, sa.String(length), nullable=True))
    _read_from_records()
    with op.batch_alter_table("contacts") as table:
        table.alter_column("setting", existing_type=sa.String(40), nullable=False)
    reasons = op.create_table(
        "return_reasons",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("words", sa.String(200), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("is_offered", sa.Boolean(), nullable=False),
    )
    op.bulk_insert(
        reasons,
        [
            {"name": name, "words": words, "place": place, "is_offered": True}
            for place, (name, words) in enumerate(_REASONS, start=1)
        ],
    )
    op.create_table(
        "reviews",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("shift_on", sa.Date(), nullable=False),
        sa.Column("watch", sa.String(20), nullable=False),
        sa.Column("person", sa.String(20), nullable=False),
        sa.Column("decision", sa.String(20), nullable=False),
        sa.Column("who", sa.String(20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen", sa.LargeBinary(), nullable=False),
    )
    op.create_index("reviews_of_sheet", "reviews", ["shift_on", "watch", "person"])
    op.create_table(
        "review_notes",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("review_id", sa.Integer(), sa.ForeignKey("reviews.id"), nullable=False),
        sa.Column("contact_id", sa.Uuid(), sa.ForeignKey("contacts.id"), nullable=True),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("comment", sa.String(200), nullable=False),
    )
    op.create_index("notes_of_review", "review_notes", ["review_id"])


def downgrade() -> None:
    for table in ("review_notes", "reviews", "return_reasons"):
        op.drop_table(table)
    with op.batch_alter_table("contacts") as contacts:
        for name in _COMPARED:
            contacts.drop_column(name)
