"""Versions of the reference data; the first is what shipped until now, with the station's own reasons to return something."""

import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from sync.canonical import canonical_bytes, content_hash
from sync.reference import shipped_document

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def upgrade() -> None:
    made = op.create_table(
        "reference_versions",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("hash", sa.String(32), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
    )
    offered = "SELECT words FROM return_reasons WHERE is_offered ORDER BY place, name"
    reasons = list(dict.fromkeys(op.get_bind().exec_driver_sql(offered).scalars()))
    document = shipped_document() | {"return_reasons": reasons}
    first = {
        "number": 1,
        "valid_from": _BEGINNING,
        "made_at": datetime.now(UTC),
        "who": "station",
        "hash": content_hash(canonical_bytes(document)),
        "document": json.dumps(document, ensure_ascii=False),
    }
    op.bulk_insert(made, [first])
    op.drop_table("return_reasons")


def downgrade() -> None:
    reasons = op.create_table(
        "return_reasons",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("words", sa.String(200), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("is_offered", sa.Boolean(), nullable=False),
    )
    newest = "SELECT document FROM reference_versions ORDER BY number DESC LIMIT 1"
    words = json.loads(op.get_bind().exec_driver_sql(newest).scalar_one()).get("return_reasons", [])
    rows = [
        {"name": f"reason-{place}", "words": each, "place": place, "is_offered": True}
        for place, each in enumerate(words, start=1)
    ]
    op.bulk_insert(reasons, rows)
    op.drop_table("reference_versions")
