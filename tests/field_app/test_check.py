"""`check` reads the whole store, changes nothing, and says in words what is wrong."""

import random
from pathlib import Path

import pytest
from doubles import FixedClock
from journals import Mount, journal
from rescues import LONG_NOTE, add_contacts, fingerprint, lines, report, spoil, surveyed, wrong

from field_app.store.codec import Codec
from field_app.store.frames import encode, scan
from field_app.store.index import index_bytes, read_whole
from field_app.store.journal import JournalDB
from field_app.store.places import Places
from field_app.store.records import RecordStore
from field_app.store.segments import Segment
from sync.sealing import new_key
from sync.verdicts import State

SEED = 20261122


def a_store(folder: Path, clock: FixedClock, *, key: bytes | None = None, count: int = 5) -> list[str]:
    """A store with some contacts, a frame each; their ids."""
    with JournalDB(folder, key) as db:
        store = RecordStore(db)
        return [add_contacts(store, clock, 1)[0].id for _ in range(count)]


def a_long_store(folder: Path, clock: FixedClock) -> list[str]:
    """A store of two closed files with an index beside each, and a third."""
    with JournalDB(folder) as db:
        store = RecordStore(db)
        made = [each for _ in range(2) for each in add_contacts(store, clock, 300, note=LONG_NOTE)]
        made += add_contacts(store, clock, 1)
    assert journal(folder, 3).exists()
    assert len(list(folder.glob("*.idx"))) == 2
    return [each.id for each in made]


def frame_at(folder: Path, place: int, number: int = 1) -> tuple[int, int]:
    """Where a frame begins and ends."""
    frame = scan(journal(folder, number).read_bytes(), number).frames[place]
    return frame.start, frame.end


@pytest.mark.parametrize("is_sealed", [False, True])
def test_a_sound_store_is_well_and_counted(folder: Path, clock: FixedClock, *, is_sealed: bool) -> None:
    key = new_key() if is_sealed else None
    a_store(folder, clock, key=key)
    found = report(folder, key)
    assert found.is_well
    assert found.findings == ()
    assert (found.files, found.frames, found.records) == (1, 6, 5)
    assert found.bytes == journal(folder).stat().st_size
    assert found.frames_sealed == (6 if is_sealed else 0)
    assert found.contacts == {State.READY_TO_SEND: 5, State.SENT: 0, State.NEEDS_ATTENTION: 0}


def test_closed_files_and_their_indexes_agree_before_and_after_compaction(folder: Path, clock: FixedClock) -> None:
    a_long_store(folder, clock)
    assert wrong(folder) == []
    with JournalDB(folder) as db:
        assert db.journal.compact()
    found = report(folder)
    assert lines(found.findings) == []
    assert (found.files, found.records) == (2, 601)


def test_a_check_changes_nothing_not_even_a_time(folder: Path, clock: FixedClock) -> None:
    a_long_store(folder, clock)
    spoil(journal(folder), 1_000, count=3)
    (folder / "LOCK").unlink()
    before = fingerprint(folder)
    report(folder)
    report(folder, new_key())
    assert fingerprint(folder) == before


def test_a_store_on_a_read_only_disk_is_checked(mount: Mount, clock: FixedClock) -> None:
    folder = mount("size=1m") / "store"
    a_store(folder, clock)
    mount("size=1m,remount,ro")
    assert report(folder).is_well


@pytest.mark.parametrize("is_sealed", [False, True])
def test_one_flipped_bit_anywhere_is_told_and_costs_nothing(
    folder: Path, clock: FixedClock, *, is_sealed: bool
) -> None:
    key = new_key() if is_sealed else None
    a_store(folder, clock, key=key)
    sound = journal(folder).read_bytes()
    start, _ = frame_at(folder, 1)  # the first frame is the identity, which nothing proves in a plain store
    _, end = frame_at(folder, 4)
    chosen = random.Random(SEED).sample(range(start, end), 40)
    for at in chosen:
        spoil(journal(folder), at, bits=1 << at % 8)
        found = report(folder, key)
        assert (found.is_well, found.bits_mended, found.records, found.bytes_damaged) == (False, 1, 5, 0), (SEED, at)
        assert len(found.findings) == 1, (SEED, at)
        journal(folder).write_bytes(sound)


def test_a_damaged_contact_is_missed_by_number_and_by_sequence(folder: Path, clock: FixedClock) -> None:
    a_store(folder, clock)
    start, end = frame_at(folder, 3)
    spoil(journal(folder), start + 40, count=2)
    assert wrong(folder) == [
        f"journal-00000001.log: bytes {start} to {end} are damaged; the good frames behind them were read",
        f"change 4 is missing before journal-00000001.log, byte {end}",
        "1 record is missing in the sequence: 3",
    ]
    assert report(folder).bytes_damaged == end - start


