"""The journal on disks that are full, read-only or broken: real ones, made so."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from journals import Mount, OpenDB, StartProgram, finish, frames_in, journal, numbers

from field_app.store.faults import StoreFull, StoreReadOnly
from field_app.store.journal import JournalDB


def insert_until_full(db: JournalDB, size: int) -> tuple[int, str]:
    """Insert until the disk is full: how many documents there are then, and what was said."""
    for n in range(len(db), len(db) + 10_000):
        try:
            db.insert({"n": n, "note": "x" * size})
        except StoreFull as problem:
            return n, str(problem)
    raise AssertionError("The disk was never full.")


@pytest.mark.parametrize("size", [10, 370, 9_000])
def test_a_full_disk_keeps_what_was_acknowledged_and_logging_goes_on_when_there_is_space(
    size: int, mount: Mount, open_db: OpenDB
) -> None:
    disk = mount("size=256k")
    db = open_db(disk / "store")
    filler = disk / "filler"
    filler.write_bytes(bytes(100 * 1024))
    count, said = insert_until_full(db, size)
    assert said == "The disk is full. Free some space, then try again. Nothing that was logged before is lost."
    assert count > 9
    for _ in range(2):
        with pytest.raises(StoreFull):
            db.insert({"n": -1, "note": "x" * 9_000})
        with pytest.raises(StoreFull):
            db.update({"note": "y" * size})
        assert numbers(db) == numbers(open_db(disk / "store")) == [*range(count)]
    filler.unlink()
    db.insert({"n": count})
    reopened = open_db(disk / "store")
    assert reopened.all() == db.all()
    assert numbers(reopened) == [*range(count + 1)]
    assert reopened.journal.damage == db.journal.damage == []
    db.close()
    reopened.close()


def test_a_full_disk_is_told_once_as_damage_however_often_somebody_tries(mount: Mount, open_db: OpenDB) -> None:
    """A torn tail needs a new file; where none can be made, each try must not report the tail anew."""
    folder = mount("size=256k,nr_inodes=4") / "store"  # the disk, the folder, the lock and one journal file
    db = open_db(folder)
    db.insert({"n": 0})
    with journal(folder).open("ab") as file:
        file.write(b"torn")
    for _ in range(3):
        with pytest.raises(StoreFull):
            db.insert({"n": 1})
    assert db.journal.damage == ["journal-00000001.log: 4 bytes of an unfinished write, left as they are"]
    subprocess.run(["mount", "-o", "remount,nr_inodes=9", str(folder.parent)], check=True)
    db.insert({"n": 1})
    assert numbers(db) == numbers(open_db(folder)) == [0, 1]
    assert len(db.journal.damage) == 1


def test_a_read_only_disk_can_be_read_and_logging_goes_on_when_it_can_be_written(mount: Mount, open_db: OpenDB) -> None:
    folder = mount("size=256k") / "store"
    with JournalDB(folder) as db:
        db.insert({"n": 0})
    mount("size=256k,remount,ro")
    db = open_db(folder)
    for _ in range(2):
        with pytest.raises(StoreReadOnly, match=r"read-only.*Nothing that was logged before is lost\.$"):
            db.insert({"n": 1})
        assert numbers(db) == [0]
    mount("size=256k,remount,rw")
    db.insert({"n": 1})
    assert numbers(db) == numbers(open_db(folder)) == [0, 1]


def test_a_folder_that_cannot_be_made_is_told_in_a_sentence(mount: Mount, open_db: OpenDB) -> None:
    folder = mount("size=256k,ro") / "car" / "store"
    db = open_db(folder)
    assert db.all() == []
    with pytest.raises(StoreReadOnly, match=r"^The disk is read-only\. Make it writable, then try again\."):
        db.insert({"n": 0})


_WITH_LIMIT = """
import resource
db = JournalDB(folder)
db.insert({"n": 0})
limit, number, new = getattr(resource, sys.argv[2]), int(sys.argv[3]), {"n": 1, "note": "x" * 200}
hard = resource.getrlimit(limit)[1]
resource.setrlimit(limit, (number, hard))
for _ in range(2):
    try:
        db.insert(new)
    except StoreFault as problem:
        print(type(problem).__name__, problem)
    assert [document["n"] for document in db] == [0]
    assert db.get(doc_id=2) is None
resource.setrlimit(limit, (hard, hard))
assert db.insert({"n": 1}) == 2
print(db.journal.damage)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="NOT TESTED HERE: Windows has no resource limits.")
def test_a_write_that_stops_half_way_is_taken_back(folder: Path, program: StartProgram, open_db: OpenDB) -> None:
    """The system takes the first 100 bytes and refuses the rest (RLIMIT_FSIZE): the file must end where it ended."""
    said = finish(program(_WITH_LIMIT, "RLIMIT_FSIZE", 100))
    sentence = "StoreFull The store has reached the largest size allowed here. Nothing that was logged before is lost."
    assert said == [sentence, sentence, "[]"]
    assert numbers(open_db()) == [0, 1]
    assert [path.name for path in sorted(folder.glob("*.log"))] == [journal(folder).name]
    assert journal(folder).stat().st_size == frames_in(folder)[-1].end


_WITH_FEW_FILES = """
import resource
db = JournalDB(folder)
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
for action in (lambda: db.insert({"n": 1}), lambda: JournalDB(folder).all()):
    try:
        action()
    except StoreFault as problem:
        print(problem)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
db.insert({"n": 1})
"""


