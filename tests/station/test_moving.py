"""A station moves from SQLite to PostgreSQL: all of it, equal on both sides, and nobody's device notices."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from backups import epoch_of, opened, records_of
from doubles import FixedClock
from handset import Handset, enrolled_handset, hand_in
from programs import Program
from sqlalchemy import create_engine, select

from bench.cluster import Cluster
from station.authority import Authority
from station.chain import Broken, Head
from station.chronicle import all_entries
from station.database import Database, open_database, open_for_reading
from station.desk import Desk
from station.happenings import Happening, note
from station.kind import DatabaseTrouble
from station.moving import NotMoved, move
from station.people_tables import PersonRow
from station.refusal import Refused
from station.revisions import _alembic
from station.sqlite import FILE_NAME
from station.table_base import Base
from station.tables import DeviceRow
from sync.commandline import Exit
from sync.reference import Reference
from sync.verdicts import Verdict


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The data folder of the station that moves, with its authority."""
    Authority(tmp_path / "station").make("Norwalk Station", FixedClock().now())
    return tmp_path / "station"


@pytest.fixture
def address(postgres: Cluster) -> Iterator[str]:
    """An empty PostgreSQL database."""
    with postgres.database() as address:
        yield address


@pytest.fixture
def old(folder: Path, reference: Reference, clock: FixedClock) -> Iterator[Database]:
    """The station on SQLite, with an audit."""
    with opened(folder) as database:
        with database.writing() as session:
            for number in ("Z", "a", "B", "é", "0"):  # whose order depends on the language
                session.add(PersonRow(number=number, role="deputy", added_at=clock.now()))
                note(session, Happening.PERSON_ADDED, "admin", number)
        yield database


@pytest.fixture
def handset(old: Database, reference: Reference, clock: FixedClock) -> Handset:
    """A device that has sent three contacts."""
    made = enrolled_handset(old, Desk(old, reference, clock.now), clock)
    hand_in(made, *(made.contact() for _ in range(3)))
    return made


def rows_of(database: Database) -> dict[str, set[tuple[object, ...]]]:
    """All rows of all tables but the audit's."""
    with database.reading() as session:
        return {
            table.name: {tuple(row) for row in session.execute(select(table))}
            for table in Base.metadata.sorted_tables
            if table.name != "chronicle"
        }


def test_every_row_is_there_and_the_audit_goes_on(
    old: Database, handset: Handset, folder: Path, address: str, clock: FixedClock
) -> None:
    before = rows_of(old)
    with old.reading() as session:
        entries = list(all_entries(session))
    moved = move(folder, address, clock.now(), "os:root")
    assert moved.rows["records"] == 3
    assert moved.audit == Head(entries[-1].number, entries[-1].hash)
    assert (moved.aside.exists(), (folder / FILE_NAME).exists()) == (True, False)
    with opened(address) as new:
        assert rows_of(new) == before
        with new.reading() as session:
            after = list(all_entries(session))
    assert after[:-1] == entries
    assert (after[-1].kind, after[-1].who) == ("moved", "os:root")


def test_a_device_goes_on_without_noticing(
    old: Database, handset: Handset, folder: Path, address: str, reference: Reference, clock: FixedClock
) -> None:
    with pytest.raises(DatabaseTrouble):
        open_for_reading(address)
    epoch = epoch_of(old)
    unsent = handset.contact()
    move(folder, address, clock.now(), "os:root")
    with pytest.raises(Refused):
        handset.verdicts(unsent)  # whoever still serves the old one takes nothing in
    with opened(address) as new:
        assert epoch_of(new) == epoch
        handset.desk = Desk(new, reference, clock.now)
        assert handset.verdicts(unsent) == [Verdict.ACCEPTED]
        assert len(records_of(new)) == 4
        with new.reading() as session:
            assert session.scalar(select(DeviceRow.sequence_last)) == 4


