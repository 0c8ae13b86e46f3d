"""Taking a batch in: each record judged alone, stored once, all of it in the caller's one transaction."""

import logging
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from station.audits import audit
from station.challenges import new_challenge
from station.database import insert_once
from station.devices import the_station
from station.judging import Sound, Unsound, conflicting, judge, refused
from station.news import news_after
from station.storing import Arrival, store
from station.table_base import table_of
from station.tables import DeviceRow, QuarantineRow, ReceiptRow, RecordRow, StationRow
from sync.canonical import JsonObject, MalformedJson, content_hash, read_json
from sync.gathering import sequence_of
from sync.reference import Reference
from sync.verdicts import Verdict
from sync.wire import Batch, Judged, Receipt, digest_of

_LOG = logging.getLogger("station755")
_WHOSE_RECEIPT = select(ReceiptRow.device_id).where(ReceiptRow.id == bindparam("number"))
_NEW_RECEIPT = insert(table_of(ReceiptRow)).returning(ReceiptRow.id)


def take_in(
    session: Session,
    device: DeviceRow,
    batch: Batch,
    received_at: datetime,
    reference: Reference,
    unreadable: Sequence[Unsound] = (),
    judged: Sequence[Sound | Unsound] | None = None,
) -> Receipt:
    """Store a batch and make its receipt. Only to be answered with after the transaction has been committed.

    `unreadable` is what came beside the records and is kept as it came: rescued bytes (recovery.py), never a batch's.
    `judged` is what judging its records gave, if that is done already: it takes longer than storing them.
    """
    found = judge_all(batch, device.id, reference) if judged is None else judged
    session.flush()
    with session.no_autoflush:  # the device's row is written once, at the end
        return _taken_in(session, device, batch, received_at, reference, unreadable, found)


def judge_all(batch: Batch, device: UUID, reference: Reference) -> list[Sound | Unsound]:
    """What can be taken in of a batch, and what cannot. Pure."""
    return [judge(found, device, reference) for found in batch.records]


def _taken_in(
    session: Session,
    device: DeviceRow,
    batch: Batch,
    received_at: datetime,
    reference: Reference,
    unreadable: Sequence[Unsound],
    found: Sequence[Sound | Unsound],
) -> Receipt:
    station = the_station(session)
    _see_whether_restored(session, station, device, batch)
    is_heard_now = device.heard_at is None or received_at >= device.heard_at
    device.heard_at, device.app = received_at, batch.app
    if is_heard_now:
        device.ready = max(batch.ready - len(batch.records), 0)
        device.damage = "\n".join(batch.damage) or None
    device.sequence_last = max(device.sequence_last, batch.sequence_last)
    number = _receipt_number(session, device, batch, received_at) if batch.records or unreadable else 0
    arrival = Arrival(session, device.id, batch, number, received_at, reference)
    verdicts = tuple(_take_all(arrival, found))
    for unsound in unreadable:
        _quarantine(arrival, unsound)
    receipt = Receipt(
        receipt=number,
        batch=batch.batch,
        epoch=station.epoch,
        received_at=received_at,
        challenge=new_challenge(station.secret, str(device.id), received_at),
        verdicts=verdicts,
        digest=digest_of(batch.records),
        audit=audit(session, device),
        news=news_after(session, device.id, batch.news if batch.epoch == station.epoch else 0),
    )
    session.flush()
    return receipt


def _receipt_number(session: Session, device: DeviceRow, batch: Batch, received_at: datetime) -> int:
    values = {
        "batch": UUID(batch.batch),
        "device_id": device.id,
        "records": len(batch.records),
        "received_at": received_at,
    }
    return session.execute(_NEW_RECEIPT, values).scalar_one()


def _see_whether_restored(session: Session, station: StationRow, device: DeviceRow, batch: Batch) -> None:
    """A device that has a receipt of this epoch which it was never given: the database was put back without a word.

    Its number may have been given to another device since. A new epoch makes every device send again what it still has.
    """
    if batch.epoch != station.epoch or batch.receipt_last == 0:
        return
    if session.scalar(_WHOSE_RECEIPT, {"number": batch.receipt_last}) == device.id:
        return
    session.refresh(station, with_for_update=True)  # another worker may have seen the same just now
    if batch.epoch == station.epoch:
        station.epoch = str(uuid4())
        _LOG.warning("The database was restored from a backup: the devices will send again what it lacks.")


def _take_all(arrival: Arrival, found: Sequence[Sound | Unsound]) -> list[Judged]:
    """The verdict on each, in order."""
    verdicts = iter(store(arrival, [each for each in found if isinstance(each, Sound)]))
    return [
        _put_aside(arrival, each) if isinstance(each, Unsound) else _answer(arrival, each, next(verdicts))
        for each in found
    ]


def _put_aside(arrival: Arrival, unsound: Unsound) -> Judged:
    return _held_already(arrival, unsound) or _quarantine(arrival, unsound)


def _answer(arrival: Arrival, sound: Sound, verdict: Verdict) -> Judged:
    if verdict in {Verdict.ACCEPTED, Verdict.ALREADY_HERE}:
        return Judged(sound.record.id, verdict)
    return _quarantine(arrival, conflicting(sound) if verdict is Verdict.CONFLICTING else refused(sound))


def _held_already(arrival: Arrival, unsound: Unsound) -> Judged | None:
    """The verdict on a wrapped record that was taken in before: its answer was lost, and no person need look at it."""
    if not unsound.is_unread:
        return None
    record = _object_in(unsound.raw)
    try:
        held = arrival.session.scalar(select(RecordRow.hash).where(RecordRow.id == UUID(str(record.get("id")))))
    except ValueError:
        return None
    is_same = held is not None and held == record.get("hash")
    return Judged(unsound.judged.id, Verdict.ALREADY_HERE) if is_same else None


def _quarantine(arrival: Arrival, unsound: Unsound) -> Judged:
    values = {
        "device_id": arrival.device,
        "receipt_id": arrival.receipt,
        "verdict": unsound.judged.verdict.value,
        "reason": unsound.judged.reason or "",
        "raw": unsound.raw,
        "raw_hash": content_hash(unsound.raw),
        "sequence": _sequence_in(unsound.raw),
        "sent_at": arrival.batch.sent_at,
        "monotonic_ms": arrival.batch.monotonic_ms,
        "boot": arrival.batch.boot,
    }
    insert_once(arrival.session, QuarantineRow, values)
    return unsound.judged


def _sequence_in(raw: bytes) -> int | None:
    """The sequence number in a record's bytes, if they can be read so far."""
    return sequence_of(_object_in(raw)) or None


def _object_in(raw: bytes) -> JsonObject:
    """The JSON object in a record's bytes; an empty one if there is none."""
    try:
        found = read_json(raw)
    except MalformedJson:
        return {}
    return found if isinstance(found, dict) else {}