@pytest.mark.skipif(sys.platform == "win32", reason="NOT TESTED HERE: Windows has no resource limits.")
def test_too_many_open_files_is_told_in_a_sentence_and_costs_nothing(program: StartProgram, open_db: OpenDB) -> None:
    open_db().insert({"n": 0})
    sentence = "Too many files are open. Close other programs, then try again. Nothing that was logged before is lost."
    assert finish(program(_WITH_FEW_FILES)) == [sentence, sentence]
    assert numbers(open_db()) == [0, 1]


_FIVE_INSERTS = """
db = JournalDB(folder)
for n in range(5):
    try:
        db.insert({"n": n})
        print("kept", n)
    except StoreFault as problem:
        print(problem)
    assert n in [document["n"] for document in db] or n == 3
"""


@pytest.fixture
def strace(program: StartProgram, tmp_path: Path) -> Callable[[str], tuple[list[str], list[str]]]:
    """Runs a program under strace, which may make a system call fail: what it printed, and its system calls."""
    command = shutil.which("strace")
    trace = tmp_path / "trace"
    calls = "trace=write,fsync,ftruncate"
    if command is None or subprocess.run([command, "-o", "/dev/null", "true"], check=False).returncode != 0:
        pytest.skip("NOT TESTED HERE: an fsync that fails; making one fail needs strace.")

    def run(lines: str, *options: str) -> tuple[list[str], list[str]]:
        said = finish(program(lines, under=(str(command), "-y", "-e", calls, "-o", str(trace), *options)))
        found = re.findall(
            r"^(\w+)\(\d+<[^>]*/(store|[^/>]*\.log)>.* = (-?\d+)", trace.read_text("utf-8"), re.MULTILINE
        )
        return said, [" ".join(call) for call in found]

    return run


def test_a_write_is_acknowledged_after_one_append_and_one_fsync(
    strace: Callable[..., tuple[list[str], list[str]]], folder: Path
) -> None:
    """And the first one also after the folder's own fsync, without which the new file could vanish."""
    said, calls = strace(_FIVE_INSERTS)
    assert said == [f"kept {n}" for n in range(5)]
    sizes = [frame.end - frame.start for frame in frames_in(folder)]
    name = journal(folder).name
    assert calls == ["fsync store 0", *(one for size in sizes for one in (f"write {name} {size}", f"fsync {name} 0"))]


def test_a_disk_that_will_not_begin_before_the_fsync_loses_nothing(
    strace: Callable[..., tuple[list[str], list[str]]], folder: Path
) -> None:
    said, calls = strace(_FIVE_INSERTS, "-e", "inject=fadvise64:error=EIO")
    assert said == [f"kept {n}" for n in range(5)]
    assert calls.count(f"fsync {journal(folder).name} 0") == 5


def test_where_an_fsync_skips_the_devices_cache_each_tap_syncs_the_folder_too(
    strace: Callable[..., tuple[list[str], list[str]]], folder: Path
) -> None:
    lines = _FIVE_INSERTS.replace("JournalDB(folder)", "JournalDB(folder, disk=Disk(SyncPolicy.FILE_AND_FOLDER))")
    imports = "from field_app.store.disk import Disk\nfrom field_app.store.policy import SyncPolicy\n"
    said, calls = strace(imports + lines)
    assert said == [f"kept {n}" for n in range(5)]
    name = journal(folder).name
    synced = [" ".join(call.split()[:2]) for call in calls if not call.startswith("write")]
    assert synced == ["fsync store", *([f"fsync {name}", "fsync store"] * 5)]


def test_what_another_process_left_is_on_the_disk_before_it_is_shown(
    strace: Callable[..., tuple[list[str], list[str]]], folder: Path
) -> None:
    """It may have died between its append and its fsync: what was shown must not be gone after a power cut."""
    with JournalDB(folder) as db:
        db.insert({"n": 0})
    said, calls = strace("print(len(JournalDB(folder)))")
    assert said == ["1"]
    assert calls == [f"fsync {journal(folder).name} 0"]


def test_a_file_left_empty_by_a_crash_is_written_only_when_its_folder_is_on_the_disk(
    strace: Callable[..., tuple[list[str], list[str]]], folder: Path
) -> None:
    """Whoever made it may have died before it called fsync on the folder."""
    folder.mkdir()
    journal(folder).touch()
    _, calls = strace('JournalDB(folder).insert({"n": 0})')
    assert [call.split()[0:2] for call in calls] == [
        ["fsync", "store"],
        *([it, journal(folder).name] for it in ("write", "fsync")),
    ]


def test_after_a_failed_fsync_the_same_file_is_never_written_again(
    strace: Callable[..., tuple[list[str], list[str]]], folder: Path, open_db: OpenDB
) -> None:
    """The kernel may have dropped the pages and say nothing the next time: the write is refused, the next file begun."""
    said, calls = strace(
        _FIVE_INSERTS, "-e", "inject=fsync:error=EIO:when=7"
    )  # two folders above, folder, then 0, 1, 2, 3
    assert said[3] == "The disk reports a fault: Input/output error. Nothing that was logged before is lost."
    assert [line for line in said if line.startswith("kept")] == ["kept 0", "kept 1", "kept 2", "kept 4"]
    first, second = journal(folder).name, journal(folder, 2).name
    failed = calls.index(f"fsync {first} -1")
    assert [call.split()[:2] for call in calls[failed + 1 :]] == [
        ["ftruncate", first],
        ["fsync", "store"],  # the next file is begun at once, before another process can go on in this one
        ["fsync", "store"],  # and as it is still empty at the next tap, its folder is asked for once more
        ["write", second],
        ["fsync", second],
    ]
    db = open_db()
    assert numbers(db) == [0, 1, 2, 4]
    assert [frame.lsn for frame in frames_in(folder)] == [1, 2, 3, 4]
    assert db.journal.damage == []
