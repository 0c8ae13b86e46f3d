"""Taking a batch in: each record judged alone, stored once, all of it in the caller's one transaction."""

import logging
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from station.audits import audit
from station.callers import Caller, leave
from station.challenges import new_challenge
from station.database import insert_once
from station.judging import Unsound, conflicting, judge, refused
from station.news import news_after
from station.record_rows import Coming, Ready, ready
from station.storing import Arrival, store
from station.table_base import table_of
from station.tables import STATION_ID, QuarantineRow, ReceiptRow, RecordRow, StationRow
from sync.canonical import JsonObject, MalformedJson, content_hash, read_json
from sync.gathering import sequence_of
from sync.reference import Reference
from sync.verdicts import Verdict
from sync.wire import Batch, Judged, Receipt, digest_of

_LOG = logging.getLogger("station755")
_RECEIPT = table_of(ReceiptRow)
_WHOSE_RECEIPT = select(_RECEIPT.c.device_id).where(_RECEIPT.c.id == bindparam("number"))
_NEW_RECEIPT = insert(_RECEIPT).returning(_RECEIPT.c.id)


def take_in(
    session: Session,
    device: Caller,
    batch: Batch,
    received_at: datetime,
    reference: Reference,
    unreadable: Sequence[Unsound] = (),
    judged: Sequence[Ready | Unsound] | None = None,
    *,
    is_heard: bool = True,
) -> Receipt:
    """Store a batch and make its receipt. Only to be answered with after the transaction has been committed.

    `unreadable` is what came beside the records and is kept as it came: rescued bytes (recovery.py), never a batch's.
    `judged` is what judging its records gave, if that is done already: it takes longer than storing them.
    The device was locked in this transaction; `is_heard` unless others hand its records in.
    """
    coming = Coming(device.id, batch, received_at, reference)
    found = judge_all(coming) if judged is None else judged
    _see_whether_restored(session, device, batch)
    if is_heard:
        _hear(device, batch, received_at)
    device.sequence_last = max(device.sequence_last, batch.sequence_last)
    number = _receipt_number(session, device, batch, received_at) if batch.records or unreadable else 0
    arrival = Arrival(session, number, coming)
    verdicts = tuple(_take_all(arrival, found))
    for unsound in unreadable:
        _quarantine(arrival, unsound)
    receipt = Receipt(
        receipt=number,
        batch=batch.batch,
        epoch=device.epoch,
        received_at=received_at,
        challenge=new_challenge(device.secret, str(device.id), received_at),
        verdicts=verdicts,
        digest=digest_of(batch.records),
        audit=audit(session, device),
        news=news_after(session, device.id, batch.news if batch.epoch == device.epoch else 0),
    )
    leave(session, device)
    return receipt


def judge_all(coming: Coming) -> list[Ready | Unsound]:
    """What can be taken in of a batch, and what cannot. Pure."""
    judged = (judge(found, coming.device, coming.reference) for found in coming.batch.records)
    return [each if isinstance(each, Unsound) else ready(coming, each) for each in judged]


def _hear(device: Caller, batch: Batch, received_at: datetime) -> None:
    """Note what the device says of itself, unless it has said something later."""
    if device.heard_at is None or received_at >= device.heard_at:
        device.ready = max(batch.ready - len(batch.records), 0)
        device.damage = "\n".join(batch.damage) or None
    device.heard_at, device.app = received_at, batch.app
    device.steady_ms, device.boot = batch.monotonic_ms, batch.boot


def _receipt_number(session: Session, device: Caller, batch: Batch, received_at: datetime) -> int:
    values = {
        "batch": UUID(batch.batch),
        "device_id": device.id,
        "records": len(batch.records),
        "received_at": received_at,
    }
    number: int = session.connection().execute(_NEW_RECEIPT, values).scalar_one()
    return number


def _see_whether_restored(session: Session, device: Caller, batch: Batch) -> None:
    """A device that has a receipt of this epoch which it was never given: the database was put back without a word.

    Its number may have been given to another device since. A new epoch makes every device send again what it still has.
    """
    if batch.epoch != device.epoch or batch.receipt_last == 0:
        return
    if session.connection().scalar(_WHOSE_RECEIPT, {"number": batch.receipt_last}) == device.id:
        return
    # Another worker may have seen the same just now.
    station = session.get_one(StationRow, STATION_ID, with_for_update=True, populate_existing=True)
    if batch.epoch == station.epoch:
        station.epoch = str(uuid4())
        session.flush()
        _LOG.warning("The database was restored from a backup: the devices will send again what it lacks.")
    device.epoch = station.epoch


def _take_all(arrival: Arrival, found: Sequence[Ready | Unsound]) -> list[Judged]:
    """The verdict on each, in order."""
    verdicts = iter(store(arrival, [each for each in found if isinstance(each, Ready)]))
    return [
        _put_aside(arrival, each) if isinstance(each, Unsound) else _answer(arrival, each, next(verdicts))
        for each in found
    ]


def _put_aside(arrival: Arrival, unsound: Unsound) -> Judged:
    return _held_already(arrival, unsound) or _quarantine(arrival, unsound)


def _answer(arrival: Arrival, record: Ready, verdict: Verdict) -> Judged:
    sound = record.sound
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
        "device_id": arrival.coming.device,
        "receipt_id": arrival.receipt,
        "verdict": unsound.judged.verdict.value,
        "reason": unsound.judged.reason or "",
        "raw": unsound.raw,
        "raw_hash": content_hash(unsound.raw),
        "sequence": _sequence_in(unsound.raw),
        "sent_at": arrival.coming.batch.sent_at,
        "monotonic_ms": arrival.coming.batch.monotonic_ms,
        "boot": arrival.coming.batch.boot,
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
