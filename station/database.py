"""The database: opened here, migrated here, and the only file that knows one kind of database from another."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from station.tables import Base, StationRow

FILE_NAME = "station.sqlite3"
# How long a writer waits for another one: an exchange commits in milliseconds, a backup in seconds.
BUSY_SECONDS_MAX = 10
_READING = "contact755_reading"


class DatabaseTrouble(Exception):
    """The station's data cannot be opened; the text is a sentence."""


class Database:
    """The station's database. Every transaction is durable before it ends."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reading = engine.execution_options(**{_READING: True})

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction of the only writer; committed durably at the end, or rolled back as a whole."""
        with Session(self._engine) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that sees one moment and keeps nobody waiting."""
        with Session(self._reading) as session, session.begin():
            yield session

    def close(self) -> None:
        """Let all connections go."""
        self._engine.dispose()


def insert_once(session: Session, table: type[Base], values: dict[str, Any]) -> bool:
    """Insert a row unless its primary key or a unique key is there already; whether it was inserted."""
    result = session.execute(insert(table).values(values).on_conflict_do_nothing())
    return bool(getattr(result, "rowcount", 0))


def open_database(folder: Path) -> Database:
    """Open the database in a data folder, made and migrated as needed. Raises DatabaseTrouble."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        engine = create_engine(f"sqlite+pysqlite:///{folder / FILE_NAME}")
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        with engine.begin() as connection:
            _migrate(connection)
            _found_station(connection)
        os.chmod(folder / FILE_NAME, 0o600)  # noqa: PTH101 - the same either way, and no second path object
    except (OSError, OperationalError) as problem:
        raise DatabaseTrouble(
            f"The station's data folder {folder} cannot be used: {_reason(problem)}. "
            "Nothing that it has taken in is lost. Check the folder's rights and the free space."
        ) from problem
    return Database(engine)


def _prepare(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's connection
    connection.isolation_level = None  # SQLAlchemy begins its transactions itself, see _begin
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",  # a receipt is given only for what a power cut cannot take back
        "foreign_keys = ON",
        f"busy_timeout = {BUSY_SECONDS_MAX * 1000}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    # A writer that starts as a reader can be refused half-way; so writers say at once that they will write.
    is_reading = connection.get_execution_options().get(_READING, False)
    connection.exec_driver_sql("BEGIN" if is_reading else "BEGIN IMMEDIATE")


def _migrate(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", "station:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _found_station(connection: Connection) -> None:
    with Session(connection) as session:
        if session.scalar(select(StationRow)) is None:
            session.add(StationRow(id=1, epoch=str(uuid4()), secret=secrets.token_bytes(32)))
            session.commit()


def _reason(problem: Exception) -> str:
    if isinstance(problem, OperationalError):
        return str(problem.orig)
    return str(getattr(problem, "strerror", None) or problem)
