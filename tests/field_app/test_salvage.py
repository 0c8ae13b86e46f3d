"""Everything readable of a store gets into the bundle, once, and nothing that the deputy was told is not kept."""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from doubles import START, FixedClock
from journals import journal
from rescues import LONG_NOTE, add_contacts, fingerprint, report, spoil, surveyed

from field_app.salvage import Salvaged, salvage
from field_app.store import frames
from field_app.store.codec import Codec, pack
from field_app.store.journal import JournalDB
from field_app.store.records import RecordStore
from sync.bundle import Bundle, bundle_body, bundle_bytes, read_bundle
from sync.canonical import JsonObject
from sync.gathering import UNPROVED
from sync.sealing import new_key

SEED = 20261122


def salvaged(folder: Path, key: bytes | None = None, keys: Sequence[bytes] = ()) -> Salvaged:
    """What is rescued of a store."""
    return salvage(surveyed(folder, key), Codec(key), report(folder, key).findings, keys, START)


def bundle_of(folder: Path, key: bytes | None = None) -> Bundle:
    """The bundle of it."""
    return salvaged(folder, key).bundle


def ids(records: Sequence[JsonObject]) -> list[str]:
    """Their ids, in order."""
    return [record["id"] for record in records]


def a_store(folder: Path, clock: FixedClock, key: bytes | None = None, count: int = 5) -> list[str]:
    """A store with some contacts, a frame each; their ids."""
    with JournalDB(folder, key) as db:
        store = RecordStore(db)
        return [add_contacts(store, clock, 1)[0].id for _ in range(count)]


def spoil_frame(folder: Path, place: int, offset: int, count: int = 2) -> None:
    """Damage one frame beyond mending, so many bytes from its beginning."""
    data = journal(folder).read_bytes()
    spoil(journal(folder), frames.scan(data, 1).frames[place].start + offset, count=count)


@pytest.mark.parametrize("is_sealed", [False, True])
def test_every_record_of_a_sound_store_is_rescued_once(folder: Path, clock: FixedClock, *, is_sealed: bool) -> None:
    key = new_key() if is_sealed else None
    made = a_store(folder, clock, key)
    with JournalDB(folder, key) as db:
        store = RecordStore(db)
        identity = store.note("identity") or {}
        records = store.records()
    found = salvaged(folder, key)
    assert ids(found.bundle.records) == made
    assert {record["id"]: record for record in found.bundle.records} == dict(records)
    assert (found.bundle.device, found.private_key) == (identity["device"], identity["private_key"])
    assert (found.bundle.sequence_last, found.bundle.raw, found.bundle.frames) == (5, (), ())
    assert identity["private_key"] not in repr(found.bundle)


def test_a_record_that_proves_itself_outlives_its_frame(folder: Path, clock: FixedClock) -> None:
    """The store itself gives this contact up: checksum, number and magic are gone. Its own hash still proves it."""
    made = a_store(folder, clock)
    spoil_frame(folder, 3, 0, count=frames.HEADER_BYTES)
    with JournalDB(folder) as db:
        assert list(RecordStore(db).records()) == [*made[:2], *made[3:]]
    found = bundle_of(folder)
    assert ids(found.records) == made
    assert found.raw == ()
    assert "are damaged" in found.damage[0]


@pytest.mark.parametrize("has_key", [False, True])
def test_a_sealed_contact_outlives_its_checksum(folder: Path, clock: FixedClock, *, has_key: bool) -> None:
    key = new_key()
    made = a_store(folder, clock, key)
    spoil_frame(folder, 3, 20, count=4)
    found = bundle_of(folder, key if has_key else None)
    assert ids(found.records) == (made if has_key else [])
    assert len(found.frames) == (0 if has_key else 6)


def test_bytes_in_which_nothing_is_proved_are_kept_as_they_are(folder: Path, clock: FixedClock) -> None:
    made = a_store(folder, clock)
    spoil_frame(folder, 3, 200)
    found = bundle_of(folder)
    assert ids(found.records) == [*made[:2], *made[3:]]
    assert len(found.raw) == 1
    assert found.raw[0].data in journal(folder).read_bytes()


def test_a_record_whose_hash_is_wrong_is_kept_raw(folder: Path, clock: FixedClock) -> None:
    made = a_store(folder, clock, count=1)
    with JournalDB(folder) as db:
        table = db.named_table("records")
        table.put("other", (table.find(made[0]) or {}) | {"people": 9})
    found = bundle_of(folder)
    assert ids(found.records) == made
    assert [each.reason for each in found.raw] == [UNPROVED]


def test_two_contents_under_one_id_are_both_rescued(folder: Path, clock: FixedClock) -> None:
    made = a_store(folder, clock, count=2)
    with JournalDB(folder) as db:
        table = db.named_table("records")
        table.put(made[0], table.find(made[1]) or {})
    assert ids(bundle_of(folder).records) == made


