"""A fresh station's database of each kind: a copy of one, because making the tables takes longer than most tests."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres import TEMPLATE, station_cluster

from bench.cluster import Cluster
from station.database import Database, open_database


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A PostgreSQL server, started when the first test asks for it."""
    with station_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the database of a station that has done nothing yet."""
    folder = tmp_path_factory.mktemp("made once") / "station"
    open_database(folder).close()
    return folder


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path | str]:
    """Where the station's database is: in a data folder, or at an address. Tests of one kind alone say so."""
    if request.param == "sqlite":
        yield shutil.copytree(request.getfixturevalue("made_once"), tmp_path / "station", dirs_exist_ok=True)
    else:
        with request.getfixturevalue("postgres").database(TEMPLATE) as address:
            yield address


@pytest.fixture
def database(place: Path | str) -> Iterator[Database]:
    """A station's database, fresh, of each kind."""
    database = open_database(place)
    yield database
    database.close()
