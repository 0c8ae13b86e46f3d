"""Holds and the empty rows of what was deleted go wherever the station goes: moved, backed up, put back, brought up to date."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from alembic import command
from backups import opened
from doubles import FixedClock
from handset import Handset, Sheet, enrolled_handset, hand_in, row_counts
from keeping import DAYS, FIRST, TODAY, at, audit_is_whole, delete_all, dump, three_days, until
from places import ON_SQLITE_ALONE

from bench.cluster import Cluster
from station.authority import Authority
from station.backing_up import back_up
from station.database import Database
from station.desk import Desk
from station.holds import Held, all_holds, set_hold
from station.moving import move
from station.restoring import restore
from station.revisions import _alembic
from station.tables import DELETED, RecordRow
from sync.canonical import JsonObject
from sync.reference import Reference
from sync.verdicts import Verdict

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def handset(database: Database, desk: Desk, clock: FixedClock) -> Handset:
    """An enrolled device."""
    return enrolled_handset(database, desk, clock)


@pytest.fixture
def days(handset: Handset, database: Database, reference: Reference) -> list[list[JsonObject]]:
    """Three days of long ago, of which two were deleted; then somebody set a hold."""
    days = three_days(handset, database, reference)
    delete_all(database, until(reference))
    with database.writing() as session:
        set_hold(session, Held("26-0815", "Claim filed", person="900001"), reference, "admin", TODAY)
    return days


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The station's data folder, with its authority; SQLite lies there."""
    Authority(tmp_path / "station").make("Norwalk Station", FixedClock().now())
    return tmp_path / "station"


@pytest.fixture
def address(postgres: Cluster) -> Iterator[str]:
    """An empty PostgreSQL database."""
    with postgres.database() as address:
        yield address


def see(database: Database, handset: Handset, reference: Reference, days: list[list[JsonObject]]) -> None:
    """What was deleted is held already, and the hold is in force."""
    handset.desk = Desk(database, reference, handset.clock.now)
    at(handset, TODAY)
    assert set(handset.verdicts(*days[0][:7])) == {Verdict.ALREADY_HERE}
    with database.reading() as session:
        assert [(each.matter, each.person) for each in all_holds(session)] == [("26-0815", "900001")]
        assert session.get_one(RecordRow, UUID(days[0][0]["id"])).kind == DELETED
    assert delete_all(database, until(reference, DAYS[2])) == []
    assert "alpha" not in dump(database)
    assert audit_is_whole(database)


@ON_SQLITE_ALONE
def test_a_move_carries_both(
    folder: Path, days: list[list[JsonObject]], database: Database, handset: Handset, address: str, reference: Reference
) -> None:
    before = row_counts(database)
    moved = move(folder, address, TODAY, "os:root")
    assert {name: moved.rows[name] for name in before} == before
    with opened(address) as new:
        see(new, handset, reference, days)


def test_a_backup_carries_both(
    folder: Path,
    days: list[list[JsonObject]],
    database: Database,
    handset: Handset,
    empty: Path | str,
    tmp_path: Path,
    reference: Reference,
) -> None:
    back_up(database, folder, tmp_path / "b", TODAY)
    restore(empty, tmp_path / "another", tmp_path / "b", TODAY)
    with opened(empty) as new:
        see(new, handset, reference, days)


def test_an_older_backup_brings_back_what_was_deleted_and_the_audit_still_tells_of_it(
    folder: Path, database: Database, handset: Handset, place: Path | str, tmp_path: Path, reference: Reference
) -> None:
    three_days(handset, database, reference)
    back_up(database, folder, tmp_path / "b", TODAY)
    delete_all(database, until(reference))
    restore(place, folder, tmp_path / "b", TODAY, may_replace=True)
    sheet = Sheet(database, reference)
    assert [len(sheet.lines(day)) for day in DAYS] == [2, 2, 2]
    assert "records-deleted" in dump(database)
    assert sum(tally.records for tally in delete_all(database, until(reference))) == 14  # what the docs say to do
    assert [len(sheet.lines(day)) for day in DAYS] == [0, 0, 2]
    assert audit_is_whole(database)


def test_an_older_station_is_brought_up_to_date(database: Database, handset: Handset, reference: Reference) -> None:
    at(handset, FIRST)
    hand_in(handset, handset.contact())
    with database._engine.begin() as connection:
        config = _alembic()
        config.attributes["connection"] = connection
        command.downgrade(config, "0018")
        command.upgrade(config, "head")
    with database.writing() as session:
        assert all_holds(session) == []
        assert set_hold(session, Held("26-0815", "Claim filed"), reference, "admin", TODAY) == 1
    at(handset, TODAY)
    assert delete_all(database, until(reference)) == []
