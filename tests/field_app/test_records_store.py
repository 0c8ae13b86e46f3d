"""The device's records: numbered without a gap, sent oldest first, settled once, never lost."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from doubles import uuids
from examples import CONTACT, RECEIPT
from journals import OpenDB, StartProgram, finish, frames_in, hear, say

from field_app.store.outbox import DEVICE, RECORDS
from field_app.store.records import RecordMaker, RecordStore
from sync.canonical import canonical_bytes
from sync.limits import RECORD_BYTES_MAX
from sync.records import Contact, record_from_json, unhashed
from sync.times import write_time
from sync.verdicts import MEANINGS, Verdict
from sync.wire import Judged, Receipt

OpenStore = Callable[[], RecordStore]


@pytest.fixture
def open_store(open_db: OpenDB) -> OpenStore:
    """Opens the records as often as asked."""
    return lambda: RecordStore(open_db())


@pytest.fixture
def store(open_store: OpenStore) -> RecordStore:
    """The records of a new device."""
    return open_store()


def makers(ids: Iterable[str]) -> list[RecordMaker]:
    """Makers of one contact for each id."""
    return [lambda sequence, name=name: replace(CONTACT, id=name, sequence=sequence) for name in ids]  # type: ignore[misc]


def ids_of(count: int) -> list[str]:
    """Ids in no order at all: what is sent goes by sequence, not by id."""
    source = uuids()
    return sorted((next(source) for _ in range(count)), key=lambda name: name[::-1], reverse=True)


def receipt(number: int, **verdicts: Verdict) -> Receipt:
    """A receipt that gives these verdicts, by record's id."""
    return replace(RECEIPT, receipt=number, verdicts=tuple(Judged(name, it, "why") for name, it in verdicts.items()))


def test_records_are_numbered_from_one_without_a_gap_over_restarts(store: RecordStore, open_store: OpenStore) -> None:
    ids = ids_of(6)
    assert store.sequence_last() == 0
    assert [record.sequence for record in store.add(makers(ids[:1]))] == [1]
    assert [record.sequence for record in store.add(makers(ids[1:3]))] == [2, 3]
    assert [record.sequence for record in open_store().add(makers(ids[3:]))] == [4, 5, 6]
    assert store.sequence_last() == open_store().sequence_last() == 6


def test_a_record_is_kept_as_it_was_made_with_its_hash(store: RecordStore, open_store: OpenStore) -> None:
    (made,) = store.add([lambda sequence: replace(CONTACT, sequence=sequence, extra={"later": ["☕"]})])
    (kept,) = open_store().records().values()
    assert record_from_json(unhashed(kept)) == made
    assert len(kept["hash"]) == 32
    assert store.ready(9) == [kept]


def test_what_is_ready_comes_oldest_first_and_no_more_than_asked(store: RecordStore, open_store: OpenStore) -> None:
    ids = ids_of(7)
    for name in ids:
        store.add(makers([name]))
    assert ids != sorted(ids)
    for one in (store, open_store()):
        assert one.ready_ids() == ids
        assert [record["id"] for record in one.ready(3)] == ids[:3]
        assert [record["id"] for record in one.ready(99)] == ids
        assert one.ready(0) == []
        assert [*one.records()] == ids


def test_several_records_are_kept_together_or_not_at_all(store: RecordStore, folder: Path) -> None:
    ids = ids_of(4)
    store.add(makers(ids[:1]))

    def fails(sequence: int) -> Contact:
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        store.add([*makers(ids[1:]), fails])
    assert len(frames_in(folder)) == 1
    assert [record.sequence for record in store.add(makers(ids[1:]))] == [2, 3, 4]
    assert len(frames_in(folder)) == 2


@pytest.mark.parametrize("again", [[0], [1, 0], [1, 1], [1, 2, 1]])
def test_no_id_is_taken_twice(again: list[int], store: RecordStore, open_store: OpenStore) -> None:
    """Neither one that is kept already, nor one that comes twice in the same call: a number would be missing."""
    ids = ids_of(3)
    store.add(makers(ids[:1]))
    before = store.records()
    with pytest.raises(ValueError, match=r"^There is a document with this id already\.$"):
        store.add(makers(ids[place] for place in again))
    assert store.records() == open_store().records() == before
    assert store.sequence_last() == 1


