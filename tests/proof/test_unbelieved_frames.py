"""Frames that are not believed, or not understood, cost nothing that was acknowledged before or after them."""

import errno
import os
from pathlib import Path

import pytest
from faulty_disk import ALWAYS, FaultyDisk
from journals import SegmentBytes, frames_in, journal, numbers

from field_app.store import frames
from field_app.store.codec import Codec, pack
from field_app.store.faults import StoreFault, StoreLocked
from field_app.store.journal import JournalDB
from sync.sealing import new_key

KEY = new_key()


@pytest.fixture(autouse=True)
def _short_files(segment_bytes: SegmentBytes) -> None:
    segment_bytes(400)


def forged(lsn: int, document: object, size: int | None = None) -> bytes:
    """A plain frame of whoever has no key; of a certain size."""
    for length in range(400):
        body = pack([["_default", "p", str(lsn), {"n": document, "fill": "x" * length}]])
        frame = Codec().frame(lsn, 1, body)
        if size is None or len(frame) == size:
            return frame
    raise AssertionError("No frame has this size.")


@pytest.mark.parametrize("is_open", [True, False])
def test_a_forged_frame_behind_the_last_is_not_believed_and_costs_no_later_one(*, is_open: bool, folder: Path) -> None:
    """Both have the same number; which of them stands must not depend on which is met first."""
    db = JournalDB(folder, KEY)
    db.insert({"n": 0})
    with journal(folder).open("ab") as file:
        file.write(forged(2, 666))
    if not is_open:
        db.close()
        db = JournalDB(folder, KEY)
    db.insert({"n": 1})
    assert numbers(db) == numbers(JournalDB(folder, KEY)) == [0, 1]
    assert any("not sealed, and not believed" in line for line in db.journal.damage)


def test_a_frame_whose_seal_is_broken_costs_no_later_one(folder: Path) -> None:
    db = JournalDB(folder, KEY)
    db.insert({"n": 0})
    with journal(folder).open("ab") as file:
        sealed = frames.scan(Codec(KEY).frame(2, 7, b"[]"), 7).frames[0].body  # bound to another file
        file.write(frames.encode(2, 1, sealed, is_sealed=True))
    db.insert({"n": 1})
    assert numbers(db) == numbers(JournalDB(folder, KEY)) == [0, 1]
    assert any("cannot be read" in line for line in db.journal.damage)


def test_a_forged_frame_in_a_closed_file_is_not_believed(folder: Path) -> None:
    with JournalDB(folder, KEY) as db:
        for n in range(9):
            db.insert({"n": n})
    second = frames_in(folder)[1]
    data = journal(folder).read_bytes()
    fake = forged(2, 666, second.end - second.start)
    journal(folder).write_bytes(data[: second.start] + fake + data[second.end :])
    (folder / "journal-00000002.idx").unlink(missing_ok=True)
    for name in ("journal-00000001.idx", None):  # with the index beside it, and without
        db = JournalDB(folder, KEY)
        assert db.get(doc_id=2) is None
        assert numbers(db) == [0, *range(2, 9)]
        db.close()
        if name is not None:
            (folder / name).unlink()


def test_a_change_of_a_newer_version_hides_nothing(folder: Path) -> None:
    with JournalDB(folder) as db:
        db.insert({"n": 0})
        db.insert({"n": 1})
    with journal(folder).open("ab") as file:
        file.write(Codec().frame(3, 1, pack([["_default", "later", "1"], ["later", "one"]])))
    db = JournalDB(folder)
    for n in range(2, 12):
        db.insert({"n": n})
    assert db.journal.damage == ["Something here was written by a newer version of this program, and is not shown"]
    again = JournalDB(folder)
    assert again.get(doc_id=1) == {"n": 0}
    assert numbers(again) == numbers(db) == [*range(12)]


def test_an_unfinished_frame_that_gave_way_to_another_of_its_size_hides_it_from_nobody(folder: Path) -> None:
    """A reader met a write half-way; that was cut off, and the next frame ended where the torn one had."""
    writer, reader = JournalDB(folder), JournalDB(folder)
    writer.insert({"n": 0})
    assert numbers(reader) == [0]
    size = journal(folder).stat().st_size
    frame = Codec().frame(2, 1, pack([["_default", "p", "2", {"n": 1}]]))
    with journal(folder).open("ab") as file:
        file.write(b"\xf5" + bytes(len(frame) - 1))
    assert numbers(reader) == [0]
    os.truncate(journal(folder), size)
    writer.insert({"n": 1})
    assert journal(folder).stat().st_size == size + len(frame)
    reader.insert({"n": 2})
    assert numbers(reader) == numbers(writer) == numbers(JournalDB(folder)) == [0, 1, 2]


@pytest.mark.parametrize("number", [errno.EIO, errno.EMFILE])
def test_a_closed_file_that_cannot_be_read_now_is_told_in_a_sentence_and_read_later(number: int, folder: Path) -> None:
    with JournalDB(folder) as db:
        for n in range(30):
            db.insert({"n": n})
    disk = FaultyDisk()
    db = JournalDB(folder, disk=disk)
    disk.fails("read", number=number, times=ALWAYS)
    for ask in (lambda: db.get(doc_id=1), db.all, lambda: db.contains(doc_id=2)):
        with pytest.raises(StoreFault, match=r"Nothing that was logged before is lost\.$"):
            ask()
    disk.mend()
    assert numbers(db) == [*range(30)]


def test_a_store_that_cannot_be_opened_leaves_no_file_open(folder: Path) -> None:
    """An app that asks for a PIN may try a hundred times."""
    JournalDB(folder, KEY).insert({"n": 0})
    for key in (None, new_key()):
        disk = FaultyDisk()
        for _ in range(3):
            with pytest.raises(StoreLocked):
                JournalDB(folder, key, disk=disk)
        assert disk.done.count("close") == disk.done.count("open") == 3


@pytest.mark.parametrize("is_open", [True, False])
@pytest.mark.parametrize("is_sealed", [True, False])
def test_a_forged_next_file_makes_no_sealed_frame_void(*, is_open: bool, is_sealed: bool, folder: Path) -> None:
    """Whoever has no key cannot take back what was logged with one by beginning the next file at the first number."""
    db = JournalDB(folder, KEY)
    for n in range(5):
        db.insert({"n": n})
    last = max(int(path.stem.removeprefix("journal-")) for path in folder.glob("journal-*.log"))
    if is_sealed:  # under our key's name, and not by it
        ours = frames.scan(Codec(KEY).frame(1, last + 1, b"[]"), last + 1).frames[0].body
        frame = frames.encode(1, last + 1, ours[:-1] + bytes([ours[-1] ^ 1]), is_sealed=True)
    else:
        frame = frames.encode(1, last + 1, pack([["_default", "x"]]))
    journal(folder, last + 1).write_bytes(frame)
    if not is_open:
        db.close()
        db = JournalDB(folder, KEY)
    assert numbers(db) == [0, 1, 2, 3, 4]
    db.insert({"n": 5})
    assert numbers(db) == numbers(JournalDB(folder, KEY)) == [0, 1, 2, 3, 4, 5]
    assert db.journal.damage != []
