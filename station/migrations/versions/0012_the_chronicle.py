"""The audit of what people did: a chain that is only added to. Who decides may be a user of the operating system."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_REFUSAL = "the audit is only ever added to"


def upgrade() -> None:
    op.create_table(
        "chronicle",
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(28), nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("whom", sa.String(80), nullable=False),
        sa.Column("origin", sa.String(80), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("details", sa.String(1000), nullable=False),
        sa.Column("before", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_index("chronicle_by_time", "chronicle", ["at"])
    op.create_index("chronicle_by_who", "chronicle", ["who", "number"])
    op.create_index("chronicle_by_whom", "chronicle", ["whom", "number"])
    op.create_index("chronicle_by_kind", "chronicle", ["kind", "number"])
    if op.get_bind().dialect.name == "postgresql":
        _guard_on_postgresql()
    else:
        _guard_on_sqlite()
    with op.batch_alter_table("quarantine_decisions") as table:
        table.alter_column("who", existing_type=sa.String(20), type_=sa.String(80), existing_nullable=False)


def _guard_on_sqlite() -> None:
    # A row that would take another's place goes by none of the others.
    taken = "EXISTS (SELECT 1 FROM chronicle WHERE number = NEW.number)"
    for name, moment in (("update", "UPDATE"), ("delete", "DELETE"), ("replace", "INSERT")):
        when = f"WHEN {taken} " if moment == "INSERT" else ""
        op.execute(
            f"CREATE TRIGGER chronicle_no_{name} BEFORE {moment} ON chronicle {when}"
            f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        )


def _guard_on_postgresql() -> None:
    # By its full name: while a backup is looked at, these are tables that one connection alone sees.
    schema = op.get_bind().exec_driver_sql("SELECT current_schema()").scalar_one()
    function = f'"{schema}".chronicle_is_only_added_to()'
    op.execute(
        f"CREATE FUNCTION {function} RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER chronicle_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON chronicle "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {function}"
    )


def downgrade() -> None:
    with op.batch_alter_table("quarantine_decisions") as table:
        table.alter_column("who", existing_type=sa.String(80), type_=sa.String(20), existing_nullable=False)
    op.drop_table("chronicle")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION chronicle_is_only_added_to()")