def test_a_record_that_is_too_large_is_refused_and_nothing_is_written(store: RecordStore, folder: Path) -> None:
    def sized(name: str, size: int) -> RecordMaker:
        return lambda sequence: replace(CONTACT, id=name, sequence=sequence, extra={"more": "x" * size})

    first, second, third, fourth = ids_of(4)
    store.add([sized(first, 0)])
    room = RECORD_BYTES_MAX - len(canonical_bytes(store.records()[first]))
    store.add([sized(second, room)])
    assert len(canonical_bytes(store.records()[second])) == RECORD_BYTES_MAX
    frames = frames_in(folder)
    for refused in ([sized(third, room + 1)], [*makers([fourth]), sized(third, room + 1)]):
        with pytest.raises(ValueError, match=f"^A record may have {RECORD_BYTES_MAX} bytes at most"):
            store.add(refused)
    assert frames_in(folder) == frames
    assert store.ready_ids() == [first, second]
    assert store.sequence_last() == 2


@pytest.mark.parametrize("verdict", [*Verdict])
def test_a_verdict_settles_a_record_only_if_the_station_holds_it(
    verdict: Verdict, store: RecordStore, open_store: OpenStore
) -> None:
    ids = ids_of(3)
    store.add(makers(ids))
    store.settle(receipt(47, **{ids[1]: verdict}))
    is_settled = MEANINGS[verdict].is_settled
    at = write_time(RECEIPT.received_at)
    kept = {"verdict": verdict.value, "reason": "why", "receipt": 47, "epoch": RECEIPT.epoch, "received_at": at}
    for one in (store, open_store()):
        assert one.ready_ids() == ([ids[0], ids[2]] if is_settled else ids)
        assert one.verdicts() == ({ids[1]: kept} if is_settled else {})
        assert [*one.records()] == ids
        assert one.sequence_last() == 3


def test_a_receipt_settles_nothing_that_it_does_not_name(store: RecordStore) -> None:
    ids = ids_of(3)
    store.add(makers(ids[:2]))
    stranger = replace(RECEIPT, verdicts=(Judged(None, Verdict.QUARANTINED), Judged(ids[2], Verdict.ACCEPTED)))
    store.settle(stranger)
    assert store.ready_ids() == ids[:2]
    assert store.verdicts() == {}


def test_a_settled_record_stays_settled_though_the_verdicts_table_is_older(
    store: RecordStore, open_store: OpenStore
) -> None:
    ids = ids_of(2)
    store.settle(receipt(1, **{ids[0]: Verdict.ACCEPTED}))  # names nothing that is here, but makes the table
    store.add(makers(ids))
    store.settle(receipt(2, **{ids[0]: Verdict.ACCEPTED}))
    assert open_store().ready_ids() == ids[1:]


def test_the_first_verdict_on_a_record_stays(store: RecordStore, open_store: OpenStore) -> None:
    ids = ids_of(2)
    store.add(makers(ids))
    store.settle(receipt(1, **{ids[0]: Verdict.ACCEPTED}))
    store.settle(receipt(2, **{ids[0]: Verdict.CONFLICTING, ids[1]: Verdict.HELD}))
    for one in (store, open_store()):
        found = {name: (kept["verdict"], kept["receipt"]) for name, kept in one.verdicts().items()}
        assert found == {ids[0]: ("accepted", 1), ids[1]: ("held", 2)}
        assert one.ready_ids() == []


def test_a_receipt_is_settled_in_one_frame(store: RecordStore, folder: Path) -> None:
    ids = ids_of(9)
    store.add(makers(ids))
    for _ in range(2):
        store.settle(receipt(1, **dict.fromkeys(ids, Verdict.ACCEPTED)))
        assert len(frames_in(folder)) == 2


