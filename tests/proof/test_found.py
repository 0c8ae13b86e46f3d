"""What the proofs found in the store, each as a test of its own."""

import random

import pytest
from crash_states import FOLDER, Tally, explore
from fuzzed_stores import KINDS, Store, opened, store_of
from sim_disk import Died, MakeFolder, SimDisk, SyncFolder
from sizes import set_segment_bytes
from witness import shown_by
from workloads import WORKLOADS

from field_app.store.faults import StoreFault
from field_app.store.journal import JournalDB


def test_a_store_folder_made_by_a_process_that_was_killed_is_made_to_last_by_the_next() -> None:
    disk = SimDisk()
    disk.dies_after = 2
    with pytest.raises(Died):
        JournalDB(FOLDER, disk=disk).insert({"n": 0})
    assert disk.operations[-1] == MakeFolder(FOLDER)
    JournalDB(FOLDER, disk=disk).insert({"n": 1})
    assert SyncFolder("/") in disk.operations[2:]


def test_after_a_failed_fsync_no_other_process_goes_on_in_the_same_file() -> None:
    """It did: the first process then took the number of the other's acknowledged write for its own, and made it void."""
    disk = SimDisk()
    one, other = JournalDB(FOLDER, disk=disk), JournalDB(FOLDER, disk=disk)
    one.insert({"n": 0})
    disk.syncs_to_fail.add(disk.syncs)
    with pytest.raises(StoreFault):
        one.insert({"n": "refused"})
    other.insert({"n": 1})
    one.insert({"n": 2})
    kept = {"_default": {str(n + 1): {"n": n} for n in range(3)}}
    assert (
        shown_by(one)
        == shown_by(other)
        == shown_by(JournalDB(FOLDER, disk=SimDisk(disk.image(), ("/", FOLDER))))
        == kept
    )


def test_what_another_process_wrote_after_a_failed_fsync_is_seen_though_no_new_file_could_be_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    disk = SimDisk()
    one, other = JournalDB(FOLDER, disk=disk), JournalDB(FOLDER, disk=disk)
    one.insert({"n": 0})
    disk.syncs_to_fail.add(disk.syncs)
    with monkeypatch.context() as patched:
        patched.setattr(disk, "make", _no_space)
        with pytest.raises(StoreFault):
            one.insert({"n": "refused"})
    other.insert({"n": 1})
    one.insert({"n": 2})
    kept = {"_default": {str(n + 1): {"n": n} for n in range(3)}}
    assert (
        shown_by(one)
        == shown_by(other)
        == shown_by(JournalDB(FOLDER, disk=SimDisk(disk.image(), ("/", FOLDER))))
        == kept
    )


def _no_space(path: str) -> int:
    raise OSError(28, "No space left on device", path)


def test_a_flipped_bit_is_mended_in_every_sealed_frame_and_not_only_in_those_of_records() -> None:
    store = store_of("one file, sealed", random.Random(0), 1)
    spoiled = bytearray(store.files[store.last])
    spoiled[60] ^= 1
    db = opened(store, {store.last: bytes(spoiled)})
    assert shown_by(db) == shown_by(opened(store, store.files))
    assert db.journal.damage == ["journal-00000001.log: one flipped bit at byte 0 was mended"]


def test_a_table_that_is_being_emptied_may_have_begun_its_numbers_anew_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof knew only one of the two, where the table showed nothing before and after; the store was right."""
    make, length = WORKLOADS["changes"]
    set_segment_bytes(monkeypatch, length)
    lot = random.Random("changes 91")
    explore(make(lot), lot, Tally(1_000_000), most=40)


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store with closed files."""
    set_segment_bytes(monkeypatch, KINDS["closed files"][2])
    return store_of("closed files", random.Random(0))


def test_a_page_of_an_index_in_the_place_of_a_journals_is_not_believed(closed: Store) -> None:
    """Its frames bore the number of the journal file and of a change: they took the place of that change."""
    path = f"{FOLDER}/journal-00000002.log"
    index = closed.files[path.replace(".log", ".idx")]
    db = opened(closed, {**closed.files, path: index + closed.files[path]})
    assert shown_by(db) == shown_by(opened(closed, closed.files))


def test_a_document_whose_closed_file_is_damaged_is_left_out_and_told(closed: Store) -> None:
    """It stopped the list of the newest documents with an error, and so the screen."""
    path = f"{FOLDER}/journal-00000001.log"
    db = opened(closed, {**closed.files, path: bytes(len(closed.files[path]))})
    seen = dict(db.named_table("_default").newest_first())
    assert 0 < len(seen) < len(dict(opened(closed, closed.files).named_table("_default").newest_first()))
    assert any(line.startswith("journal-00000001.log: ") for line in db.journal.damage)


def test_a_closed_file_that_lost_its_end_is_told(closed: Store) -> None:
    path = f"{FOLDER}/journal-00000001.log"
    last = max(frame.start for frame in closed.frames if frame.path == path)
    db = opened(closed, {**closed.files, path: closed.files[path][:last]})
    assert db.journal.damage == []  # nobody has read it yet
    db.all()
    assert [line for line in db.journal.damage if line.endswith("are missing")] != []
