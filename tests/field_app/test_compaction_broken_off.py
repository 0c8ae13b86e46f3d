"""A compaction that a full disk or a kill breaks off costs nothing, and leaves no file that nobody reads."""

import errno
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from field_app.store import files
from field_app.store.disk import Disk, DiskFile
from field_app.store.faults import StoreFault
from field_app.store.journal import JournalDB
from field_app.store.records import RecordStore
from sync.sealing import new_key

KEY = new_key()
COUNT = 30
FIRST = "journal-00000001.log"


@pytest.fixture(autouse=True)
def small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of two kibibytes, so that a few documents close some."""
    monkeypatch.setattr(files, "SEGMENT_BYTES", 2048)


@pytest.fixture(params=[None, KEY], ids=["plain", "sealed"])
def key(request: pytest.FixtureRequest) -> bytes | None:
    """Stores with and without a seal."""
    found: bytes | None = request.param
    return found


class Killed(BaseException):
    """The process ends here."""


class HinderedDisk(Disk):
    """The real disk, on which files of some name meet something instead of being written beside, or removed.

    A tap writes the index of the file that it fills under its own name: that is not hindered.
    """

    def __init__(self, at: str, meet: Callable[[Path], None]) -> None:
        super().__init__()
        self.at, self.meet = at, meet

    def write_new(self, path: Path, data: bytes) -> None:
        """Write a file, or not."""
        if path.suffix == ".new" and path.match(self.at):
            self.meet(path)
        super().write_new(path, data)

    def remove(self, path: Path) -> None:
        """Remove a file, or not."""
        if path.match(self.at):
            self.meet(path)
        super().remove(path)


def full(_: object) -> None:
    """The disk has no room."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def killed(path: Path) -> None:
    """Nobody goes on: what should be written is half there."""
    if path.suffix == ".new":
        path.write_bytes(b"half of it")
    raise Killed


def fill(db: JournalDB) -> None:
    """Put documents under names, twice, so that half of what the closed files say is gone."""
    for round_of in range(2):
        for n in range(COUNT):
            db.named_table("words").put(f"{n:05}", {"n": n, "note": str(round_of) * 100})


def kinds(folder: Path) -> list[str]:
    """What the store's files are, but for its locks."""
    names = sorted(path.name for path in folder.iterdir() if not path.name.startswith("LOCK"))
    return [f"{name.partition('-')[0]} {name.partition('.')[2]}" for name in names]


def broken_off(folder: Path, key: bytes | None, disk: Disk) -> dict[str, object]:
    """Fill a store and break its compaction off; what it said."""
    with JournalDB(folder, key, disk=disk) as db:
        fill(db)
        with pytest.raises(Killed):
            db.journal.compact()
        return {**db.named_table("words").all_by_id()}


def test_a_disk_that_is_full_behind_the_base_gets_room_by_what_the_base_replaces(
    folder: Path, key: bytes | None
) -> None:
    disk = HinderedDisk("base-*.idx.new", lambda path: full(path) if path.with_name(FIRST).exists() else None)
    with JournalDB(folder, key, disk=disk) as db:
        fill(db)
        expected = db.named_table("words").all_by_id()
        assert db.journal.compact()
        assert kinds(folder) == ["base idx", "base log", "journal log"]
        assert not db.journal.compact()
        for each in (db, JournalDB(folder, key)):
            assert each.named_table("words").all_by_id() == expected
            assert each.journal.faults() == []


def test_a_base_stands_for_itself_where_no_index_of_it_can_be_written(folder: Path, key: bytes | None) -> None:
    with JournalDB(folder, key, disk=HinderedDisk("base-*.idx.new", full)) as db:
        fill(db)
        expected = db.named_table("words").all_by_id()
        assert db.journal.compact()
        assert kinds(folder) == ["base log", "journal log"]
        for each in (db, JournalDB(folder, key)):
            assert each.named_table("words").find("00007") == expected["00007"]
            assert each.named_table("words").all_by_id() == expected
            assert each.journal.faults() == []


@pytest.mark.parametrize("at", ["base-*.log.new", "base-*.idx.new", FIRST, "journal-00000003.idx"])
def test_what_a_killed_compaction_left_is_removed_by_the_next(folder: Path, key: bytes | None, at: str) -> None:
    expected = broken_off(folder, key, HinderedDisk(at, killed))
    with JournalDB(folder, key) as db:
        assert db.journal.has_leftovers()
        db.journal.compact()
        assert not db.journal.has_leftovers()
        assert set(kinds(folder)) <= {"base idx", "base log", "journal log"}
        for each in (db, JournalDB(folder, key)):
            assert each.named_table("words").all_by_id() == expected
            assert each.journal.faults() == []


def test_what_a_damaged_base_replaced_is_left_where_it_is(folder: Path, key: bytes | None) -> None:
    """Those bytes are the only ones left that say it."""
    broken_off(folder, key, HinderedDisk("journal-00000001.idx", killed))
    (base,) = folder.glob("base-*.log")
    data = bytearray(base.read_bytes())
    data[200:210] = bytes(10)
    base.write_bytes(data)
    before = kinds(folder)
    with JournalDB(folder, key) as db:
        db.journal.compact()
    assert kinds(folder) == before


def test_on_a_full_disk_leftovers_make_room_though_nothing_can_be_let_go(
    folder: Path, key: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = broken_off(folder, key, HinderedDisk("journal-00000001.idx", killed))
    monkeypatch.setattr(RecordStore, "let_go", lambda _, keep: full(keep))
    with JournalDB(folder, key) as db:
        with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
            RecordStore(db).tidy(timedelta(days=30))
        assert kinds(folder).count("journal log") == 1
        assert db.named_table("words").all_by_id() == expected


class TroubledDisk(Disk):
    """The real disk; while a base is read back something else happens, and an fsync may fail once."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], None] | None = None
        self.fails_once = False

    def read(self, path: Path, start: int = 0, end: int | None = None) -> bytes:
        """As the real one."""
        meanwhile = self.meanwhile
        if meanwhile is not None and path.name.startswith("base"):
            self.meanwhile = None
            meanwhile()
        return super().read(path, start, end)

    def open(self, path: Path, *, create: bool = False) -> DiskFile:
        """As the real one."""
        file = super().open(path, create=create)
        sync = file.sync

        def failing() -> None:
            if self.fails_once:
                self.fails_once = False
                raise OSError(errno.EIO, "Input/output error")
            sync()

        file.sync = failing  # type: ignore[method-assign]  # the disk's fault, not ours
        return file


def test_what_was_closed_during_a_compaction_is_still_found_after_a_failed_fsync(folder: Path) -> None:
    disk = TroubledDisk()
    db = JournalDB(folder, disk=disk)
    kept: dict[str, dict[str, str]] = {}

    def tap() -> None:
        name, document = f"{len(kept):05}", {"note": "x" * 200}
        db.named_table("records").put(name, document)
        kept[name] = document

    def go_on() -> None:
        closed = db.journal.closed_files()
        while db.journal.closed_files() < closed + 2:
            tap()
        disk.fails_once = True
        with pytest.raises(StoreFault):
            tap()
        tap()

    while db.journal.closed_files() < 3:
        tap()
    disk.meanwhile = go_on
    assert db.journal.compact()
    assert db.journal.closed_files() >= 3  # the base and two closed meanwhile
    table = db.named_table("records")
    assert [name for name in kept if table.find(name) is None] == []
    assert db.journal.faults() == []
