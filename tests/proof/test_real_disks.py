"""Small real disks that get full or read-only, under stores that are sealed and have closed files."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from journals import Mount, SegmentBytes, numbers

from field_app.store.faults import StoreFull, StoreReadOnly
from field_app.store.journal import JournalDB
from sync.sealing import new_key

Open = Callable[[Path], JournalDB]


@pytest.fixture(params=["plain", "sealed"])
def opened(request: pytest.FixtureRequest, segment_bytes: SegmentBytes) -> Iterator[Open]:
    """Opens a store whose files are closed at two kibibytes; all are closed before the disk is taken away."""
    segment_bytes(2_048)
    key = new_key() if request.param == "sealed" else None
    found: list[JournalDB] = []

    def open_one(folder: Path) -> JournalDB:
        found.append(JournalDB(folder, key))
        return found[-1]

    yield open_one
    for db in found:
        db.close()


def insert_until_full(db: JournalDB) -> int:
    """How many documents there are when the disk is full."""
    for n in range(len(db), 10_000):
        try:
            db.insert({"n": n, "note": "x" * (n * 37 % 300)})
        except StoreFull:
            return n
    raise AssertionError("The disk was never full.")


@pytest.mark.parametrize("spare", [0, 900, 5_000])
def test_a_full_disk_costs_nothing_and_logging_goes_on_when_there_is_space(
    spare: int, mount: Mount, opened: Open
) -> None:
    """Wherever in a file, an index or a compaction the space ends."""
    disk = mount("size=256k")
    folder = disk / "store"
    db = opened(folder)
    filler = disk / "filler"
    filler.write_bytes(bytes(100 * 1024 - spare))
    count = insert_until_full(db)
    assert count > 50
    for _ in range(3):
        with pytest.raises(StoreFull):
            db.insert({"n": -1, "note": "x" * 9_000})
        assert numbers(db) == numbers(opened(folder)) == [*range(count)]
    assert not [*folder.glob("*.new")]
    assert [opened(folder).get(doc_id=number)["n"] for number in (1, count // 2, count)] == [
        0,
        count // 2 - 1,
        count - 1,
    ]
    try:
        db.journal.compact()  # there may be no room for a base; then all stays as it is
    except StoreFull:
        assert not [*folder.glob("*.new")]
    assert numbers(db) == numbers(opened(folder)) == [*range(count)]
    filler.unlink()
    db.insert({"n": count})
    db.journal.compact()
    for each in (db, opened(folder)):
        assert numbers(each) == [*range(count + 1)]
        assert each.journal.damage == []


def test_a_read_only_disk_is_read_and_logging_goes_on_when_it_can_be_written(mount: Mount, opened: Open) -> None:
    folder = mount("size=256k") / "store"
    with opened(folder) as db:
        for n in range(60):
            db.insert({"n": n, "note": "x" * 100})
    mount("size=256k,remount,ro")
    db = opened(folder)
    for _ in range(2):
        for refused in (lambda: db.insert({"n": 60}), lambda: db.update({"n": 0}, doc_ids=[3]), db.journal.compact):
            with pytest.raises(StoreReadOnly, match=r"Nothing that was logged before is lost\.$"):
                refused()
        assert db.get(doc_id=2) == {"n": 1, "note": "x" * 100}
        assert numbers(db) == [*range(60)]
    mount("size=256k,remount,rw")
    db.insert({"n": 60})
    assert db.journal.compact()
    assert numbers(db) == numbers(opened(folder)) == [*range(61)]
