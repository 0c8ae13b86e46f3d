"""Closed journal files: read only when asked for, compacted without losing anything, in any process."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from doubles import uuids
from examples import CONTACT
from journals import OpenDB, StartProgram, finish, journal

from field_app.store import files
from field_app.store.disk import Disk
from field_app.store.faults import StoreFault
from field_app.store.journal import JournalDB
from field_app.store.records import RecordStore
from sync.sealing import new_key

KEY = new_key()


@pytest.fixture(autouse=True)
def small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of two kibibytes, so that a few documents close some."""
    monkeypatch.setattr(files, "SEGMENT_BYTES", 2048)


@pytest.fixture(params=[None, KEY], ids=["plain", "sealed"])
def key(request: pytest.FixtureRequest) -> bytes | None:
    """Stores with and without a seal."""
    found: bytes | None = request.param
    return found


class CountingDisk(Disk):
    """The real disk; counts the bytes of closed files that were read."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes_read = 0

    def read(self, path: Path, start: int = 0, end: int | None = None) -> bytes:
        """As the real one, counted."""
        found = super().read(path, start, end)
        self.bytes_read += len(found)
        return found


class NothingRenamed(Disk):
    """The real disk, if nothing has to be renamed."""

    def rename(self, path: Path, to: Path) -> None:
        """Never."""
        raise AssertionError(f"{path} was renamed to {to}")


def fill(db: JournalDB, count: int) -> dict[str, dict[str, object]]:
    """Put documents under names, each with some text; the same again as a dict."""
    table, kept = db.named_table("records"), {}
    for n in range(count):
        kept[f"{n:05}"] = {"n": n, "note": "x" * 100}
        table.put(f"{n:05}", kept[f"{n:05}"])
    return kept


def names(folder: Path) -> list[str]:
    """The store's files but for its locks."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("LOCK"))


def test_opening_reads_no_closed_file_and_the_newest_reads_the_last_ones_alone(
    folder: Path, open_db: OpenDB, key: bytes | None
) -> None:
    with JournalDB(folder, key) as db:
        fill(db, 300)
    disk = CountingDisk()
    db = JournalDB(folder, key, disk=disk)
    table = db.named_table("records")
    assert len(table) == 300
    states = disk.bytes_read
    with db.journal.reading():
        newest = [name for name, _ in zip((name for name, _ in table.newest_first()), range(20), strict=False)]
    assert newest == [f"{n:05}" for n in range(299, 279, -1)]
    assert states < 3 * files.SEGMENT_BYTES
    assert disk.bytes_read < 8 * files.SEGMENT_BYTES < sum((folder / name).stat().st_size for name in names(folder)) / 3
    db.close()


def test_a_tap_that_closes_a_file_renames_nothing(folder: Path, key: bytes | None) -> None:
    with JournalDB(folder, key, disk=NothingRenamed()) as db:
        fill(db, 100)
    closed = [name.removesuffix(".log") for name in names(folder) if name.endswith(".log")][:-1]
    assert len(closed) > 3
    assert {f"{name}.idx" for name in closed} <= {*names(folder)}


def test_a_closed_file_is_as_good_as_an_open_one(folder: Path, key: bytes | None) -> None:
    """Find, change, remove, put again, clear and drop, with what lies in closed files."""
    with JournalDB(folder, key) as db:
        kept = fill(db, 100)
        db.table("numbers").insert_multiple({"n": n} for n in range(50))
        db.table("numbers").remove(doc_ids=[50])
        fill(db, 1)
    db = JournalDB(folder, key)
    table = db.named_table("records")
    assert table.find("00007") == kept["00007"]
    assert table.find("nobody") is table.find("") is None
    table.put("00007", {"n": -7})
    table.remove(doc_ids=["00008"])  # type: ignore[list-item]  # TinyDB's annotation knows only numbers
    table.remove(doc_ids=["00009"])  # type: ignore[list-item]
    table.put("00009", {"n": -9})
    with pytest.raises(ValueError, match="already exists"):
        table.add("00010", {})
    kept["00007"] = {"n": -7}
    del kept["00008"]
    del kept["00009"]
    kept["00009"] = {"n": -9}
    assert table.find("00008") is None
    assert len(table) == len(kept)
    assert db.table("numbers").insert({"n": 50}) == 51
    for again in (db, JournalDB(folder, key)):
        assert list(again.named_table("records").all_by_id().items()) == list(kept.items())
        assert [item["n"] for item in again.table("numbers")] == [*range(49), 50]
    db.table("numbers").truncate()
    db.drop_table("records")
    for again in (db, JournalDB(folder, key)):
        assert again.named_table("records").find("00007") is None
        assert again.tables() == {"numbers"}
        assert len(again.table("numbers")) == 0


