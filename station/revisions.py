"""Which form the tables have, by Alembic's revisions: what is found, what this version knows, and bringing it up to date.

Alembic itself takes a fifth of a command's start, so it is loaded only where tables have to be made or changed.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, String, column, inspect, select, table

if TYPE_CHECKING:
    from alembic.config import Config

_VERSIONS = Path(__file__).parent / "migrations" / "versions"
# Alembic's own.
_TABLE = "alembic_version"
_REVISION = select(column("version_num", String)).select_from(table(_TABLE))


class OtherTables(Exception):
    """The tables are not those of this version, and cannot be brought up to date; the text says why."""


def migrate(connection: Connection, to: str | None = None) -> None:
    """Bring the tables to a revision (None: the newest), in this connection's transaction. Raises OtherTables for newer ones."""
    wanted = to or newest_revision()
    if revision_of(connection) == wanted:
        return
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.util import CommandError  # noqa: PLC0415

    config = _alembic()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, wanted)
    except CommandError as problem:
        raise OtherTables(str(problem)) from problem


def revision_of(connection: Connection) -> str | None:
    """The revision of the tables, None if there are none."""
    return connection.scalar(_REVISION) if inspect(connection).has_table(_TABLE) else None


def newest_revision() -> str:
    """The revision that this version makes."""
    return max(known_revisions())


def known_revisions() -> set[str]:
    """The revisions that this version can bring up to date: a file each, named after it."""
    return {file.stem.partition("_")[0] for file in _VERSIONS.glob("[0-9]*.py")}


def _alembic() -> "Config":
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", "station:migrations")
    return config
