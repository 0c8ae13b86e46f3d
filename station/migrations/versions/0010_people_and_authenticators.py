"""Roles are the people's; accounts have authenticators, recovery codes and a last use."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("people") as table:
        table.add_column(sa.Column("left_at", _MOMENT, nullable=True))
    # Who works at the desk is a deputy; "desk" stays a role in which a contact is logged.
    op.execute("UPDATE people SET role = 'deputy' WHERE role = 'desk'")
    # Nobody has shown a second factor yet.
    op.execute("DELETE FROM sessions")
    with op.batch_alter_table("sessions") as table:
        table.add_column(sa.Column("passed_at", _MOMENT, nullable=True))
    with op.batch_alter_table("accounts") as table:
        table.add_column(sa.Column("is_password_temporary", sa.Boolean(), nullable=True))
        table.add_column(sa.Column("totp_secret", sa.String(64), nullable=True))
        table.add_column(sa.Column("totp_step", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("active_at", _MOMENT, nullable=True))
        table.drop_column("role")
    # An account that was not used for long must not be closed by the very upgrade that brings the rule.
    accounts = sa.table("accounts", sa.column("is_password_temporary", sa.Boolean()), sa.column("active_at", _MOMENT))
    op.execute(sa.update(accounts).values(is_password_temporary=False, active_at=datetime.now(UTC)))
    with op.batch_alter_table("accounts") as table:
        table.alter_column("is_password_temporary", existing_type=sa.Boolean(), nullable=False)
        table.alter_column("active_at", existing_type=_MOMENT, nullable=False)
    op.create_table(
        "recovery_codes",
        sa.Column("name", sa.String(20), sa.ForeignKey("accounts.name"), primary_key=True),
        sa.Column("code_mark", sa.String(64), primary_key=True),
    )


def downgrade() -> None:
    op.drop_table("recovery_codes")
    op.execute("DELETE FROM sessions")
    with op.batch_alter_table("accounts") as table:
        table.add_column(sa.Column("role", sa.String(20), nullable=False, server_default="administrator"))
        for name in ("active_at", "totp_step", "totp_secret", "is_password_temporary"):
            table.drop_column(name)
    with op.batch_alter_table("sessions") as table:
        table.drop_column("passed_at")
    with op.batch_alter_table("people") as table:
        table.drop_column("left_at")
