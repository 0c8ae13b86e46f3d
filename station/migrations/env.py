"""Alembic's entry: migrates on the connection that station/database.py hands over."""

from alembic import context

from station.tables import StationRow

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=StationRow.metadata,
    transactional_ddl=True,
    render_as_batch=True,  # SQLite changes tables only by copying them
)
with context.begin_transaction():
    context.run_migrations()
