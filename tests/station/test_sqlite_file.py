"""The database in a data folder: a file, its connections, its rights, and other programs at it."""

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from doubles import FixedClock
from handset import a_code, row_counts, wait_less
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from station.database import Database, open_database
from station.devices import the_station
from station.kind import DatabaseTrouble
from station.sqlite import BUSY_SECONDS_MAX, FILE_NAME


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """SQLite alone."""
    return tmp_path / "station"


@pytest.fixture
def other_writer(database: Database, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Somebody else who writes to the same file: a backup, or another command."""
    connection = sqlite3.connect(tmp_path / "station" / FILE_NAME, isolation_level=None, check_same_thread=False)
    yield connection
    connection.close()


def test_every_connection_writes_through_to_the_disk(database: Database) -> None:
    """Also one that the pool makes later, and one that was used and given back."""
    for _ in range(2):
        with database.writing() as first, database.reading() as second:
            for session in (first, second):
                found = {
                    name: session.execute(text(f"PRAGMA {name}")).scalar_one()
                    for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
                }
                assert found == {
                    "journal_mode": "wal",
                    "synchronous": 2,  # FULL
                    "foreign_keys": 1,
                    "busy_timeout": BUSY_SECONDS_MAX * 1_000,
                }
        database.close()


def test_a_writer_waits_for_another_processs_writer(
    database: Database, other_writer: sqlite3.Connection, clock: FixedClock
) -> None:
    other_writer.execute("BEGIN IMMEDIATE")
    other_writer.execute(
        "INSERT INTO people (number, role, added_at) VALUES ('900002', 'deputy', '2026-11-22 22:32:05.000000')"
    )
    done = threading.Event()

    def write() -> None:
        a_code(database, clock)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    assert not done.wait(0.3)
    other_writer.execute("COMMIT")
    writer.join(BUSY_SECONDS_MAX)
    assert done.is_set()
    counts = row_counts(database)
    assert (counts["people"], counts["enrol_codes"]) == (1, 1)


def test_a_writer_that_waited_in_vain_says_so_and_changes_nothing(
    database: Database, other_writer: sqlite3.Connection, clock: FixedClock
) -> None:
    wait_less(database)
    other_writer.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="locked"):
        a_code(database, clock)
    other_writer.execute("ROLLBACK")
    a_code(database, clock)
    assert row_counts(database)["enrol_codes"] == 1


def test_readers_and_a_writer_do_not_wait_for_each_other(
    database: Database, other_writer: sqlite3.Connection, clock: FixedClock
) -> None:
    with database.reading() as early:
        assert the_station(early).epoch
        a_code(database, clock)  # commits while the reader is still at it
        other_writer.execute("BEGIN IMMEDIATE")
        other_writer.execute("DELETE FROM enrol_codes")
        assert row_counts(database)["enrol_codes"] == 1  # reads while the writer is still at it
        other_writer.execute("ROLLBACK")
        assert early.scalar(text("SELECT count(*) FROM enrol_codes")) == 0  # sees one moment


@pytest.mark.skipif(os.name != "posix", reason="POSIX file modes")
def test_only_the_stations_own_account_can_read_its_data(database: Database, tmp_path: Path, clock: FixedClock) -> None:
    a_code(database, clock)
    found = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "station").iterdir()}
    assert found == {FILE_NAME: 0o600, f"{FILE_NAME}-wal": 0o600, f"{FILE_NAME}-shm": 0o600}
    assert (tmp_path / "station").stat().st_mode & 0o777 == 0o700


def trouble_with(folder: Path) -> str:
    """The sentence for a data folder that cannot be used."""
    with pytest.raises(DatabaseTrouble) as caught:
        open_database(folder)
    return str(caught.value)


def test_a_data_folder_that_is_a_file_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("a note")
    for folder in (tmp_path / "notes", tmp_path / "notes" / "station"):
        assert trouble_with(folder).startswith(f"The station's data folder {folder} cannot be used: ")
    assert (tmp_path / "notes").read_text() == "a note"


def test_a_database_that_is_a_folder_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    assert "unable to open database file. Nothing that it has taken in is lost." in trouble_with(tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="POSIX file modes")
@pytest.mark.parametrize("has_file", [False, True])
def test_a_data_folder_that_cannot_be_written_is_refused_in_a_sentence(tmp_path: Path, *, has_file: bool) -> None:
    """In a process of a plain account: an administrator may write everywhere."""
    if has_file:
        open_database(tmp_path / "data").close()
    else:
        (tmp_path / "data").mkdir()
    for path in ((tmp_path / "data"), *(tmp_path / "data").iterdir()):
        path.chmod(0o555 if path.is_dir() else 0o444)
    said = _as_plain_account(tmp_path / "data")
    assert said.startswith("DatabaseTrouble: The station's data folder data cannot be used: "), said
    assert said.endswith("Check the folder's rights and the free space.")


def _as_plain_account(folder: Path) -> str:
    """What opening a data folder says without an administrator's rights."""
    nobody = 65_534
    code = (
        "import os, sys; from pathlib import Path; from station.database import open_database\n"
        f"os.chdir(sys.argv[1])\nos.geteuid() or os.setuid({nobody})\n"
        "try: open_database(Path(sys.argv[2]))\n"
        "except Exception as problem: print(f'{type(problem).__name__}: {problem}')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, folder.parent, folder.name], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_damaged_database_is_refused_in_a_sentence_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database at all" * 1_000)
    said = trouble_with(tmp_path)
    assert "is damaged or of a newer version: file is not a database. Nothing was changed." in said
    assert (tmp_path / FILE_NAME).read_bytes() == b"no database at all" * 1_000
