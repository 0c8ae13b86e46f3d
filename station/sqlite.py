"""SQLite's own ways: how connections are made, and how transactions begin. The only file that another database replaces."""

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

# How long a writer waits for another one: an exchange commits in milliseconds, a backup in seconds.
BUSY_SECONDS_MAX = 10
# Between two tries at what SQLite does not wait for by itself.
_BUSY_SECONDS = 0.02
# SQLite's extended codes carry the primary one in their lowest byte.
_PRIMARY_CODE = 0xFF
_READING = "contact755_reading"


def writing_engine(file: Path) -> Engine:
    """An engine over a file, which is made if it is not there."""
    engine = create_engine(URL.create("sqlite+pysqlite", database=str(file)))
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def reading_engines(file: Path) -> Iterator[Engine]:
    """Engines that change nothing, the better one first.

    SQLite reads a WAL database only where it can make a file beside it. On a full or read-only disk it can be read as a
    file that nobody changes, as long as nothing waits in its log.
    """
    yield _reading_engine(file, "mode=ro")
    log = file.with_name(f"{file.name}-wal")
    if not log.exists() or log.stat().st_size == 0:
        yield _reading_engine(file, "mode=ro&immutable=1")


def for_reading(engine: Engine) -> Engine:
    """The same engine with transactions that only read."""
    return engine.execution_options(**{_READING: True})


def _reading_engine(file: Path, how: str) -> Engine:
    address = f"file:{quote(str(file.absolute()))}?{how}"
    connect = lambda: sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS_MAX, isolation_level=None)  # noqa: E731 - SQLAlchemy asks for a callable
    engine = for_reading(create_engine("sqlite+pysqlite://", creator=connect, poolclass=NullPool))
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy begins its transactions itself, see _begin
    for pragma in (
        f"busy_timeout = {BUSY_SECONDS_MAX * 1000}",
        "synchronous = FULL",  # a receipt is given only for what a power cut cannot take back
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")
    _use_wal(connection)


def _use_wal(connection: sqlite3.Connection) -> None:
    # While another process makes the same database, SQLite refuses this at once, whatever the busy timeout.
    give_up_at = time.monotonic() + BUSY_SECONDS_MAX
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as problem:
            is_busy = problem.sqlite_errorcode & _PRIMARY_CODE == sqlite3.SQLITE_BUSY
            if not is_busy or time.monotonic() > give_up_at:
                raise
            time.sleep(_BUSY_SECONDS)
        else:
            return


def _begin(connection: Connection) -> None:
    # A writer that starts as a reader can be refused half-way; so writers say at once that they will write.
    is_reading = connection.get_execution_options().get(_READING, False)
    connection.exec_driver_sql("BEGIN" if is_reading else "BEGIN IMMEDIATE")
