"""A database copied out at one moment, and staged beside the living one to be put in its place: each kind in its way.

SQLite has a copy of itself as a file, and can look into a second file. PostgreSQL has COPY, and tables that only one
connection sees. Neither needs a program besides the driver, and neither keeps anybody waiting.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection

from station.archive import DATABASE, Manifest
from station.database import open_database
from station.kind import DatabaseTrouble, reason_of
from station.revisions import migrate
from station.sqlite import FILE_NAME
from station.table_base import Base

# Names of tables with the names of their columns.
Tables = Mapping[str, tuple[str, ...]]


class Copies(Protocol):
    """How one kind of database is copied."""

    def copy_out(self, connection: Connection, folder: Path, of: Tables) -> None:
        """Copy what a reading transaction sees of these tables into files. Raises DatabaseTrouble, OSError."""

    def stage(self, connection: Connection, folder: Path, manifest: Manifest) -> str:
        """Let a writing transaction see the copied tables, brought up to date; gives the name of their schema."""

    def keep_writers_out(self, connection: Connection) -> None:
        """Let nobody else write until the transaction ends; whoever reads goes on."""

    def count_on(self, connection: Connection) -> None:
        """See that numbers that are given out once are not given again."""


class _Sqlite:
    def copy_out(self, connection: Connection, folder: Path, of: Tables) -> None:  # noqa: ARG002 - a file holds all of them
        with _told(connection), closing(sqlite3.connect(folder / FILE_NAME)) as copy:
            _driver(connection).backup(copy)
            # Without a log: whoever unpacks it has it all in one file.
            copy.execute("PRAGMA journal_mode = DELETE")
            found = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if found != "ok":
            raise DatabaseTrouble(f"The station's database is damaged: {found}. No backup was made of it.")

    def stage(self, connection: Connection, folder: Path, manifest: Manifest) -> str:  # noqa: ARG002 - the file says it
        # A file that lies in a folder of its own is a station's like any other.
        open_database(folder / DATABASE).close()
        connection.exec_driver_sql("ATTACH ? AS staged", (str(folder / DATABASE / FILE_NAME),))
        return "staged"

    def keep_writers_out(self, connection: Connection) -> None:
        """Nothing: a writing transaction has the file to itself."""

    def count_on(self, connection: Connection) -> None:
        """Nothing: the next number is the one after the highest."""


# Whatever is set for this account or database: text must come back as it went.
_PLAIN_TEXT = ("SET LOCAL datestyle = 'ISO'", "SET LOCAL bytea_output = 'hex'")
_FORMAT = "WITH (FORMAT text, ENCODING 'UTF8')"
_CHUNK_BYTES = 1_048_576
# A device's exchange begins with its row in the one, and who keeps days (keeping.py) with the turn in the other: once these are
# locked, nobody is half-way through the others.
_LOCKED_FIRST = ("devices", "kept_turns")
# The audit's chain (chronicle.py) is only ever added to, and its end is the last that any transaction locks.
_AUDIT = "chronicle"


class _Postgres:
    def copy_out(self, connection: Connection, folder: Path, of: Tables) -> None:
        for setting in _PLAIN_TEXT:
            connection.exec_driver_sql(setting)
        for name, columns in of.items():
            statement = f"COPY {_listed(name, columns)} TO STDOUT {_FORMAT}"
            with (
                (folder / f"{name}.copy").open("wb") as file,
                _told(connection),
                _driver(connection).cursor() as cursor,
                cursor.copy(statement) as copied,
            ):
                for block in copied:
                    file.write(block)

    def stage(self, connection: Connection, folder: Path, manifest: Manifest) -> str:
        path = connection.exec_driver_sql("SHOW search_path").scalar_one()
        # Made while nothing else is in sight, they are tables that this connection alone sees, and that end with it.
        connection.exec_driver_sql("SET LOCAL search_path = pg_temp")
        migrate(connection, manifest.revision)
        # What a migration itself puts into a table is in the backup too. Into the audit none puts anything, and it refuses.
        for name in reversed([name for name in manifest.tables if name != _AUDIT]):
            connection.exec_driver_sql(f'DELETE FROM "{name}"')  # noqa: S608 - as in COPY
        for name, columns in manifest.tables.items():
            _copy_in(connection, _listed(name, columns), folder / DATABASE / f"{name}.copy")
        migrate(connection)
        # From here on a name means the living table again, though PostgreSQL would look for passing ones first.
        connection.exec_driver_sql(f"SET LOCAL search_path = {path}, pg_temp")
        return "pg_temp"

    def keep_writers_out(self, connection: Connection) -> None:
        # What is there is copied meanwhile over another connection, while this one waits.
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        names = sorted(tables(), key=lambda name: (name == _AUDIT, name not in _LOCKED_FIRST, name))
        connection.exec_driver_sql(f"LOCK TABLE {', '.join(names)} IN EXCLUSIVE MODE")

    def count_on(self, connection: Connection) -> None:
        for table in Base.metadata.sorted_tables:
            column = table.autoincrement_column
            found = (
                column is not None
                and connection.exec_driver_sql(
                    "SELECT pg_get_serial_sequence(%s, %s)", (table.name, column.name)
                ).scalar()
            )
            if column is not None and found:
                highest = f"(SELECT coalesce(max({column.name}), 0) + 1 FROM {table.name})"  # noqa: S608 - our own names
                connection.exec_driver_sql(
                    f"SELECT setval(%s, greatest(nextval(%s), {highest}), false)", (found, found)
                )


COPIES: Mapping[str, Copies] = {"sqlite": _Sqlite(), "postgresql": _Postgres()}


def tables() -> Tables:
    """The station's tables with their columns, each after those that it refers to."""
    return {table.name: tuple(table.columns.keys()) for table in Base.metadata.sorted_tables}


def _copy_in(connection: Connection, listed: str, path: Path) -> None:
    statement = f"COPY {listed} FROM STDIN {_FORMAT}"
    with (
        path.open("rb") as file,
        _told(connection),
        _driver(connection).cursor() as cursor,
        cursor.copy(statement) as copied,
    ):
        while block := file.read(_CHUNK_BYTES):
            copied.write(block)


def _listed(name: str, columns: tuple[str, ...]) -> str:
    return f'"{name}" ({", ".join(f"{chr(34)}{column}{chr(34)}" for column in columns)})'


@contextmanager
def _told(connection: Connection) -> Iterator[None]:
    """What the driver says was wrong, where it is spoken to directly. Raises DatabaseTrouble."""
    try:
        yield
    except connection.dialect.loaded_dbapi.Error as problem:
        raise DatabaseTrouble(
            f"The station's database could not be copied: {reason_of(problem)}. Nothing was changed. Check it, and the free "
            "space there and where the copy is made: it takes twice what the station's data takes."
        ) from None


def _driver(connection: Connection) -> Any:  # noqa: ANN401 - one kind's or the other's
    return connection.connection.driver_connection
