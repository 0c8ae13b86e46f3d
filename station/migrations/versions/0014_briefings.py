"""Briefings, what people read of them, and the programme's standard briefing to begin with."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# Unit Order 16-02 of 16 March 2016, and nothing else: its purpose, what field personnel does, its examples.
_STANDARD = """\
The Community Partnership Program is a collaborative effort between Norwalk Station and the citizens of the areas we serve, \
to reduce crime and improve the quality of life. Individuals who live, work, or otherwise have an interest in our \
communities are a valuable resource for identifying public concerns.

The station's mission is to educate the public on personal safety issues, how to report suspicious activities, and how to \
properly secure their homes and property.

## Field personnel

- Engage in regular, social contact with citizens regarding public safety issues or individual concerns.
- Provide the citizen with a "755" card: safety tips and important phone numbers.
- Document the contact in the MDC system with the clearance code **755** (community relations), in "obs", self-initiated \
activities, and regular calls for service.
- Maintain a supply of "755" cards in the patrol vehicle.

## When handing out "755" cards is appropriate

- Speaking to community groups
- Contacting residents who are out (watering the lawn, walking the dog) while doing routine patrol
- During contact with business owners
- Contacting patrons of local coffee shops and restaurants
- Bringing the "block watch meetings to them", as an individual or group
- Station events where citizens are welcome
- When taking counter reports

This applies to all personnel working field assignments in the Reporting Districts of Norwalk, La Mirada and \
Unincorporated Whittier, including station volunteers.

*Source: Norwalk Station Unit Order 16-02, March 16, 2016.*
"""


def upgrade() -> None:
    op.create_table(
        "briefings",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("key", sa.Uuid(), nullable=False, unique=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(20), nullable=True),
    )
    op.create_table(
        "briefing_editions",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("briefing_id", sa.Integer(), sa.ForeignKey("briefings.id"), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_hash", sa.String(32), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("repeats", sa.String(20), nullable=False),
        sa.Column("due", sa.Text(), nullable=False),
        sa.Column("who", sa.String(20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("briefing_id", "edition", name="edition_once"),
    )
    templates = op.create_table(
        "briefing_templates",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
    )
    standard = {
        "name": "unit-order-16-02",
        "title": "Community Partnership Program (Unit Order 16-02)",
        "text": _STANDARD,
        "place": 1,
    }
    op.bulk_insert(templates, [standard])
    op.create_table(
        "briefing_acknowledgements",
        sa.Column("id", sa.Uuid(), sa.ForeignKey("records.id"), primary_key=True),
        sa.Column("briefing_key", sa.Uuid(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("text_hash", sa.String(32), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("person", sa.String(20), nullable=False),
        sa.Column("watch", sa.String(20), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("acknowledgements_of_briefing", "briefing_acknowledgements", ["briefing_key", "person"])


def downgrade() -> None:
    for table in ("briefing_acknowledgements", "briefing_templates", "briefing_editions", "briefings"):
        op.drop_table(table)
