"""Legal holds, and indexes by which what goes with a deleted record is found."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "holds",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("matter", sa.String(80), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("person", sa.String(20), nullable=True),
        sa.Column("first_on", sa.Date(), nullable=True),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.Column("rd", sa.String(20), nullable=True),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.String(80), nullable=True),
        sa.Column("lifted_reason", sa.String(200), nullable=True),
    )
    op.create_index("notes_of_contact", "review_notes", ["contact_id"])
    op.create_index("news_of_kind", "news", ["kind", "made_at"])


def downgrade() -> None:
    op.drop_index("news_of_kind", "news")
    op.drop_index("notes_of_contact", "review_notes")
    op.drop_table("holds")
