"""A station with a backup of it, and what the tests of backups ask of a database."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from doubles import FixedClock
from handset import Handset, enrolled_handset, hand_in

from bench.cluster import Cluster
from station.archive import Manifest, unpack_archive, write_archive
from station.authority import Authority
from station.backing_up import back_up
from station.database import Database, open_database
from station.desk import Desk
from station.devices import the_station
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


def changed(backup: Path, to: Path, tmp_path: Path, change: Callable[[Manifest], Manifest]) -> Path:
    """The same backup under another manifest."""
    files = tmp_path / "unpacked"
    manifest = unpack_archive(backup, files)
    write_archive(to, change(manifest), files)
    shutil.rmtree(files)
    return to
