"""Moving a station from SQLite to PostgreSQL: every row is copied in one transaction, and read again on both sides.

Nobody else writes meanwhile, and until the new database has it all for good, the old one is the station's. Then its file
steps aside under another name: a station that still serves there takes nothing in any more, and none begins there anew.
"""

import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, String, Table, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from station.chain import Broken, Head, verify
from station.chronicle import all_entries, append
from station.chronicle_table import ChronicleRow
from station.copies import COPIES
from station.database import kind_of
from station.files import take_place
from station.happenings import ORIGIN, Happening, Noted, Outcome
from station.kind import DatabaseTrouble, Kind, reason_of
from station.revisions import OtherTables, migrate, newest_revision, revision_of
from station.sqlite import BUSY_SECONDS_MAX, SqliteFile
from station.table_base import Base, table_of

# Rows held in memory at once.
_ROWS_AT_ONCE = 1_000
# Between two tries at bringing SQLite's log into its file, which waits for whoever still reads.
_BUSY_SECONDS = 0.1


class NotMoved(Exception):
    """The station stays where it is, and nothing was changed; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Moved:
    """How many rows each table has on both sides, the audit as it came along, and the old file's new name."""

    rows: Mapping[str, int]
    audit: Head | Broken
    aside: Path


def move(folder: Path, address: str, now: datetime, by: str) -> Moved:
    """Move the station of a data folder into an empty database. The audit tells of it there.

    Raises NotMoved, DatabaseTrouble, DatabaseError, OSError.
    """
    source, target = SqliteFile(folder), kind_of(address)
    if not source.file.exists():
        raise DatabaseTrouble(source.nothing_there())
    with _disposed(source) as from_engine, _disposed(target) as to_engine, from_engine.begin() as old:
        _see_that_it_is_of_this_version(old)
        _bring_the_log_in(source)
        with to_engine.begin() as new:
            _make_tables(target, new)
            rows = {table.name: _copy(old, new, table) for table in Base.metadata.sorted_tables}
            COPIES["postgresql"].count_on(new)
            for table in Base.metadata.sorted_tables:
                _see_that_they_are_equal(old, new, table)
            with Session(new) as session:
                audit = verify(all_entries(session))
                noted = Noted(Happening.MOVED, by, "", f"from {source.file}", ORIGIN.get(), Outcome.DONE)
                append(session, [noted], now)
        _make_quick(to_engine)
        take_place(source.file, of=(aside := source.aside(now)))
    return Moved(rows, audit, aside)


def _make_quick(engine: Engine) -> None:
    """What the server does by itself in the minutes after so many rows: before the first page is asked for, not after."""
    with suppress(DBAPIError), engine.connect() as connection:  # without it all is there, only slower for a while
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM (ANALYZE)")


@contextmanager
def _disposed(kind: Kind) -> Iterator[Engine]:
    """An engine, until the end. Raises DatabaseTrouble."""
    engine = kind.writing_engine()
    try:
        yield engine
    except OtherTables as problem:
        raise DatabaseTrouble(kind.sentence(problem)) from problem
    finally:
        engine.dispose()


def _see_that_it_is_of_this_version(old: Connection) -> None:
    if revision_of(old) != newest_revision():
        raise NotMoved(
            "The station's database is of another version. Nothing was changed. Bring it up to date first: station755 serve"
        )


def _bring_the_log_in(source: SqliteFile) -> None:
    """Bring all that SQLite has into the one file, so that it is whole under any name. Nobody writes meanwhile."""
    give_up_at = time.monotonic() + BUSY_SECONDS_MAX
    with closing(sqlite3.connect(source.file, timeout=BUSY_SECONDS_MAX)) as connection:
        while True:
            _, frames, brought_in = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            if frames == brought_in:
                return
            if time.monotonic() > give_up_at:
                raise NotMoved(
                    "Somebody has been reading the database for a long time. Nothing was changed. Try again."
                )
            time.sleep(_BUSY_SECONDS)


def _make_tables(target: Kind, new: Connection) -> None:
    new.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")  # it may wait for SQLite
    target.wait_for_makers(new)
    if revision_of(new) is not None:
        raise NotMoved(
            "There is a station's data in that database already, and it is left as it is. Nothing was changed. Name an empty "
            "one. If a move there was broken off: the station is still here; drop that database, make it anew, and move again."
        )
    migrate(new)
    for table in reversed(Base.metadata.sorted_tables):
        if table is not table_of(ChronicleRow):  # which refuses, and which no migration puts anything into
            new.execute(table.delete())  # what a migration itself puts in is in the old tables too


def _copy(old: Connection, new: Connection, table: Table) -> int:
    """Copy a table's rows; how many. Raises NotMoved for one that the new database does not take."""
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    driver: Any = new.connection.driver_connection
    count = 0
    try:
        with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copied:
            for row in old.execute(select(table).execution_options(yield_per=_ROWS_AT_ONCE)):
                copied.write_row(row)
                count += 1
    except new.dialect.loaded_dbapi.Error as problem:
        raise NotMoved(
            f"PostgreSQL does not take a row of {table.name} (after {count}): {reason_of(problem)}. Nothing was changed: the "
            "station is where it was."
        ) from None
    return count


def _see_that_they_are_equal(old: Connection, new: Connection, table: Table) -> None:
    """Read a table on both sides, and compare row by row. Raises NotMoved."""
    for number, (one, other) in enumerate(zip_longest(_rows(old, table), _rows(new, table)), start=1):
        if one is None or other is None or tuple(one) != tuple(other):
            raise NotMoved(
                f"What arrived in {table.name} is not what was sent, from row {number} on. Nothing was changed: the station is "
                "where it was. Please tell whoever keeps this program."
            )


def _rows(connection: Connection, table: Table) -> Iterator[Row[Any]]:
    yield from connection.execute(_in_order(connection, table).execution_options(yield_per=_ROWS_AT_ONCE))


def _in_order(connection: Connection, table: Table) -> Select[Any]:
    """By primary key, text by its bytes on both sides, whatever a server's language is."""
    is_postgres = connection.dialect.name == "postgresql"
    return select(table).order_by(
        *(key.collate("C") if is_postgres and isinstance(key.type, String) else key for key in table.primary_key)
    )
