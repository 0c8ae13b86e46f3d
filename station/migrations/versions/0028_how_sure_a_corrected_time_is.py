"""A contact keeps how sure its corrected time is; of those from before, and where nobody can tell, nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contacts", sa.Column("seconds_unsure", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("contacts", "seconds_unsure")
