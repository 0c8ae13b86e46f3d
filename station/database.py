"""The station's database: opened, migrated and watched here; what is SQLite's own is in sqlite.py."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import Session

from station.sqlite import for_reading, reading_engines, writing_engine
from station.tables import Base, StationRow
from sync.sealing import new_recovery_key

FILE_NAME = "station.sqlite3"


class DatabaseTrouble(Exception):
    """The station's data cannot be opened; the text is a sentence."""


class DatabaseGone(Exception):
    """The database's file is no longer where it was opened: what is written now would be lost with it."""


class Database:
    """The station's database. Every transaction is durable before it ends."""

    def __init__(self, engine: Engine, file: Path) -> None:
        self._engine = engine
        self._reading = for_reading(engine)
        self._file = file
        self._identity = _identity(file)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction of the only writer; committed durably at the end, or rolled back as a whole.

        Raises DatabaseGone, if need be after the commit: nobody may be told then that anything was stored.
        """
        with Session(self._engine) as session, session.begin():
            yield session
        self._see_that_it_is_there()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that sees one moment and keeps nobody waiting. Raises DatabaseGone."""
        self._see_that_it_is_there()
        with Session(self._reading) as session, session.begin():
            yield session

    def _see_that_it_is_there(self) -> None:
        if _identity(self._file) != self._identity:
            raise DatabaseGone(
                f"The database {self._file} was moved or deleted. Put it back, then start the station again."
            )

    def close(self) -> None:
        """Let all connections go."""
        self._engine.dispose()


def insert_once(session: Session, table: type[Base], values: dict[str, Any]) -> bool:
    """Insert a row unless its primary key or a unique key is there already; whether it was inserted."""
    result = session.execute(insert(table).values(values).on_conflict_do_nothing())
    return bool(getattr(result, "rowcount", 0))


def open_database(folder: Path) -> Database:
    """Open the database in a data folder, made and migrated as needed. Raises DatabaseTrouble."""
    file = folder / FILE_NAME
    engine = writing_engine(file)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _keep_private(file)
        with engine.begin() as connection:
            _migrate(connection)
            _found_station(connection)
        return Database(engine, file)
    except (OSError, DatabaseError, CommandError) as problem:
        engine.dispose()
        raise DatabaseTrouble(_sentence(folder, problem)) from problem


def open_for_reading(folder: Path) -> Database:
    """Open the database in a data folder without changing anything there. Raises DatabaseTrouble."""
    file = folder / FILE_NAME
    if not file.is_file():
        raise DatabaseTrouble(
            f"There is no station's data in {folder}. Name its folder with --data, or start it: station755 serve"
        )
    problem: Exception | None = None
    for engine in reading_engines(file):
        try:
            with engine.connect() as connection:
                _check_version(connection)
            return Database(engine, file)
        except (OSError, DatabaseError, CommandError) as found:
            problem = problem or found
            engine.dispose()
    raise DatabaseTrouble(_sentence(folder, problem or OSError(file))) from problem


def exists(folder: Path) -> bool:
    """Whether a station has its data in this folder."""
    return (folder / FILE_NAME).exists()


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _keep_private(file: Path) -> None:
    # Before SQLite opens it: the files that it makes beside the database get the same rights.
    if not file.is_dir():
        file.touch(mode=0o600)
        file.chmod(0o600)


def _migrate(connection: Connection) -> None:
    config = _alembic()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _check_version(connection: Connection) -> None:
    wanted = ScriptDirectory.from_config(_alembic()).get_current_head()
    if MigrationContext.configure(connection).get_current_revision() != wanted:
        raise CommandError("its tables are not those of this version; station755 serve brings older ones up to date")


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", "station:migrations")
    return config


def _found_station(connection: Connection) -> None:
    with Session(connection) as session:
        if session.scalar(select(StationRow)) is None:
            row = StationRow(id=1, epoch=str(uuid4()), secret=secrets.token_bytes(32), recovery_key=new_recovery_key())
            session.add(row)
            session.commit()


def _sentence(folder: Path, problem: Exception) -> str:
    if isinstance(problem, OSError | OperationalError):
        reason = getattr(problem, "strerror", None) or getattr(problem, "orig", None) or problem
        return (
            f"The station's data folder {folder} cannot be used: {reason}. "
            "Nothing that it has taken in is lost. Check the folder's rights and the free space."
        )
    # A CommandError is Alembic's, for tables that a newer version has made.
    return (
        f"The station's database {folder / FILE_NAME} is damaged or of a newer version: "
        f"{getattr(problem, 'orig', problem)}. Nothing was changed. Update the station, or restore a backup."
    )
