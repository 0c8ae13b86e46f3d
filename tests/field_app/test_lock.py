"""The lock between processes, and what its last holder need not ask the disk for."""

import errno
import os
from pathlib import Path

import pytest
from journals import OpenDB, numbers

from field_app.store import files
from field_app.store.disk import Disk, DiskFile
from field_app.store.faults import StoreFault
from field_app.store.journal import JournalDB
from field_app.store.lock import FileLock


def test_the_lock_knows_whether_anybody_else_has_had_it(tmp_path: Path) -> None:
    one, other = FileLock(tmp_path / "LOCK"), FileLock(tmp_path / "LOCK")

    def was_last(lock: FileLock) -> bool:
        found = lock.acquire()
        lock.release()
        return found

    assert [was_last(each) for each in (one, one, other, other, one, one)] == [False, True, False, True, False, True]
    one.close()
    other.close()


def test_where_no_name_can_be_written_nobody_is_taken_for_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = FileLock(tmp_path / "LOCK"), FileLock(tmp_path / "LOCK")
    one.acquire()
    one.release()

    def no_room(_fd: int, _data: bytes, _at: int) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", no_room)
        assert not other.acquire()
        other.release()
    assert not one.acquire()
    one.close()
    other.close()


def test_a_lock_that_cannot_be_read_is_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = FileLock(tmp_path / "LOCK"), FileLock(tmp_path / "LOCK")

    def unreadable(_fd: int, _count: int, _at: int) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr(os, "pread", unreadable)
        with pytest.raises(OSError, match="Input/output error"):
            one.acquire()
    assert not other.acquire()
    one.close()
    other.close()


class NarrowDisk(Disk):
    """Opens no file while it is told so."""

    is_narrow = False

    def open(self, path: Path, *, create: bool = False) -> DiskFile:
        """Open a file, if there is room for one more."""
        if self.is_narrow:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return super().open(path, create=create)


def test_what_another_process_wrote_is_looked_for_again_when_it_could_not_be_read(
    folder: Path, open_db: OpenDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one went on in the next file; this one's own file has not changed, and the lock names it since."""
    disk = NarrowDisk()
    db, other = JournalDB(folder, disk=disk), open_db()
    db.insert({"n": 1})
    other.insert({"n": 2})
    db.insert({"n": 3})
    monkeypatch.setattr(files, "SEGMENT_BYTES", 10)
    other.insert({"n": 4})
    monkeypatch.undo()
    disk.is_narrow = True
    for _ in range(2):
        with pytest.raises(StoreFault, match="Too many files"):
            db.insert({"n": 5})
    disk.is_narrow = False
    db.insert({"n": 5})
    for each in (db, other, open_db()):
        assert numbers(each) == [1, 2, 3, 4, 5]
    db.close()
