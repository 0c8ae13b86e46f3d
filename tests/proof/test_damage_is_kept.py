"""Damage in a closed file is told, and its bytes are kept, also when the file is compacted away."""

from pathlib import Path

import pytest
from journals import SegmentBytes, frames_in, journal, numbers

from field_app.store.journal import JournalDB
from sync.sealing import new_key

COUNT = 30


@pytest.fixture(params=["plain", "sealed"])
def key(request: pytest.FixtureRequest) -> bytes | None:
    return new_key() if request.param == "sealed" else None


@pytest.fixture
def spoiled(folder: Path, key: bytes | None, segment_bytes: SegmentBytes) -> str:
    """A store of thirty documents, the third of them damaged in its closed file: what must be said of it."""
    segment_bytes(500)
    with JournalDB(folder, key) as db:
        for n in range(COUNT):
            db.insert({"n": n, "note": "x" * 30})
    third = frames_in(folder)[2]
    data = bytearray(journal(folder).read_bytes())
    data[third.start + 40] ^= 0xFF
    data[third.start + 60] ^= 0xFF
    journal(folder).write_bytes(data)
    return f"{journal(folder).name}: bytes {third.start} to {third.end} are damaged"


def test_a_document_that_cannot_be_read_is_missing_and_told(folder: Path, key: bytes | None, spoiled: str) -> None:
    db = JournalDB(folder, key)
    assert db.journal.faults() == []  # nobody has looked there yet
    assert db.get(doc_id=3) is None
    assert db.journal.faults() == [spoiled]
    assert numbers(db) == [0, 1, *range(3, COUNT)]
    assert db.journal.faults() == [spoiled]


def test_compaction_tells_the_damage_for_ever_and_keeps_the_bytes(
    folder: Path, key: bytes | None, spoiled: str
) -> None:
    data = journal(folder).read_bytes()
    db = JournalDB(folder, key)
    assert db.journal.compact()
    assert not journal(folder).exists()
    (kept,) = folder.glob("quarantine-*")
    assert kept.read_bytes() == data
    for each in (db, JournalDB(folder, key)):
        assert each.journal.faults() == [spoiled]
        assert numbers(each) == [0, 1, *range(3, COUNT)]
        assert len(each) == COUNT - 1
    for n in range(COUNT):
        db.insert({"n": COUNT + n})
    assert db.journal.compact()
    assert JournalDB(folder, key).journal.faults() == [spoiled]
    assert kept.read_bytes() == data
