"""When an fsync fails: what was acknowledged stays, what was refused stays away, here and in every other process."""

import errno
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from faulty_disk import ALWAYS, FaultyDisk
from journals import journal, numbers

from field_app.store.commit import Commit
from field_app.store.faults import StoreFault
from field_app.store.journal import JournalDB

Open = Callable[[], JournalDB]


@pytest.fixture
def disk() -> FaultyDisk:
    return FaultyDisk()


@pytest.fixture
def opened(folder: Path) -> Iterator[Open]:
    """Opens the store as another process would, on a sound disk."""
    found: list[JournalDB] = []

    def open_one() -> JournalDB:
        found.append(JournalDB(folder))
        return found[-1]

    yield open_one
    for db in found:
        db.close()


@pytest.fixture
def db(folder: Path, disk: FaultyDisk) -> Iterator[JournalDB]:
    """A store with one document, on a disk that can be made to fail."""
    with JournalDB(folder, disk=disk) as db:
        db.insert({"n": 0})
        yield db


def test_what_one_fsync_brought_to_the_disk_is_not_refused_because_the_next_one_failed(
    tmp_path: Path, disk: FaultyDisk
) -> None:
    """Two threads: the first has not yet asked for its ticket when the second's fsync fails."""
    commit, file = Commit(), disk.open(tmp_path / "file", create=True)
    commit.use(file)
    first = commit.append(b"first")
    commit.wait(first)
    disk.fails("sync")
    with pytest.raises(OSError, match="error"):
        commit.wait(commit.append(b"second"))
    commit.wait(first)
    assert (tmp_path / "file").read_bytes() == b"first"
    file.close()


@pytest.mark.usefixtures("holds_long")
def test_a_write_that_finds_its_change_made_waits_until_it_is_on_the_disk(db: JournalDB, disk: FaultyDisk) -> None:
    """It appends nothing, but says "kept": if the fsync of whoever made the change fails, it must not have said so."""
    is_syncing, may_go_on = threading.Event(), threading.Event()

    def hold() -> None:
        is_syncing.set()
        assert may_go_on.wait(10)

    disk.before["sync"] = hold
    disk.fails("sync")
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(db.update, {"n": 1})
        assert is_syncing.wait(10)
        second = pool.submit(db.update, {"n": 1})
        threading.Timer(0.05, may_go_on.set).start()
        refused = [isinstance(each.exception(10), StoreFault) for each in (first, second)]
    assert refused == [True, True] or numbers(db) == [1]


@pytest.mark.usefixtures("holds_long")
def test_what_a_thread_still_waits_for_is_synced_before_the_file_is_left(db: JournalDB, disk: FaultyDisk) -> None:
    """The next thread finds a torn tail and begins the next file; nobody would sync the first one's frame then."""
    storage, wait = db.journal, db.journal._commit.wait
    disk.done.clear()

    def others() -> None:
        with pytest.raises(StoreFault):
            db.insert({"n": 2})
        db.table("other").insert({"n": 3})

    def between_append_and_fsync(ticket: int) -> None:
        storage._commit.wait = wait  # type: ignore[method-assign]  # as it was
        disk.fails("append", number=errno.ENOSPC, kept=9)
        disk.fails("cut")
        with ThreadPoolExecutor(1) as pool:
            pool.submit(others).result(10)
        wait(ticket)

    storage._commit.wait = between_append_and_fsync  # type: ignore[method-assign]  # the only place to come in between
    db.insert({"n": 1})
    assert disk.done[:2] == ["append", "sync"]


def test_a_store_that_is_closed_meanwhile_syncs_what_a_thread_still_waits_for(db: JournalDB, disk: FaultyDisk) -> None:
    disk.done.clear()
    db.journal.writing().enter()
    db.journal.append([("_default", "p", "2", {"n": 1})])
    closing = threading.Thread(target=db.close)
    closing.start()
    db.journal.writing().leave()
    closing.join()
    assert disk.done == ["append", "sync", "close"]


@pytest.mark.parametrize("faults", [("sync",), ("sync", "cut"), ("sync", "cut", "make"), ("sync", "cut", "folder")])
def test_after_a_failed_fsync_nothing_refused_comes_back_and_no_other_process_loses_anything(
    faults: tuple[str, ...], db: JournalDB, disk: FaultyDisk, opened: Open
) -> None:
    other = opened()
    assert numbers(other) == [0]
    for operation in faults:
        disk.fails(operation)
    with pytest.raises(StoreFault):
        db.insert({"n": 1})
    if faults[2:]:  # the disk takes nothing at all; as soon as it does, what was refused is void
        db.insert({"n": 2})
        other.insert({"n": 3})
    else:
        assert numbers(db) == numbers(other) == numbers(opened()) == [0]
        other.insert({"n": 2})
        assert numbers(db) == numbers(other) == [0, 2]
        db.insert({"n": 3})
    for each in (db, other, opened()):
        assert numbers(each) == [0, 2, 3]


def test_what_another_process_wrote_behind_a_refused_frame_is_never_lost(
    db: JournalDB, disk: FaultyDisk, opened: Open
) -> None:
    """Neither cut nor next file nor anything is taken by the disk, and another process takes the refused frame for true."""
    other = opened()
    disk.fails("sync", "cut", "make", "append", "folder", times=ALWAYS)
    disk.faults[-1].after = 1  # the append goes well
    with pytest.raises(StoreFault):
        db.insert({"n": 1})
    other.insert({"n": 2})
    disk.mend()
    assert 2 in numbers(db)
    db.insert({"n": 3})
    assert {0, 2, 3} <= {*numbers(db)}
    assert numbers(db) == numbers(other) == numbers(opened())


def test_an_fsync_that_always_fails_refuses_everything_and_keeps_what_was(
    db: JournalDB, disk: FaultyDisk, opened: Open, folder: Path
) -> None:
    disk.fails("sync", times=ALWAYS)
    for n in range(1, 4):
        with pytest.raises(StoreFault, match="Input/output error"):
            db.insert({"n": n})
        assert numbers(db) == [0]
    disk.mend()
    assert numbers(db) == numbers(opened()) == [0]
    db.insert({"n": 4})
    assert numbers(db) == numbers(opened()) == [0, 4]


def test_a_frame_that_was_read_and_then_cut_off_is_forgotten(folder: Path, opened: Open) -> None:
    """A reader may read a frame before its writer's fsync, which may then fail and cut it off."""
    writer, reader = opened(), opened()
    writer.insert({"n": 0})
    before = journal(folder).read_bytes()
    writer.insert({"n": 1})
    assert numbers(reader) == [0, 1]
    writer.close()
    journal(folder).write_bytes(before)
    reader.insert({"n": 2})
    opened().insert({"n": 3})
    assert numbers(reader) == numbers(opened()) == [0, 2, 3]


def test_after_a_cut_that_failed_nothing_more_is_appended_in_the_same_block(db: JournalDB, disk: FaultyDisk) -> None:
    """A second append would lie behind the torn one, and a second cut would take some of it."""
    disk.fails("append", number=errno.ENOSPC, kept=9)
    disk.fails("cut")
    with db.journal.writing():
        for n in (1, 2):
            with pytest.raises(StoreFault):
                db.journal.append([("_default", "p", str(n + 1), {"n": n})])
    db.insert({"n": 3})
    assert numbers(db) == [0, 3]
