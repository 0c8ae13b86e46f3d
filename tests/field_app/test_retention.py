"""Sent records leave the device after their time, by the station's clock and its own, and nothing else ever does."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cars import Car
from doubles import uuids
from examples import CONTACT, RECEIPT
from journals import OpenDB

from field_app.store import files, records
from field_app.store.records import RecordMaker, RecordStore
from sync.verdicts import Verdict
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


def ids_of(count: int) -> list[str]:
    """So many ids."""
    source = uuids()
    return [next(source) for _ in range(count)]


def add(store: RecordStore, ids: Iterable[str], day: int = 0) -> None:
    """Keep one contact for each id, made so many days after the first."""
    made = replace(CONTACT, entered_at=CONTACT.entered_at + timedelta(days=day))
    makers: list[RecordMaker] = [
        lambda sequence, name=name: replace(made, id=name, sequence=sequence)  # type: ignore[misc]  # a lambda's default
        for name in ids
    ]
    store.add(makers)


KEEP, DAY = timedelta(days=30), 24 * 3_600


def dated(number: int, day: int, *ids: str, verdict: Verdict = Verdict.ACCEPTED, epoch: str = "one") -> Receipt:
    """A receipt of the day so many days after the first."""
    at = RECEIPT.received_at + timedelta(days=day)
    judged = tuple(Judged(name, verdict, "why") for name in ids)
    return replace(RECEIPT, receipt=number, received_at=at, epoch=epoch, verdicts=judged)


def test_a_sent_record_leaves_thirty_days_after_its_receipt_and_not_a_moment_before(
    store: RecordStore, open_store: OpenStore
) -> None:
    ids = ids_of(3)
    add(store, ids[:2])
    add(store, ids[2:], day=30)
    store.settle(dated(1, 0, ids[0]))
    almost = replace(dated(2, 30, ids[1]), received_at=RECEIPT.received_at + KEEP - timedelta(milliseconds=1))
    store.settle(almost)
    store.tidy(KEEP)
    assert set(store.records()) == set(ids)
    store.settle(dated(3, 30, ids[2]))
    store.tidy(KEEP)
    for one in (store, open_store()):
        assert set(one.records()) == set(one.verdicts()) == set(ids[1:])
        assert one.sequence_last() == 3


def test_what_is_not_sent_or_needs_attention_never_leaves(store: RecordStore) -> None:
    ids = ids_of(5)
    add(store, ids[:3])
    add(store, ids[3:], day=400)
    store.settle(dated(1, 0, ids[0], verdict=Verdict.QUARANTINED))
    store.settle(dated(2, 0, ids[1], verdict=Verdict.CONFLICTING))
    store.settle(dated(3, 0, ids[2], verdict=Verdict.HELD))
    store.settle(dated(4, 400, ids[3]))
    store.tidy(KEEP)
    assert set(store.records()) == set(ids)
    assert store.ready_ids() == ids[4:]


def test_a_station_restored_from_a_backup_is_not_told_that_old_records_have_left(store: RecordStore) -> None:
    """They stay until this epoch has had them for as long: it may need them again."""
    ids = ids_of(2)
    add(store, ids[:1])
    add(store, ids[1:], day=90)
    store.settle(dated(1, 0, ids[0], epoch="before"))
    store.settle(dated(2, 90, ids[1], epoch="after"))
    store.tidy(KEEP)
    assert set(store.records()) == set(ids)


def test_what_the_station_before_holds_leaves_by_date_at_the_next_station(store: RecordStore) -> None:
    """Of its epoch this one will never be; what the one before did not take goes to this one, and stays as long as any."""
    ids = ids_of(4)
    add(store, ids[:2])
    store.settle(dated(7, 0, ids[0], epoch="before"))
    store.begin_elsewhere({})
    add(store, ids[2:3])
    store.settle(dated(1, 10, ids[1], ids[2], epoch="next"))
    store.tidy(KEEP)
    assert set(store.records()) == set(ids[:3])
    add(store, ids[3:], day=35)
    store.settle(dated(2, 35, ids[3], epoch="next"))
    store.tidy(KEEP)
    assert set(store.records()) == set(ids[1:])


def test_sequence_numbers_go_on_when_every_record_has_left(
    store: RecordStore, open_store: OpenStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "SEGMENT_BYTES", 2048)
    ids = ids_of(31)
    add(store, ids[:30])
    store.settle(dated(1, 0, *ids[:30]))
    store.settle(dated(2, 100))
    add(store, ids[30:], day=100)
    store.settle(dated(3, 100, ids[30]))
    store.tidy(KEEP)
    assert set(store.records()) == {ids[30]}
    assert list(folder.glob("base-*.log")) != []
    for index in folder.glob("*.idx"):
        index.unlink()
    assert open_store().sequence_last() == 31


def test_a_contact_that_was_put_aside_and_withdrawn_never_comes_back(car: Car) -> None:
    """Its withdrawal, which the station took, stays as long as what it takes back."""
    (contact,) = car.log("other")
    car.store.settle(dated(1, 0, contact, verdict=Verdict.QUARANTINED))
    car.logbook.withdraw(contact, "mistake")
    car.store.settle(dated(2, 0, *car.store.ready_ids()))
    car.clock.passes(400 * DAY)
    (later,) = car.log("other")
    car.store.settle(dated(3, 400, later))
    car.store.tidy(KEEP)
    assert [entry.contact.id for entry in car.logbook.entries()] == [later]
    assert len(car.store.records()) == 3


def test_what_a_correction_stands_for_can_be_withdrawn_as_long_as_the_correction(car: Car) -> None:
    (first,) = car.log("other")
    car.store.settle(dated(1, 0, first))
    second = car.logbook.correct(first, {"people": 3}).contact.id
    car.store.settle(dated(2, 20, second))
    car.clock.passes(31 * DAY)
    (later,) = car.log("other")
    car.store.settle(dated(3, 31, later))
    car.store.tidy(KEEP)
    car.logbook.withdraw(second, "mistake")
    withdrawn = {record.get("withdraws") for record in car.store.records().values()}
    assert {first, second} <= withdrawn  # the station would let the first stand again
    car.store.settle(dated(4, 31, *car.store.ready_ids()))
    car.store.settle(dated(5, 70))
    car.clock.passes(39 * DAY)
    (last,) = car.log("other")
    car.store.settle(dated(6, 70, last))
    car.store.tidy(KEEP)
    assert set(car.store.records()) == {last}


def test_records_that_belong_together_leave_in_one_frame(
    store: RecordStore, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever ends the app between two frames, no contact stands here again."""
    monkeypatch.setattr(records, "_VERDICTS_MAX", 2)
    ids = ids_of(6)
    add(store, ids[:3])
    named = dict(zip(ids[3:5], (ids[1], ids[3]), strict=True))  # the second was corrected, and that was corrected too
    store.add(
        lambda sequence, key=key: replace(CONTACT, id=key, sequence=sequence, corrects=named[key])  # type: ignore[misc]  # a lambda's default
        for key in named
    )
    add(store, ids[5:], day=100)
    store.settle(dated(1, 0, *ids[:5]))
    store.settle(dated(2, 100, ids[5]))
    left = []
    while store.let_go(KEEP):
        left.append(set(ids) - set(open_store().records()))
    assert left == [{*ids[:2], *named}, {*ids[:5]}]
