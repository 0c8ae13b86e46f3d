"""The station's database: opened, migrated and watched here; each kind's own ways are in sqlite.py and postgres.py."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DatabaseError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from station.chronicle import write_down
from station.kind import DatabaseTrouble, Kind
from station.postgres import server_at
from station.revisions import OtherTables, migrate, newest_revision, revision_of
from station.sqlite import SqliteFile
from station.table_base import Base
from station.tables import STATION_ID, StationRow
from sync.sealing import new_recovery_key


class DatabaseGone(Exception):
    """The database's file is no longer where it was opened: what is written now would be lost with it."""


# What passes: a full disk, a server that is down, another writer. Nothing was stored, and it may be tried again.
CANNOT_NOW = (OperationalError, InternalError, PoolTimeout, DatabaseGone)


class Database:
    """The station's database. Every transaction is durable before it ends."""

    def __init__(self, kind: Kind, engine: Engine) -> None:
        self._kind = kind
        self._engine = engine
        self._reading = kind.for_reading(engine)
        self._identity = kind.identity()

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that writes; committed durably at the end, or rolled back as a whole.

        On SQLite it is the only writer. On PostgreSQL others may write beside it: rows that are read and then changed
        are locked (with_for_update), what has no row yet is passed `one_at_a_time`.
        What was noted of it (happenings.py) is written into the audit before it ends.
        Raises DatabaseGone, if need be after the commit: nobody may be told then that anything was stored.
        """
        with Session(self._engine) as session, session.begin():
            yield session
            write_down(session)
        self._see_that_it_is_there()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that sees one moment and keeps nobody waiting. Raises DatabaseGone."""
        self._see_that_it_is_there()
        with Session(self._reading) as session, session.begin():
            yield session

    def _see_that_it_is_there(self) -> None:
        if self._kind.identity() != self._identity:
            raise DatabaseGone(self._kind.gone())

    def close(self) -> None:
        """Let all connections go."""
        self._engine.dispose()


_INSERTS: Mapping[str, Callable[[Any], Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def insert_once(session: Session, table: type[Base], values: dict[str, Any]) -> bool:
    """Insert a row unless its primary key or a unique key is there already; whether it was inserted."""
    insert = _INSERTS[_dialect(session)](table.__table__)
    # Only rows that were inserted come back; not every driver counts them.
    return session.execute(insert.values(values).on_conflict_do_nothing().returning(literal(1))).first() is not None


def one_at_a_time(session: Session, what: str) -> None:
    """Wait until no other transaction is at the same thing, and keep others waiting until this one ends."""
    if _dialect(session) == "postgresql":  # SQLite has one writer anyway
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(what, 755))))


def open_database(at: Path | str) -> Database:
    """Open the database in a data folder or at an address, made and migrated as needed. Raises DatabaseTrouble."""
    kind = kind_of(at)
    engine = kind.writing_engine()
    try:
        kind.make_room()
        with engine.begin() as connection:
            kind.wait_for_makers(connection)
            migrate(connection)
            _found_station(connection)
        return Database(kind, engine)
    except DatabaseTrouble:
        engine.dispose()
        raise
    except (OSError, DatabaseError, OtherTables) as problem:
        engine.dispose()
        raise DatabaseTrouble(kind.sentence(problem)) from problem


def open_for_reading(at: Path | str) -> Database:
    """Open the database in a data folder or at an address without changing anything there. Raises DatabaseTrouble."""
    kind = kind_of(at)
    if not kind.is_made():
        raise DatabaseTrouble(kind.nothing_there())
    problem: Exception | None = None
    for engine in kind.reading_engines():
        try:
            with engine.connect() as connection:
                is_used = _check_version(connection)
        except (OSError, DatabaseError, OtherTables) as found:
            problem = problem or found
            engine.dispose()
            continue
        if is_used:
            return Database(kind, engine)
        engine.dispose()
        raise DatabaseTrouble(kind.nothing_there())
    raise DatabaseTrouble(kind.sentence(problem or OSError("cannot be opened"))) from problem


def exists(at: Path | str) -> bool:
    """Whether a station has its data there; a database on a server always counts as one that is there."""
    return kind_of(at).is_made()


def kind_of(at: Path | str) -> Kind:
    """The kind of database at a place: SQLite in a data folder, PostgreSQL at an address. Raises BadAddress."""
    return SqliteFile(at) if isinstance(at, Path) else server_at(at)


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name


def _check_version(connection: Connection) -> bool:
    """Whether there are a station's tables. Raises OtherTables for those of another version."""
    found = revision_of(connection)
    if found not in (None, newest_revision()):
        raise OtherTables("its tables are not those of this version; station755 serve brings older ones up to date")
    return found is not None


def _found_station(connection: Connection) -> None:
    with Session(connection) as session:
        if session.scalar(select(StationRow)) is None:
            row = StationRow(
                id=STATION_ID, epoch=str(uuid4()), secret=secrets.token_bytes(32), recovery_key=new_recovery_key()
            )
            session.add(row)
            session.commit()