def test_an_index_that_is_gone_or_damaged_is_made_again_from_its_file(folder: Path, key: bytes | None) -> None:
    with JournalDB(folder, key) as db:
        kept = fill(db, 100)
    indexes = sorted(folder.glob("*.idx"))
    assert len(indexes) > 5
    for spoil in (indexes[-1], indexes[2]):
        data = bytearray(spoil.read_bytes())
        data[40] ^= 0xFF
        spoil.write_bytes(data)
    indexes[1].unlink()
    db = JournalDB(folder, key)
    assert db.named_table("records").find("00000") == kept["00000"]
    assert db.named_table("records").find("00040") == kept["00040"]
    assert db.named_table("records").all_by_id() == kept
    assert db.journal.damage == []


def test_a_closed_file_that_is_gone_costs_only_itself_and_is_reported(folder: Path, key: bytes | None) -> None:
    with JournalDB(folder, key) as db:
        kept = fill(db, 100)
    journal(folder, 3).unlink()
    db = JournalDB(folder, key)
    found = db.named_table("records").all_by_id()
    assert found.items() < kept.items()
    assert len(found) > 80
    assert any("are missing" in line for line in db.journal.damage)


@pytest.fixture
def three(folder: Path, key: bytes | None) -> Iterator[list[JournalDB]]:
    """A store with closed files, seen by one that has read everything, one that has not, and one opened late."""
    whole = JournalDB(folder, key)
    fill(whole, 100)
    lazy = JournalDB(folder, key)
    for n in range(0, 100, 2):
        whole.named_table("records").remove(doc_ids=[f"{n:05}"])  # type: ignore[list-item]
    late = JournalDB(folder, key)
    yield [whole, lazy, late]
    for db in (whole, lazy, late):
        db.close()


def test_compaction_leaves_what_is_alive_in_one_file_and_every_process_goes_on(
    three: list[JournalDB], folder: Path, key: bytes | None
) -> None:
    kept = {f"{n:05}": {"n": n, "note": "x" * 100} for n in range(1, 100, 2)}
    size = sum(path.stat().st_size for path in folder.glob("*.log"))
    assert three[2].journal.compact()
    assert [name.partition("-")[0] for name in names(folder)] == ["base", "base", "journal"]
    now = sum(path.stat().st_size for path in folder.glob("*.log"))
    assert now < size * 0.8  # some removals stand in the last file
    for place, db in enumerate([*three, JournalDB(folder, key)]):
        table = db.named_table("records")
        assert table.find("00001") == kept["00001"]
        assert table.find("00002") is None
        kept[f"1{place:04}"] = {"n": place}
        table.put(f"1{place:04}", {"n": place})
    for db in [*three, JournalDB(folder, key)]:
        assert db.named_table("records").all_by_id() == kept
        assert db.journal.damage == []
    three[0].journal.compact()  # these taps may have closed another file
    assert not three[0].journal.compact()  # there is nothing left to do


