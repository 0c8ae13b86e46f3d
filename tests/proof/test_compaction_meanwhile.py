"""Another process compacts at the worst moment: between the look at a file's name and its opening."""

from collections.abc import Callable
from pathlib import Path

import pytest
from faulty_disk import FaultyDisk
from journals import SegmentBytes, numbers

from field_app.store.journal import JournalDB


@pytest.mark.parametrize(
    "act",
    [lambda db: db.insert({"n": 30}), lambda db: db.all(), lambda db: db.get(doc_id=2)],
    ids=["tap", "read all", "read one"],
)
@pytest.mark.parametrize("is_open", [True, False], ids=["follows", "opens"])
def test_a_file_that_is_compacted_away_while_it_is_opened_costs_nothing(
    act: Callable[[JournalDB], object], folder: Path, segment_bytes: SegmentBytes, *, is_open: bool
) -> None:
    segment_bytes(400)
    disk = FaultyDisk()
    writer = JournalDB(folder)
    writer.insert({"n": 0})
    db = JournalDB(folder, disk=disk) if is_open else None
    for n in range(1, 30):
        writer.insert({"n": n})

    def compact_once() -> None:
        disk.before.clear()
        assert writer.journal.compact()

    disk.before["open"] = compact_once
    db = db or JournalDB(folder, disk=disk)
    act(db)
    assert disk.before == {}
    expected = numbers(writer)
    assert expected[:30] == [*range(30)]
    assert numbers(db) == numbers(JournalDB(folder)) == expected
    assert db.journal.faults() == []
