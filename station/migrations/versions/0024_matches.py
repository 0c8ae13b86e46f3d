"""Contacts that match others are found by their tag and by their unit, not by looking through all of three dates."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("contacts_of_tag", "contacts", ["tag", "shift_on"])
    op.create_index("contacts_of_crew", "contacts", ["shift_on", "unit"])


def downgrade() -> None:
    op.drop_index("contacts_of_crew", "contacts")
    op.drop_index("contacts_of_tag", "contacts")
