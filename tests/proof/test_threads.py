"""Many threads on one store: each acknowledged write is there once, fsyncs are shared, and nobody sees what is not on disk."""

import errno
import random
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from examples import CONTACT, RECEIPT
from faulty_disk import FaultyDisk
from journals import OpenDB, SegmentBytes, StartProgram, finish, hear, numbers, say
from tinydb import where

from field_app.store.faults import StoreFault
from field_app.store.journal import JournalDB
from field_app.store.records import RecordStore
from sync.verdicts import Verdict
from sync.wire import Judged

WRITERS = 8
SECONDS_MAX = 60  # a thread that waits longer than this waits for ever
OPERATIONS_LONG = 1_000_000
LOOK_EVERY = 8  # taps after which a writer looks one up
BATCH = 1_000  # few receipts, since each looks through the whole outbox


@pytest.fixture(autouse=True)
def _many_switches() -> Iterator[None]:
    """Lets threads take turns five hundred times more often than they do."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def settle(store: RecordStore, beginning: threading.Barrier, are_done: threading.Event) -> int:
    """Give verdicts on what is ready until there is no more: how many."""
    settled = 0
    beginning.wait()
    while not are_done.is_set() or store.ready(1):
        batch = [record["id"] for record in store.ready(BATCH)]
        store.settle(replace(RECEIPT, verdicts=tuple(Judged(key, Verdict.ACCEPTED) for key in batch)))
        settled += len(batch)
    return settled


def read(store: RecordStore, beginning: threading.Barrier, are_done: threading.Event) -> int:
    """Look on: what was there once is never gone, and there are as many records as numbers. How many looks."""
    seen = looks = 0
    beginning.wait()
    while not are_done.is_set():
        last = store.sequence_last()
        assert last >= seen
        assert len(store._records) >= last
        seen = last
        looks += 2
    return looks


@pytest.mark.timeout(7200)
def test_writers_readers_and_one_that_settles_lose_nothing_and_double_nothing(
    folder: Path, *, is_long: bool, segment_bytes: SegmentBytes
) -> None:
    """At least a million operations in the long proof: taps, verdicts and looks, each counted."""
    taps = 40_000 if is_long else 60
    segment_bytes(256 * 1024 if is_long else 8_000)
    disk = FaultyDisk(is_quick=True)
    db = JournalDB(folder, disk=disk)
    store = RecordStore(db)
    beginning, are_done = threading.Barrier(WRITERS + 3), threading.Event()

    def write(name: int) -> list[tuple[str, int]]:
        made = []
        beginning.wait()
        for n in range(taps):
            record_id = f"{name}-{n}"
            (record,) = store.add([lambda number, key=record_id: replace(CONTACT, id=key, sequence=number)])  # type: ignore[misc]  # mypy cannot see a lambda's default
            made.append((record.id, record.sequence))
            if n % LOOK_EVERY == 0:
                assert db.named_table("records").find(record_id) is not None
        return made

    with ThreadPoolExecutor(WRITERS + 3) as pool:
        writing = [pool.submit(write, name) for name in range(WRITERS)]
        others = [pool.submit(look_on, store, beginning, are_done) for look_on in (settle, read, read)]
        made = dict(pair for each in writing for pair in each.result())
        are_done.set()
        settled, *looks = [each.result(SECONDS_MAX) for each in others]
    assert sorted(made.values()) == [*range(1, WRITERS * taps + 1)]
    again = RecordStore(JournalDB(folder))
    for each in (store, again):
        assert {key: record["sequence"] for key, record in each.records().items()} == made
        assert each.verdicts().keys() == made.keys()
        assert each.ready_ids() == []
    assert settled == len(made)
    looked = sum(looks) + WRITERS * -(-taps // LOOK_EVERY)
    print(f"{len(made)} taps, {settled} verdicts, {looked} looks, {disk.done.count('sync')} fsyncs")
    assert min(looks) > 0
    assert len(made) + settled + looked >= (OPERATIONS_LONG if is_long else 0)


@pytest.mark.usefixtures("holds_long")
def test_threads_that_wait_for_the_disk_together_share_one_fsync(folder: Path) -> None:
    """While one fsync is under way all others append; the next one carries them all."""
    disk = FaultyDisk()
    db = JournalDB(folder, disk=disk)
    db.insert({"n": -1})
    disk.done.clear()
    is_syncing, may_go_on = threading.Event(), threading.Event()

    def hold() -> None:
        is_syncing.set()
        assert may_go_on.wait(SECONDS_MAX)

    disk.before["sync"] = hold
    with ThreadPoolExecutor(WRITERS) as pool:
        ids = [pool.submit(db.insert, {"n": 0})]
        assert is_syncing.wait(SECONDS_MAX)
        ids += [pool.submit(db.insert, {"n": n}) for n in range(1, WRITERS)]
        while disk.done.count("append") < WRITERS:
            threading.Event().wait(0.001)
        assert not any(each.done() for each in ids)
        may_go_on.set()
        assert sorted(each.result(SECONDS_MAX) for each in ids) == [*range(2, WRITERS + 2)]
    assert disk.done.count("sync") == 2


def test_nobody_is_shown_what_is_not_on_the_disk(folder: Path) -> None:
    """The disk is held shut in the middle of a tap: readers of this process wait, and so does whoever finds its change."""
    disk = FaultyDisk()
    db = JournalDB(folder, disk=disk)
    store = RecordStore(db)
    store.keep_note("shift", {"n": 0})
    is_on_disk, is_syncing, may_go_on = threading.Event(), threading.Event(), threading.Event()

    def hold() -> None:
        is_syncing.set()
        assert may_go_on.wait(SECONDS_MAX)
        is_on_disk.set()

    def look(ask: str) -> bool:
        found = {
            "note": lambda: store.note("shift") == {"n": 1},
            "search": lambda: bool(db.table("device").search(where("n") == 1)),
            "made already": lambda: store.note_or_new("shift", dict) == {"n": 1},
            "records": lambda: db.named_table("device").all_by_id() == {"shift": {"n": 1}},
            "version": lambda: store.version() > 1,
        }[ask]()
        return found and is_on_disk.is_set()

    disk.before["sync"] = hold
    with ThreadPoolExecutor(6) as pool:
        writing = pool.submit(store.keep_note, "shift", {"n": 1})
        assert is_syncing.wait(SECONDS_MAX)
        looks = [pool.submit(look, ask) for ask in ("note", "search", "made already", "records", "version")]
        threading.Event().wait(0.05)
        assert not writing.done()
        assert not any(each.done() for each in looks)
        may_go_on.set()
        assert [each.result(SECONDS_MAX) for each in looks] == [True] * 5


def test_writing_inside_reading_and_reading_inside_writing_never_wait_for_each_other(open_db: OpenDB) -> None:
    db = open_db()
    turns = 30

    def work(name: int) -> None:
        for n in range(turns):
            with db.journal.reading():
                count = len(db)
                with db.journal.writing():
                    db.insert({"by": name, "n": n})
                    with db.journal.reading():
                        assert len(db) > count
                assert db.count(where("by") == name) == n + 1

    with ThreadPoolExecutor(4) as pool:
        for each in [pool.submit(work, name) for name in range(4)]:
            each.result(SECONDS_MAX)
    assert len(open_db()) == 4 * turns


def test_failing_fsyncs_under_many_threads_refuse_whom_they_must_and_hang_nobody(folder: Path) -> None:
    """Whoever was told "kept" is kept, whoever was refused is not; also seen from another handle."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    lot = random.Random(seed)
    disk = FaultyDisk(is_quick=True)
    db = JournalDB(folder, disk=disk)
    other = JournalDB(folder)
    turns = 40

    def maybe_fail() -> None:
        if lot.random() < 0.1:
            disk.fails(*lot.choice([("sync",), ("sync", "cut"), ("append",)]), number=errno.EIO)

    disk.before["sync"] = maybe_fail

    def work(name: int) -> tuple[set[str], set[str]]:
        kept: set[str] = set()
        refused: set[str] = set()
        for n in range(turns):
            try:
                (kept if db.insert({"n": f"{name}-{n}"}) else refused).add(f"{name}-{n}")
            except StoreFault:
                refused.add(f"{name}-{n}")
            if n % 5 == 0:
                len(db)
        return kept, refused

    with ThreadPoolExecutor(WRITERS) as pool:
        done = [each.result(SECONDS_MAX) for each in [pool.submit(work, name) for name in range(WRITERS)]]
    disk.before.clear()
    disk.mend()
    kept, refused = set().union(*(each[0] for each in done)), set().union(*(each[1] for each in done))
    assert refused
    for each in (db, other, JournalDB(folder)):
        found = [document["n"] for document in each]
        assert len(found) == len({*found})
        assert {*found} == kept


_HOLDS_NOW_AND_THEN = """
import time
db = JournalDB(folder)
print("ready", flush=True)
sys.stdin.readline()
for n in range(40):
    with db.journal.writing():
        db.insert({"by": "other", "n": n})
        time.sleep(0.003)
"""


def test_another_process_that_takes_the_lock_again_and_again_holds_up_no_thread_for_long(
    program: StartProgram, open_db: OpenDB
) -> None:
    db = open_db()
    other = program(_HOLDS_NOW_AND_THEN)
    hear(other, "ready")

    def work(name: int) -> None:
        for n in range(25):
            with db.journal.reading():
                db.insert({"by": name, "n": n})

    with ThreadPoolExecutor(4) as pool:
        say(other, "go")
        for each in [pool.submit(work, name) for name in range(4)]:
            each.result(SECONDS_MAX)
    finish(other)
    assert len(open_db()) == len(numbers(db)) == 4 * 25 + 40