def test_what_was_acknowledged_while_it_moved_is_there(
    old: Database, handset: Handset, folder: Path, address: str, clock: FixedClock
) -> None:
    acknowledged: set[str] = set()
    is_over = threading.Event()

    def send() -> None:
        while not is_over.is_set():
            record = handset.contact()
            try:
                if handset.verdicts(record) == [Verdict.ACCEPTED]:
                    acknowledged.add(record["id"])
            except Refused:
                return

    sender = threading.Thread(target=send)
    sender.start()
    give_up_at = time.monotonic() + 60
    while len(acknowledged) <= 10 and sender.is_alive() and time.monotonic() < give_up_at:  # however slow the machine
        time.sleep(0.01)
    move(folder, address, clock.now(), "os:root")
    time.sleep(0.3)
    is_over.set()
    sender.join()
    with opened(address) as new:
        held = {number for number, _ in records_of(new)}
    assert len(acknowledged) > 10
    assert acknowledged <= held


def test_a_database_in_use_and_an_older_one_are_left_alone(
    old: Database, handset: Handset, folder: Path, address: str, clock: FixedClock
) -> None:
    open_database(address).close()
    with pytest.raises(NotMoved, match="already"):
        move(folder, address, clock.now(), "os:root")
    assert handset.verdicts(handset.contact()) == [Verdict.ACCEPTED]


def test_an_older_station_is_brought_up_to_date_first(folder: Path, address: str, clock: FixedClock) -> None:
    open_database(folder).close()
    engine = create_engine(f"sqlite:///{folder / FILE_NAME}")
    with engine.begin() as connection:
        config = _alembic()
        config.attributes["connection"] = connection
        command.downgrade(config, "-1")
    engine.dispose()
    with pytest.raises(NotMoved, match="another version"):
        move(folder, address, clock.now(), "os:root")
    with pytest.raises(DatabaseTrouble, match="no station's data"):
        open_for_reading(address)


def test_what_postgresql_does_not_take_leaves_the_station_where_it_was(
    old: Database, handset: Handset, folder: Path, address: str, clock: FixedClock
) -> None:
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection, connection:
        connection.execute("UPDATE devices SET name = ?", ("x" * 81,))
    with pytest.raises(NotMoved, match="devices"):
        move(folder, address, clock.now(), "os:root")
    assert handset.verdicts(handset.contact()) == [Verdict.ACCEPTED]
    with pytest.raises(DatabaseTrouble, match="no station's data"):
        open_for_reading(address)


def test_a_broken_audit_comes_along_as_it_is_and_is_named(
    old: Database, folder: Path, address: str, clock: FixedClock
) -> None:
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection, connection:
        connection.execute("DROP TRIGGER chronicle_no_update")
        connection.execute("UPDATE chronicle SET who = 'nobody' WHERE number = 2")
    moved = move(folder, address, clock.now(), "os:root")
    assert isinstance(moved.audit, Broken)
    assert moved.audit.number == 2


def test_no_new_station_begins_where_one_has_moved_away(
    old: Database, folder: Path, address: str, clock: FixedClock
) -> None:
    moved = move(folder, address, clock.now(), "os:root")
    for opening in (open_database, open_for_reading):
        with pytest.raises(DatabaseTrouble, match="has moved to PostgreSQL"):
            opening(folder)
    moved.aside.rename(folder / FILE_NAME)  # somebody thinks better of it
    with opened(folder) as database:
        assert not records_of(database)


def test_the_command_moves_says_so_and_refuses_in_sentences(station755: Program, address: str, tmp_path: Path) -> None:
    assert station755("add-person", "900001").code == 0
    refused = station755("move")
    assert (refused.code, "--database" in refused.err) == (Exit.BAD_INPUT, True)
    nothing = station755("move", "--database", address, "--data", str(tmp_path / "nothing"))
    assert (nothing.code, "no station's data" in nothing.err) == (Exit.STORE_TROUBLE, True)
    moved = station755("move", "--database", address)
    assert moved.code == 0, moved.err
    assert "equal on both sides" in moved.out
    again = station755("move", "--database", address)
    assert (again.code, "has moved" in again.err) == (Exit.STORE_TROUBLE, True)
    assert station755("devices", "--database", address).code == 0
    assert "has moved to PostgreSQL" in station755("devices").err
