"""Which form the tables have, by Alembic's revisions: what is found, what this version knows, and bringing it up to date."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def migrate(connection: Connection, to: str = "head") -> None:
    """Bring the tables to a revision, in the transaction of this connection. Raises CommandError for newer tables."""
    config = _alembic()
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def revision_of(connection: Connection) -> str | None:
    """The revision of the tables, None if there are none."""
    return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str | None:
    """The revision that this version makes."""
    return ScriptDirectory.from_config(_alembic()).get_current_head()


def is_known(revision: str) -> bool:
    """Whether this version can bring tables of a revision up to date."""
    return any(script.revision == revision for script in ScriptDirectory.from_config(_alembic()).walk_revisions())


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", "station:migrations")
    return config
