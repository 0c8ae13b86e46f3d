"""SQLite's own ways: a file in the data folder, its connections, and how transactions begin."""

import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from station.kind import DatabaseTrouble, reason_of

FILE_NAME = "station.sqlite3"
_MOVED = ".moved-"
# How long a writer waits for another one: an exchange commits in milliseconds, a backup in seconds.
BUSY_SECONDS_MAX = 10
# Between two tries at what SQLite does not wait for by itself.
_BUSY_SECONDS = 0.02
# Between two tries of a writer. SQLite's own grow to a tenth of a second: while fifty cars hand in, a sergeant's approval, or
# another worker, would find the moment between two batches by chance.
_TURN_SECONDS = 0.001
# SQLite's extended codes carry the primary one in their lowest byte.
_PRIMARY_CODE = 0xFF
_READING = "contact755_reading"


@dataclass(frozen=True, slots=True)
class SqliteFile:
    """The database in a data folder."""

    folder: Path

    @property
    def file(self) -> Path:
        """The database's file; SQLite keeps its log and its index beside it."""
        return self.folder / FILE_NAME

    def aside(self, now: datetime) -> Path:
        """The name that the file gets when its station moves elsewhere."""
        return self.file.with_name(f"{FILE_NAME}{_MOVED}{now:%Y%m%dT%H%M%SZ}")

    def is_made(self) -> bool:
        """Whether there is a file, or was one until its station moved elsewhere."""
        return self.file.exists() or bool(self._moved())

    def make_room(self) -> None:
        """Make the folder and the file, for the station's own account only. Raises OSError and DatabaseTrouble."""
        self._see_that_it_did_not_move()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Before SQLite opens it: the files that it makes beside the database get the same rights.
        if not self.file.is_dir():
            self.file.touch(mode=0o600)
            self.file.chmod(0o600)

    def writing_engine(self) -> Engine:
        """An engine over the file."""
        engine = create_engine(
            URL.create("sqlite+pysqlite", database=str(self.file)),
            hide_parameters=True,  # what is told of a fault holds nobody's data
        )
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        return engine

    def reading_engines(self) -> Iterator[Engine]:
        """Engines that change nothing, the better one first.

        SQLite reads a WAL database only where it can make a file beside it. On a full or read-only disk it can be read
        as a file that nobody changes, as long as nothing waits in its log.
        """
        self._see_that_it_did_not_move()
        yield self._reading_engine("mode=ro")
        log = self.file.with_name(f"{FILE_NAME}-wal")
        if not log.exists() or log.stat().st_size == 0:
            yield self._reading_engine("mode=ro&immutable=1")

    def for_reading(self, engine: Engine) -> Engine:
        """The same engine with transactions that only read."""
        return engine.execution_options(**{_READING: True})

    def wait_for_makers(self, connection: Connection) -> None:
        """Nothing: every writing transaction has the file to itself."""

    def identity(self) -> object:
        """The file's number on its disk; None while there is none."""
        try:
            found = self.file.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def nothing_there(self) -> str:
        """No file, or none any more."""
        moved = self._moved()
        if moved:
            return (
                f"This station has moved to PostgreSQL; {moved[-1]} is what was here. Name the database that it moved to, with "
                "--database or STATION755_DATABASE."
            )
        return (
            f"There is no station's data in {self.folder}. Name its folder with --data, or start it: station755 serve"
        )

    def gone(self) -> str:
        """The file is not where it was opened."""
        return f"The database {self.file} was moved or deleted. Put it back, then start the station again."

    def sentence(self, problem: Exception) -> str:
        """Why the file cannot be opened."""
        if isinstance(problem, OSError | OperationalError):
            return (
                f"The station's data folder {self.folder} cannot be used: {reason_of(problem)}. "
                "Nothing that it has taken in is lost. Check the folder's rights and the free space."
            )
        return (
            f"The station's database {self.file} is damaged or of a newer version: {reason_of(problem)}. "
            "Nothing was changed. Update the station, or restore a backup."
        )

    def _moved(self) -> list[Path]:
        return sorted(self.folder.glob(f"{FILE_NAME}{_MOVED}*"))

    def _see_that_it_did_not_move(self) -> None:
        """An empty station begun here would refuse every device. Raises DatabaseTrouble."""
        if self._moved() and not self.file.exists():
            raise DatabaseTrouble(self.nothing_there())

    def _reading_engine(self, how: str) -> Engine:
        address = f"file:{quote(str(self.file.absolute()))}?{how}"
        connect = lambda: sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS_MAX, isolation_level=None)  # noqa: E731 - SQLAlchemy asks for a callable
        engine = self.for_reading(
            create_engine("sqlite+pysqlite://", creator=connect, poolclass=NullPool, hide_parameters=True)
        )
        event.listen(engine, "begin", _begin)
        return engine


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy begins its transactions itself, see _begin
    for pragma in (
        f"busy_timeout = {BUSY_SECONDS_MAX * 1000}",
        "synchronous = FULL",  # a receipt is given only for what a power cut cannot take back
        "foreign_keys = ON",
        "secure_delete = ON",  # what is deleted is written over, not only forgotten (docs/retention.md)
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
            if not _is_busy(problem) or time.monotonic() > give_up_at:
                raise
            time.sleep(_BUSY_SECONDS)
        else:
            return


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get(_READING, False):
        connection.exec_driver_sql("BEGIN")
        return
    # A writer that starts as a reader can be refused half-way; so writers say at once that they will write.
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101 - a connection that begins is one
    (waits_ms,) = driver.execute("PRAGMA busy_timeout").fetchone()
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        give_up_at = time.monotonic() + waits_ms / 1_000
        while not _is_tried(driver) and time.monotonic() < give_up_at:
            time.sleep(_TURN_SECONDS)
        if not driver.in_transaction:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # raises what SQLAlchemy makes of the reason
    finally:
        driver.execute(f"PRAGMA busy_timeout = {waits_ms}")


def _is_tried(driver: Any) -> bool:  # noqa: ANN401 - SQLAlchemy knows no better
    """Try to begin; false if somebody else is writing just now."""
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as problem:
        return not _is_busy(problem)
    except sqlite3.Error:
        pass  # told by the next try
    return True


def _is_busy(problem: sqlite3.OperationalError) -> bool:
    return problem.sqlite_errorcode & _PRIMARY_CODE == sqlite3.SQLITE_BUSY
