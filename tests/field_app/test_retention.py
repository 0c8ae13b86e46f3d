"""Sent records leave the device after their time, by the station's clock, and nothing else ever does."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from doubles import uuids
from examples import CONTACT, RECEIPT
from journals import OpenDB

from field_app.store import files
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


def add(store: RecordStore, ids: Iterable[str]) -> None:
    """Keep one contact for each id."""
    makers: list[RecordMaker] = [
        lambda sequence, name=name: replace(CONTACT, id=name, sequence=sequence)  # type: ignore[misc]  # a lambda's default
        for name in ids
    ]
    store.add(makers)


KEEP = timedelta(days=30)


def dated(number: int, day: int, *ids: str, verdict: Verdict = Verdict.ACCEPTED, epoch: str = "one") -> Receipt:
    """A receipt of the day so many days after the first."""
    at = RECEIPT.received_at + timedelta(days=day)
    judged = tuple(Judged(name, verdict, "why") for name in ids)
    return replace(RECEIPT, receipt=number, received_at=at, epoch=epoch, verdicts=judged)


def test_a_sent_record_leaves_thirty_days_after_its_receipt_and_not_a_moment_before(
    store: RecordStore, open_store: OpenStore
) -> None:
    ids = ids_of(3)
    add(store, ids)
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
    add(store, ids)
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
    add(store, ids)
    store.settle(dated(1, 0, ids[0], epoch="before"))
    store.settle(dated(2, 90, ids[1], epoch="after"))
    store.tidy(KEEP)
    assert set(store.records()) == set(ids)


def test_sequence_numbers_go_on_when_every_record_has_left(
    store: RecordStore, open_store: OpenStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "SEGMENT_BYTES", 2048)
    ids = ids_of(31)
    add(store, ids[:30])
    store.settle(dated(1, 0, *ids[:30]))
    store.settle(dated(2, 100))
    add(store, ids[30:])
    store.settle(dated(3, 100, ids[30]))
    store.tidy(KEEP)
    assert set(store.records()) == {ids[30]}
    assert list(folder.glob("base-*.log")) != []
    for index in folder.glob("*.idx"):
        index.unlink()
    assert open_store().sequence_last() == 31
