"""Taking a batch in: each record judged alone, stored once, all of it in the caller's one transaction."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from station.audits import audit
from station.challenges import new_challenge
from station.clocks import seconds_off
from station.database import insert_once
from station.devices import the_station
from station.judging import Sound, Unsound, conflicting, judge
from station.news import news_after
from station.tables import (
    ContactRow,
    DeviceRow,
    QuarantineRow,
    ReceiptRow,
    RecordRow,
    StationRow,
    WithdrawalRow,
    WorksheetRow,
)
from sync.canonical import JsonObject, MalformedJson, content_hash, read_json
from sync.gathering import sequence_of
from sync.records import Contact, Record, Withdrawal, Worksheet
from sync.reference import Reference
from sync.verdicts import Verdict
from sync.watches import shift_on
from sync.wire import Batch, Judged, Receipt, digest_of

_LOG = logging.getLogger("station755")


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the records of one batch have in common."""

    session: Session
    device: DeviceRow
    batch: Batch
    receipt: int
    received_at: datetime
    reference: Reference


def take_in(
    session: Session,
    device: DeviceRow,
    batch: Batch,
    received_at: datetime,
    reference: Reference,
    unreadable: Sequence[Unsound] = (),
) -> Receipt:
    """Store a batch and make its receipt. Only to be answered with after the transaction has been committed.

    `unreadable` is what came beside the records and is kept as it came: rescued bytes (recovery.py), never a batch's.
    """
    station = the_station(session)
    _see_whether_restored(session, station, device, batch)
    is_heard_now = device.heard_at is None or received_at >= device.heard_at
    device.heard_at, device.app = received_at, batch.app
    if is_heard_now:
        device.ready = max(batch.ready - len(batch.records), 0)
        device.damage = "\n".join(batch.damage) or None
    device.sequence_last = max(device.sequence_last, batch.sequence_last)
    number = _receipt_number(session, device, batch, received_at) if batch.records or unreadable else 0
    arrival = Arrival(session, device, batch, number, received_at, reference)
    verdicts = tuple(_take_one(arrival, judge(found, device.id, reference)) for found in batch.records)
    for unsound in unreadable:
        _quarantine(arrival, unsound)
    session.flush()
    return Receipt(
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


def _receipt_number(session: Session, device: DeviceRow, batch: Batch, received_at: datetime) -> int:
    row = ReceiptRow(batch=UUID(batch.batch), device_id=device.id, records=len(batch.records), received_at=received_at)
    session.add(row)
    session.flush()
    return row.id


def _see_whether_restored(session: Session, station: StationRow, device: DeviceRow, batch: Batch) -> None:
    """A device that has a receipt of this epoch which it was never given: the database was put back without a word.

    Its number may have been given to another device since. A new epoch makes every device send again what it still has.
    """
    if batch.epoch != station.epoch or batch.receipt_last == 0:
        return
    given = session.get(ReceiptRow, batch.receipt_last)
    if given is None or given.device_id != device.id:
        station.epoch = str(uuid4())
        _LOG.warning("The database was restored from a backup: the devices will send again what it lacks.")


def _take_one(arrival: Arrival, found: Sound | Unsound) -> Judged:
    if isinstance(found, Unsound):
        return _held_already(arrival, found) or _quarantine(arrival, found)
    try:
        with arrival.session.begin_nested():  # a record that the database refuses takes only itself down
            verdict = _store(arrival, found)
    except (DataError, IntegrityError):
        judged = Judged(found.record.id, Verdict.QUARANTINED, "The station's database could not take this record.")
        return _quarantine(arrival, Unsound(judged, found.canonical))
    if verdict is Verdict.CONFLICTING:
        return _quarantine(arrival, conflicting(found))
    return Judged(found.record.id, verdict)


def _store(arrival: Arrival, sound: Sound) -> Verdict:
    record = sound.record
    values = {
        "id": UUID(record.id),
        "kind": record.kind,
        "device_id": arrival.device.id,
        "sequence": record.sequence,
        "person": record.person,
        "hash": sound.hash,
        "canonical": sound.canonical,
        "receipt_id": arrival.receipt,
    }
    if not insert_once(arrival.session, RecordRow, values):
        held = arrival.session.scalar(select(RecordRow.hash).where(RecordRow.id == UUID(record.id)))
        return Verdict.ALREADY_HERE if held == sound.hash else Verdict.CONFLICTING
    _READ_FROM[type(record)](arrival, record)
    return Verdict.ACCEPTED


def _store_contact(arrival: Arrival, contact: Contact) -> None:
    off = seconds_off(contact, arrival.batch, arrival.received_at)
    contact_at = contact.claimed_at - timedelta(seconds=off)
    watch = arrival.reference.watches[contact.watch]
    arrival.session.add(
        ContactRow(
            id=UUID(contact.id),
            person=contact.person,
            watch=contact.watch,
            shift_on=shift_on(contact_at, watch, arrival.reference.zone),
            contact_at=contact_at,
            seconds_off=off,
            corrects=None if contact.corrects is None else UUID(contact.corrects),
        )
    )
    arrival.session.flush()


def _store_withdrawal(arrival: Arrival, withdrawal: Withdrawal) -> None:
    arrival.session.add(
        WithdrawalRow(id=UUID(withdrawal.id), withdraws=UUID(withdrawal.withdraws), person=withdrawal.person)
    )
    arrival.session.flush()


def _store_worksheet(arrival: Arrival, worksheet: Worksheet) -> None:
    signed_at = worksheet.entered_at - timedelta(seconds=seconds_off(worksheet, arrival.batch, arrival.received_at))
    watch, zone = arrival.reference.watches[worksheet.watch], arrival.reference.zone
    # A device whose clock is a day off names the wrong date; its contacts are moved by the same days.
    days_off = shift_on(worksheet.entered_at, watch, zone) - shift_on(signed_at, watch, zone)
    arrival.session.add(
        WorksheetRow(
            id=UUID(worksheet.id),
            person=worksheet.person,
            watch=worksheet.watch,
            shift_on=worksheet.shift_on - days_off,
            device_id=arrival.device.id,
            sequence=worksheet.sequence,
            signed_at=signed_at,
            key=worksheet.key,
        )
    )
    arrival.session.flush()


_READ_FROM: dict[type[Record], Callable[[Arrival, Record], None]] = {
    Contact: _store_contact,  # type: ignore[dict-item]  # each is called with its own kind only
    Withdrawal: _store_withdrawal,  # type: ignore[dict-item]
    Worksheet: _store_worksheet,  # type: ignore[dict-item]
}


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
        "device_id": arrival.device.id,
        "receipt_id": arrival.receipt,
        "verdict": unsound.judged.verdict.value,
        "reason": unsound.judged.reason or "",
        "raw": unsound.raw,
        "raw_hash": content_hash(unsound.raw),
        "sequence": _sequence_in(unsound.raw),
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
