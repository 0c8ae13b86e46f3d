"""A station with a backup of it, and what the tests of backups ask of a database."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from doubles import FixedClock
from handset import Handset, enrolled_handset, hand_in
from sqlalchemy import create_engine, inspect

from bench.cluster import Cluster
from station.archive import DATABASE, Manifest, digests, unpack_archive, write_archive
from station.authority import Authority
from station.backing_up import back_up
from station.copies import COPIES
from station.database import Database, open_database
from station.desk import Desk
from station.devices import the_station
from station.revisions import _alembic
from station.sqlite import FILE_NAME
from station.tables import RecordRow


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The station's data folder, with an authority; SQLite lies there too."""
    folder = tmp_path / "station"
    Authority(folder).make("Norwalk Station", FixedClock().now())
    return folder


@pytest.fixture
def handset(database: Database, desk: Desk, clock: FixedClock) -> Handset:
    """An enrolled device."""
    return enrolled_handset(database, desk, clock)


@pytest.fixture
def backup(database: Database, data: Path, handset: Handset, tmp_path: Path, clock: FixedClock) -> Path:
    """A backup of a station with three contacts."""
    hand_in(handset, *(handset.contact() for _ in range(3)))
    back_up(database, data, tmp_path / "b", clock.now())
    return tmp_path / "b"


@pytest.fixture
def empty(place: Path | str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path | str]:
    """A place of the same kind where no station ever was."""
    if isinstance(place, Path):
        yield tmp_path / "another"
        return
    cluster: Cluster = request.getfixturevalue("postgres")
    with cluster.database("template0") as address:
        yield address


@contextmanager
def opened(place: Path | str) -> Iterator[Database]:
    """A database, for a while."""
    database = open_database(place)
    try:
        yield database
    finally:
        database.close()


def records_of(database: Database) -> set[tuple[str, str]]:
    """Every record with its hash."""
    with database.reading() as session:
        return {(str(row.id), row.hash) for row in session.query(RecordRow)}


def epoch_of(database: Database) -> str:
    """The station's epoch."""
    with database.reading() as session:
        return the_station(session).epoch


def older_backup(database: Database, backup: Path, revision: str, tmp_path: Path) -> Path:
    """The same backup as a version of an older revision has made it; a PostgreSQL database is of that version afterwards."""
    files, to = tmp_path / "older files", tmp_path / "older"
    manifest = unpack_archive(backup, files)
    copy = files / DATABASE / FILE_NAME
    engine = create_engine(f"sqlite:///{copy}") if copy.exists() else database._engine
    with engine.begin() as connection:
        config = _alembic()
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
        found = inspect(connection)
        tables = {
            name: tuple(str(column["name"]) for column in found.get_columns(name))
            for name in manifest.tables
            if found.has_table(name)
        }
    if copy.exists():
        engine.dispose()
    else:
        shutil.rmtree(files / DATABASE)
        (files / DATABASE).mkdir()
        with database.reading() as session:
            COPIES[manifest.kind].copy_out(session.connection(), files / DATABASE, tables)
    write_archive(to, replace(manifest, revision=revision, tables=tables, members=digests(files)), files)
    return to


def changed(backup: Path, to: Path, tmp_path: Path, change: Callable[[Manifest], Manifest]) -> Path:
    """The same backup under another manifest."""
    files = tmp_path / "unpacked"
    manifest = unpack_archive(backup, files)
    write_archive(to, change(manifest), files)
    shutil.rmtree(files)
    return to