def test_a_store_opened_twice_agrees_on_what_is_ready(store: RecordStore, open_store: OpenStore) -> None:
    """The outbox follows the journal, whoever wrote: one logs, the other sends."""
    other = open_store()
    ids = ids_of(4)
    store.add(makers(ids[:2]))
    assert other.ready_ids() == ids[:2]
    other.settle(receipt(1, **{ids[0]: Verdict.ACCEPTED}))
    assert store.ready_ids() == ids[1:2]
    assert [record.sequence for record in other.add(makers(ids[2:3]))] == [3]
    assert [record.sequence for record in store.add(makers(ids[3:]))] == [4]
    assert store.ready_ids() == other.ready_ids() == ids[1:]


_ADDS = """
from dataclasses import replace
from examples import CONTACT
from field_app.store.records import RecordStore
store = RecordStore(JournalDB(folder))
print("ready", flush=True)
sys.stdin.readline()
for turn in range(40):
    names = [f"{sys.argv[2]}-{turn}-{place}" for place in range(1 + turn % 3)]
    made = store.add([lambda number, name=name: replace(CONTACT, id=name, sequence=number) for name in names])
    print(*(f"{record.id}={record.sequence}" for record in made))
"""


def test_processes_that_log_at_once_number_their_records_without_a_gap(
    program: StartProgram, store: RecordStore
) -> None:
    both = [program(_ADDS, name) for name in "ab"]
    for one in both:
        hear(one, "ready")
    for one in both:
        say(one, "go")
    told = dict(word.split("=") for one in both for line in finish(one) for word in line.split())
    kept = {name: record["sequence"] for name, record in store.records().items()}
    assert kept == {name: int(sequence) for name, sequence in told.items()}
    assert [*kept.values()] == [*range(1, 2 * 79 + 1)]
    assert store.ready_ids() == [*kept]


_NOTES = """
from field_app.store.records import RecordStore
store = RecordStore(JournalDB(folder))
print("ready", flush=True)
sys.stdin.readline()
print(store.note_or_new("identity", lambda: {"made by": sys.argv[2]}))
"""


def test_what_two_processes_make_under_one_name_is_made_once(
    program: StartProgram, store: RecordStore, folder: Path
) -> None:
    both = [program(_NOTES, name) for name in "ab"]
    for one in both:
        hear(one, "ready")
    for one in both:
        say(one, "go")
    first, second = (finish(one) for one in both)
    assert first == second == [str(store.note("identity"))]
    assert len(frames_in(folder)) == 1


def test_a_note_is_kept_replaced_and_forgotten(store: RecordStore, open_store: OpenStore) -> None:
    assert store.note("shift") is None
    store.keep_note("shift", {"watch": "day", "unit": "42A"})
    store.keep_note("shift", {"watch": "night"})
    store.keep_note("station", {"name": "Norwalk"})
    assert open_store().note("shift") == {"watch": "night"}
    store.drop_note("shift")
    store.drop_note("never there")
    for one in (store, open_store()):
        assert one.note("shift") is None
        assert one.note("station") == {"name": "Norwalk"}


def test_a_note_that_is_there_is_not_made_again(store: RecordStore) -> None:
    store.keep_note("identity", {"device": "a"})

    def never() -> dict[str, str]:
        raise AssertionError("There is one already.")

    assert store.note_or_new("identity", never) == {"device": "a"}


def test_a_note_handed_out_shares_nothing_with_the_store(store: RecordStore) -> None:
    made = store.note_or_new("identity", lambda: {"keys": [1]})
    made["keys"].append(2)
    found = store.note("identity")
    assert found == {"keys": [1]}


def test_a_devices_notes_are_no_records(store: RecordStore, open_db: OpenDB) -> None:
    store.keep_note("a", {"sequence": 99})
    store.add(makers(ids_of(1)))
    assert store.ready_ids() == ids_of(1)
    assert store.sequence_last() == 1
    assert open_db().tables() == {RECORDS, DEVICE}


def test_damage_is_told_and_a_copy(store: RecordStore, folder: Path, open_store: OpenStore) -> None:
    first, second = ids_of(2)
    store.add(makers([first]))
    assert store.damage() == []
    (path,) = folder.glob("journal-*.log")
    with path.open("ab") as file:
        file.write(b"torn")
    store.add(makers([second]))
    told = open_store().damage()
    assert told == store.damage() == [f"{path.name}: 4 bytes of an unfinished write, left as they are"]
    told.clear()
    assert len(store.damage()) == 1