def test_a_write_that_a_crash_cut_short_is_no_fault_but_a_damaged_last_frame_is(
    folder: Path, clock: FixedClock
) -> None:
    a_store(folder, clock)
    sound = journal(folder).read_bytes()
    start, end = frame_at(folder, 5)
    for size in (start + 3, start + 30, end - 1):
        journal(folder).write_bytes(sound[:size])
        found = report(folder)
        assert found.is_well
        assert "that was never acknowledged" in found.findings[0].line
        assert found.bytes_tail == size - start
    journal(folder).write_bytes(sound)
    spoil(journal(folder), start + 40, count=2)
    assert "the last changes may be damaged" in wrong(folder)[0]


def test_a_file_that_is_gone_is_missed(folder: Path, clock: FixedClock) -> None:
    a_long_store(folder, clock)
    journal(folder, 2).unlink()
    said = wrong(folder)
    assert "journal file 2 is missing" in said
    assert any(line.startswith("change 3 is missing before journal-00000003.log") for line in said)
    assert any(line.startswith("300 records are missing in the sequence: 301, 302") for line in said)


def test_an_index_that_lies_is_found_out(folder: Path, clock: FixedClock) -> None:
    """An index with good checksums that names other places, or another state, would hide contacts."""
    ids = a_long_store(folder, clock)
    path, segment, codec = folder / "journal-00000001.idx", Segment(1), Codec()
    sound = path.read_bytes()
    said = read_whole(sound, segment, codec)
    assert said is not None
    state, places = said
    moved = Places({name: dict.fromkeys(table, (0, 24)) for name, table in places.tables.items()}, places.cleared)
    path.write_bytes(index_bytes(segment, state, moved, codec))
    assert wrong(folder) == [
        "journal-00000001.idx does not agree with journal-00000001.log: it names other places. Remove it; it is made again"
    ]
    state.indexes["outbox"]["ready"].pop(ids[0])
    path.write_bytes(index_bytes(segment, state, places, codec))
    assert "it says that the store was another one" in wrong(folder)[0]
    path.write_bytes(sound[:-1])
    assert wrong(folder) == ["journal-00000001.idx is damaged; it is made again from its file, and nothing is lost"]
    path.unlink()
    assert report(folder).is_well


def test_an_index_names_the_contacts_that_its_file_has_lost(folder: Path, clock: FixedClock) -> None:
    ids = a_long_store(folder, clock)
    start, _ = frame_at(folder, 1)
    spoil(journal(folder), start + 40, count=2)
    (line,) = [line for line in wrong(folder) if "no longer gives" in line]
    assert line.startswith("journal-00000001.idx tells of 300 documents that journal-00000001.log no longer gives: ")
    assert f"records {ids[0]}" in line
    assert line.endswith("and 290 more")


def test_a_record_whose_own_hash_is_wrong_is_named(folder: Path, clock: FixedClock) -> None:
    ids = a_store(folder, clock)
    with JournalDB(folder) as db:
        table = db.named_table("records")
        table.put(ids[2], (table.find(ids[2]) or {}) | {"people": 9})
    assert wrong(folder) == [f"record {ids[2]}: its content does not match its own hash"]


def test_a_locked_store_is_checked_as_far_as_checksums_go(folder: Path, clock: FixedClock) -> None:
    key = new_key()
    a_store(folder, clock, key=key)
    for other in (None, new_key()):
        found = report(folder, other)
        assert found.is_well
        assert (found.frames, found.frames_locked, found.records, found.contacts) == (6, 6, None, None)
        assert "only checksums could be checked" in found.findings[-1].line
    spoil(journal(folder), frame_at(folder, 2)[0] + 60, count=2)
    assert len(wrong(folder)) == 2
    assert len(wrong(folder, key)) == 3  # with the key the sequence tells too


def test_plain_frames_in_a_sealed_store_are_told_and_not_believed(folder: Path, clock: FixedClock) -> None:
    key = new_key()
    a_store(folder, clock, key=key, count=2)
    with JournalDB(folder.with_name("other")) as db:
        RecordStore(db)
        for _ in range(5):
            db.insert({"n": 1})
    with journal(folder).open("ab") as file:
        file.write(journal(folder.with_name("other")).read_bytes()[frame_at(folder.with_name("other"), 3)[0] :])
    found = report(folder, key)
    assert found.records == 2
    assert sum("not sealed, in a store that is" in line for line in wrong(folder, key)) == 2


def test_a_forged_frame_takes_nothing_away(folder: Path, clock: FixedClock) -> None:
    """A plain frame of a low number in the next file: it would make void what is behind that number in the one before."""
    key = new_key()
    a_store(folder, clock, key=key)
    journal(folder, 2).write_bytes(encode(1, 2, b'[["records","x"]]'))
    found = report(folder, key)
    assert (found.records, len(wrong(folder, key))) == (5, 1)
    assert "not sealed, in a store that is" in wrong(folder, key)[0]


def test_any_damage_at_all_is_reported_and_never_a_fault_of_the_program(folder: Path, clock: FixedClock) -> None:
    a_store(folder, clock)
    sound = journal(folder).read_bytes()
    chance = random.Random(SEED)
    for _ in range(150):
        data = bytearray(sound)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(data))
            data[at : at + chance.randint(0, 50)] = chance.randbytes(chance.randint(0, 50))
        journal(folder).write_bytes(bytes(data))
        assert report(folder).findings or bytes(data) == sound, SEED
        assert surveyed(folder)
