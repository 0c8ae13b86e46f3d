"""Every fault that a disk can have, at every place of a workload: nothing acknowledged is lost, nothing refused comes back.

And when the cause is gone, logging goes on by itself.
"""

import errno
from collections.abc import Callable
from pathlib import Path

import pytest
from faulty_disk import ALWAYS, WRITES, FaultyDisk
from journals import SegmentBytes, numbers

from field_app.store.faults import StoreFault, StoreFull, StoreReadOnly
from field_app.store.journal import JournalDB
from sync.sealing import new_key

DOCUMENTS = 30
KEY = new_key()


@pytest.fixture(autouse=True)
def _short_files(segment_bytes: SegmentBytes) -> None:
    segment_bytes(500)


def quick(folder: Path, key: bytes | None) -> JournalDB:
    """Open as another process would."""
    return JournalDB(folder, key, disk=FaultyDisk(is_quick=True))


def log_through(folder: Path, disk: FaultyDisk, key: bytes | None, sick: range) -> tuple[list[int], list[int]]:
    """Log documents; the disk is mended when `sick` ends. Gives what was acknowledged and what was refused.

    After each refusal the store must say the same here, to another process, and (in the end) after reopening.
    """
    kept: list[int] = []
    refused: list[int] = []
    with quick(folder, key) as other, JournalDB(folder, key, disk=disk) as db:
        for n in range(DOCUMENTS):
            if n == sick.stop:
                disk.mend()
            try:
                db.insert({"n": n, "note": "☕" * (n % 5)})
            except StoreFault:
                refused.append(n)
                assert numbers(db) == kept
                assert numbers(other) == kept
            else:
                kept.append(n)
        assert numbers(db) == numbers(other) == kept
    with quick(folder, key) as again:
        assert numbers(again) == kept
        assert [again.get(doc_id=place) for place in (1, 2)] == [document for document in again.all()[:2]]  # noqa: C416 - documents, not a list
    return kept, refused


def operations_of_the_workload(folder: Path, key: bytes | None) -> int:
    """How many operations need space, on a sound disk."""
    disk = FaultyDisk(is_quick=True)
    log_through(folder, disk, key, range(0))
    return sum(disk.done.count(operation) for operation in WRITES)


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "sealed"])
@pytest.mark.parametrize("faults", [("full",), ("full", "cut")], ids=" and ".join)
def test_a_disk_that_is_full_at_any_write_refuses_that_one_and_goes_on(
    faults: tuple[str, ...], key: bytes | None, tmp_path: Path
) -> None:
    """At every make, append, index and folder of the workload, with every share of the frame taken."""
    count = operations_of_the_workload(tmp_path / "sound", key)
    assert count > DOCUMENTS
    for place in range(count):
        for taken in (0, 1, 40):
            disk = FaultyDisk(is_quick=True)
            disk.fails(*WRITES, number=errno.ENOSPC, after=place, kept=taken)
            if "cut" in faults:
                disk.fails("cut", times=ALWAYS)
            _, refused = log_through(tmp_path / f"{place}-{taken}", disk, key, range(DOCUMENTS - 1))
            assert len(refused) <= 1


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "sealed"])
@pytest.mark.parametrize("with_cut", [False, True], ids=["", "and the cut"])
def test_an_fsync_that_fails_once_anywhere_refuses_that_write_and_goes_on(
    *, with_cut: bool, key: bytes | None, tmp_path: Path
) -> None:
    for place in range(DOCUMENTS):
        disk = FaultyDisk(is_quick=True)
        disk.fails("sync", after=place)
        if with_cut:
            disk.fails("cut")
        kept, refused = log_through(tmp_path / str(place), disk, key, range(DOCUMENTS))
        assert (len(kept), len(refused)) == (DOCUMENTS - 1, 1)


FAULTS: dict[str, Callable[[FaultyDisk], object]] = {
    "fsync fails": lambda disk: disk.fails("sync", times=ALWAYS),
    "no space": lambda disk: disk.fails(*WRITES, number=errno.ENOSPC, times=ALWAYS, kept=7),
    "no space, and nothing can be cut": lambda disk: [
        disk.fails(*WRITES, number=errno.ENOSPC, times=ALWAYS, kept=7),
        disk.fails("cut", times=ALWAYS),
    ],
    "too many files": lambda disk: disk.fails("make", "open", "index", "folder", number=errno.EMFILE, times=ALWAYS),
    "read-only": lambda disk: disk.fails(*WRITES, "cut", number=errno.EROFS, times=ALWAYS),
    "quota": lambda disk: disk.fails(*WRITES, number=errno.EDQUOT, times=ALWAYS, kept=30),
}


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "sealed"])
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("begin", [0, 1, 5, 14])
def test_a_fault_that_lasts_refuses_and_logging_resumes_by_itself_when_it_goes(
    fault: str, begin: int, key: bytes | None, tmp_path: Path
) -> None:
    disk = FaultyDisk(is_quick=True)
    with JournalDB(tmp_path / "store", key, disk=disk) as db:
        for n in range(begin):
            db.insert({"n": n})
        kept, tried = [*range(begin)], begin
        FAULTS[fault](disk)
        for tried in range(begin, begin + 12):
            try:
                db.insert({"n": tried})
            except StoreFault:
                assert numbers(db) == kept
            else:
                kept.append(tried)
        disk.mend()
        db.insert({"n": tried + 1})
        kept.append(tried + 1)
        assert numbers(db) == kept
        for db_again in (quick(tmp_path / "store", key), quick(tmp_path / "store", key)):
            assert numbers(db_again) == kept
            db_again.insert({"n": len(kept)})
            kept.append(len(kept))
            db_again.close()
        assert numbers(db) == kept


@pytest.mark.parametrize(
    ("number", "kind"), [(errno.ENOSPC, StoreFull), (errno.EDQUOT, StoreFull), (errno.EROFS, StoreReadOnly)]
)
def test_each_fault_has_its_own_sentence(number: int, kind: type[StoreFault], folder: Path) -> None:
    disk = FaultyDisk(is_quick=True)
    db = JournalDB(folder, disk=disk)
    for operation in WRITES[:2]:
        disk.fails(operation, number=number)
        with pytest.raises(kind, match=r"then try again\. Nothing that was logged before is lost\.$"):
            db.insert({"n": 0})
        disk.mend()
        db.insert({"n": 0})


def test_a_store_does_without_the_indexes_that_could_not_be_laid(folder: Path) -> None:
    with JournalDB(folder) as db:
        for n in range(8):
            db.insert({"n": n, "note": "x" * 60})
    disk = FaultyDisk(is_quick=True)
    disk.fails("index", number=errno.ENOSPC, times=ALWAYS)
    with JournalDB(folder, disk=disk) as db:
        for n in range(8, 30):
            db.insert({"n": n, "note": "x" * 60})
    again = JournalDB(folder)
    assert [again.get(doc_id=n + 1)["n"] for n in range(30)] == numbers(again) == [*range(30)]