def test_a_base_without_its_index_says_the_same(three: list[JournalDB], folder: Path, key: bytes | None) -> None:
    numbers = three[0].table("numbers")
    numbers.insert_multiple({"n": n} for n in range(60))
    numbers.remove(doc_ids=[60])
    fill(three[0], 60)
    three[0].journal.compact()
    expected = three[0].named_table("records").all_by_id()
    next(folder.glob("base-*.idx")).unlink()
    db = JournalDB(folder, key)
    assert db.named_table("records").all_by_id() == expected
    assert db.table("numbers").insert({}) == 61
    assert db.journal.lsn == three[0].journal.lsn + 1
    assert db.journal.damage == []


def test_files_that_a_compaction_left_behind_are_not_read_again(
    three: list[JournalDB], folder: Path, key: bytes | None
) -> None:
    old = {path.name: path.read_bytes() for path in folder.iterdir()}
    three[0].journal.compact()
    for name, data in old.items():
        if not (folder / name).exists():
            (folder / name).write_bytes(data)
    db = JournalDB(folder, key)
    assert db.named_table("records").all_by_id() == three[0].named_table("records").all_by_id()
    fill(db, 60)
    assert db.journal.compact()
    assert len(names(folder)) <= 4


class ForgetfulDisk(Disk):
    """Gives back other bytes for a base than were written."""

    def read(self, path: Path, start: int = 0, end: int | None = None) -> bytes:
        """As the real one, but for a base."""
        found = super().read(path, start, end)
        return found.replace(b'"note"', b'"nose"') if path.name.startswith("base") else found


def test_nothing_is_removed_before_the_base_has_been_read_back(folder: Path) -> None:
    db = JournalDB(folder, disk=ForgetfulDisk())
    kept = fill(db, 100)
    before = names(folder)
    with pytest.raises(StoreFault, match="Nothing is lost"):
        db.journal.compact()
    assert names(folder) == before
    assert JournalDB(folder).named_table("records").all_by_id() == kept


def test_contacts_in_a_damaged_file_keep_none_behind_them_from_being_sent(folder: Path) -> None:
    ids = uuids()
    with JournalDB(folder) as db:
        for _ in range(40):
            RecordStore(db).add([lambda sequence: replace(CONTACT, id=next(ids), sequence=sequence)])
    journal(folder).write_bytes(bytes(journal(folder).stat().st_size))
    store = RecordStore(JournalDB(folder))
    sent, whole = store.ready(3), list(store.all_ready())
    assert [record["sequence"] for record in whole] == [*range(41 - len(whole), 41)]
    assert 3 < len(whole) < 37
    assert sent == whole[:3]
    assert len(store.ready_ids()) == 40
    assert store.damage()


_TAP_ON = """
from field_app.store import files
files.SEGMENT_BYTES = 2048
db = JournalDB(folder)
for n in range(400):
    db.named_table("records").put(f"{sys.argv[2]}-{n:04}", {"n": n, "note": "x" * 100})
    if sys.argv[2] == "c" and n % 40 == 39:
        db.journal.compact()
"""


def test_taps_of_several_processes_go_on_while_one_compacts(folder: Path, program: StartProgram) -> None:
    programs = [program(_TAP_ON, name) for name in "abc"]
    for one in programs:
        finish(one)
    found = JournalDB(folder).named_table("records").all_by_id()
    assert sorted(found) == [f"{name}-{n:04}" for name in "abc" for n in range(400)]


def test_an_older_index_of_the_app_is_told_everything_again(folder: Path) -> None:
    """A program that knows nothing of the outbox may close files: the next that does finds what is ready all the same."""
    with JournalDB(folder) as db:
        for n in range(40):
            db.named_table("records").put(f"{n:04}", {"sequence": n + 1, "note": "x" * 100})
    assert json.loads(next(iter(sorted(folder.glob("*.idx")))).read_bytes()[24:].split(b"\xf5")[0])["indexes"] == {}
    store = RecordStore(JournalDB(folder))
    assert store.ready_ids() == [f"{n:04}" for n in range(40)]
    assert store.sequence_last() == 40