def test_what_was_refused_stays_out(folder: Path, clock: FixedClock) -> None:
    """An fsync failed, the cut failed too, and the deputy, told so, logged again: the next file begins with that number."""
    made = a_store(folder, clock, count=3)
    last = frames.scan(journal(folder).read_bytes(), 1).frames[-1]
    with JournalDB(folder.with_name("other")) as db:
        again = add_contacts(RecordStore(db), clock, 1)[0]
        document = RecordStore(db).records()[again.id]
    data = Codec().frame(last.lsn, 2, pack([("records", "p", again.id, document)]))
    journal(folder, 2).write_bytes(data)
    assert sorted(ids(bundle_of(folder).records)) == sorted([*made[:2], again.id])


def test_what_a_base_stands_for_is_rescued_from_the_base_or_from_the_files_before(
    folder: Path, clock: FixedClock
) -> None:
    with JournalDB(folder) as db:
        store = RecordStore(db)
        made = [each.id for each in add_contacts(store, clock, 300, note=LONG_NOTE)]
        made += [each.id for each in add_contacts(store, clock, 1)]
        before = journal(folder).read_bytes()
        assert db.journal.compact()
    assert ids(bundle_of(folder).records) == made
    journal(folder).write_bytes(before)  # as after a crash before it was removed
    assert ids(bundle_of(folder).records) == made
    base = folder / "base-00000001.log"
    base.write_bytes(base.read_bytes()[:1_000])
    assert ids(bundle_of(folder).records) == made


@pytest.mark.parametrize(("place", "offset", "count"), [(1, 0, frames.HEADER_BYTES), (-1, 20, 4)])
def test_what_compaction_has_put_aside_of_a_damaged_file_is_rescued_too(
    folder: Path, clock: FixedClock, place: int, offset: int, count: int
) -> None:
    """A contact that only its own hash proves any more, in the middle of a closed file or at its end, is not thrown away."""
    with JournalDB(folder) as db:
        store = RecordStore(db)
        for contacts in (1, 300, 1):
            add_contacts(store, clock, contacts, note=LONG_NOTE)
    assert journal(folder, 2).exists()
    before = len(bundle_of(folder).records)
    spoil_frame(folder, place, offset, count)
    with JournalDB(folder) as db:
        assert db.journal.compact()
    assert list(folder.glob("quarantine-*"))
    assert len(bundle_of(folder).records) == before


def test_rescuing_changes_nothing(folder: Path, clock: FixedClock) -> None:
    a_store(folder, clock)
    spoil_frame(folder, 2, 100)
    before = fingerprint(folder)
    salvaged(folder)
    assert fingerprint(folder) == before


def test_whatever_the_damage_every_contact_it_did_not_touch_is_rescued(folder: Path, clock: FixedClock) -> None:
    made = a_store(folder, clock, count=8)
    sound = journal(folder).read_bytes()
    # A record's JSON is what proves it; where a document ends, its frame does but for one bracket or two.
    spans: dict[str, tuple[int, int]] = {}
    for frame in frames.scan(sound, 1).frames[1:]:
        start = sound.index(b'{"kind":', frame.start)
        spans[made[len(spans)]] = (start, sound.rindex(b"}", 0, frame.end) + 1)
    chance = random.Random(SEED)
    for _ in range(200):
        data, untouched = bytearray(sound), set(made)
        for _ in range(chance.randint(1, 3)):
            at, count = chance.randrange(len(data)), chance.randint(1, 200)
            junk = chance.randbytes(len(data[at : at + count]))
            data[at : at + count] = junk
            untouched -= {key for key, (start, end) in spans.items() if at < end and at + count > start}
        journal(folder).write_bytes(bytes(data))
        found = ids(bundle_of(folder).records)
        assert untouched <= set(found) <= set(made), SEED
        assert len(found) == len(set(found)), SEED


def test_a_verdict_or_an_identity_that_no_store_writes_does_not_spoil_the_bundle(
    folder: Path, clock: FixedClock
) -> None:
    made = a_store(folder, clock, count=1)
    with JournalDB(folder) as db:
        db.named_table("device").put("identity", {"device": "no id", "private_key": 5})
        db.named_table("verdicts").put(made[0], {"verdict": "accepted", "n": float("nan"), "reason": "\ud800"})
    found = bundle_of(folder)
    assert (found.device, ids(found.records), salvaged(folder).private_key) == (None, made, None)
    opened = read_bundle(bundle_bytes(bundle_body(found), None, None), lambda sealed, _: sealed)
    assert opened.bundle.verdicts == {made[0]: {"verdict": "accepted", "reason": "?"}}
