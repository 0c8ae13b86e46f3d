"""The harnesses that look at no images prove something too: each finds out a store with a small fault (mutants.py)."""

from collections.abc import Callable
from pathlib import Path

import pytest
import test_disk_faults
import test_failed_fsync
import test_machine
import test_real_disks
import test_threads
from faulty_disk import FaultyDisk, FaultyFile
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from journals import Mount, SegmentBytes
from mutants import Mutate, index_before_fsync, memory_before_append, no_void_rule, wrong_count
from test_threads import _many_switches  # noqa: F401 - a fixture, for every test here

from field_app.store.journal import JournalDB
from field_app.store.records import RecordMaker, RecordStore
from field_app.store.storage import JournalStorage
from sync.records import Record

# Within so many programs the machine must notice a fault.
PROGRAMS_MAX = 200
# What a fault holds up for ever need not be waited for longer.
HELD_UP_SECONDS = 2


def fsync_tried_again(patch: pytest.MonkeyPatch) -> None:
    sound = FaultyFile.sync

    def sync(file: FaultyFile) -> None:
        try:
            sound(file)
        except OSError:
            sound(file)

    patch.setattr(FaultyFile, "sync", sync)


def id_given_out_again(patch: pytest.MonkeyPatch) -> None:
    """As TinyDB does after a restart: the number after the highest one that is there."""

    def last_number(storage: JournalStorage, name: str) -> int:
        rows = storage.tables.get(name)
        return max((int(key) for key in ({} if rows is None else rows.whole())), default=0)

    patch.setattr(JournalStorage, "last_number", last_number)


def number_before_lock(patch: pytest.MonkeyPatch) -> None:
    sound = RecordStore.add

    def add(store: RecordStore, makers: list[RecordMaker]) -> list[Record]:
        first = store.sequence_last() + 1
        return sound(store, [lambda _, make=make, at=at: make(first + at) for at, make in enumerate(makers)])  # type: ignore[misc]  # mypy cannot see a lambda's default

    patch.setattr(RecordStore, "add", add)


@pytest.mark.slow
@pytest.mark.parametrize("mutate", [wrong_count, id_given_out_again], ids=lambda each: each.__name__)
def test_random_programs_find_this_fault(mutate: Mutate, monkeypatch: pytest.MonkeyPatch) -> None:
    mutate(monkeypatch)
    short = settings(
        max_examples=PROGRAMS_MAX,
        stateful_step_count=40,
        deadline=None,
        database=None,  # a fault put in on purpose is no example to keep
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
        derandomize=True,
    )
    with pytest.raises(AssertionError):
        run_state_machine_as_test(test_machine.StoreMachine, settings=short)


def test_threads_find_a_number_that_is_taken_before_the_lock(
    folder: Path, segment_bytes: SegmentBytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    number_before_lock(monkeypatch)
    with pytest.raises(AssertionError):
        test_threads.test_writers_readers_and_one_that_settles_lose_nothing_and_double_nothing(
            folder, is_long=False, segment_bytes=segment_bytes
        )


def test_threads_find_what_is_shown_before_it_is_on_the_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index_before_fsync(monkeypatch)
    monkeypatch.setattr(test_threads, "SECONDS_MAX", HELD_UP_SECONDS)
    with pytest.raises(AssertionError):
        test_threads.test_nobody_is_shown_what_is_not_on_the_disk(folder)


def failing_disk(tmp_path: Path) -> None:
    """An fsync that fails once, anywhere."""
    test_disk_faults.test_an_fsync_that_fails_once_anywhere_refuses_that_write_and_goes_on(
        with_cut=False, key=None, tmp_path=tmp_path
    )


def full_disk(tmp_path: Path) -> None:
    """A disk that is full at any write."""
    test_disk_faults.test_a_disk_that_is_full_at_any_write_refuses_that_one_and_goes_on(("full",), None, tmp_path)


def failed_fsync(tmp_path: Path) -> None:
    """An fsync that fails when nothing can be cut off."""
    disk = FaultyDisk()
    with JournalDB(tmp_path / "store", disk=disk) as db:
        db.insert({"n": 0})
        test_failed_fsync.test_after_a_failed_fsync_nothing_refused_comes_back_and_no_other_process_loses_anything(
            ("sync", "cut"), db, disk, lambda: JournalDB(tmp_path / "store")
        )


@pytest.mark.parametrize(
    ("mutate", "prove"),
    [
        (fsync_tried_again, failing_disk),
        (memory_before_append, full_disk),
        (no_void_rule, failed_fsync),
    ],
    ids=lambda each: each.__name__,
)
def test_faults_of_the_disk_find_this_fault(
    mutate: Mutate,
    prove: Callable[[Path], None],
    tmp_path: Path,
    segment_bytes: SegmentBytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    segment_bytes(500)
    mutate(monkeypatch)
    with pytest.raises(AssertionError):
        prove(tmp_path)


def test_a_real_disk_that_is_full_finds_memory_that_is_ahead_of_it(
    mount: Mount, segment_bytes: SegmentBytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment_bytes(2_048)
    memory_before_append(monkeypatch)
    opened: list[JournalDB] = []

    def open_one(folder: Path) -> JournalDB:
        opened.append(JournalDB(folder))
        return opened[-1]

    with pytest.raises(AssertionError):
        test_real_disks.test_a_full_disk_costs_nothing_and_logging_goes_on_when_there_is_space(0, mount, open_one)
    for db in opened:
        db.close()
