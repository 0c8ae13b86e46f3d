"""Taking a batch in: each record judged alone, stored once, all of it in the caller's one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from station.challenges import new_challenge
from station.clocks import seconds_off
from station.database import insert_once
from station.devices import the_station
from station.judging import Sound, Unsound, conflicting, judge
from station.tables import ContactRow, DeviceRow, QuarantineRow, ReceiptRow, RecordRow, WithdrawalRow, WorksheetRow
from sync.canonical import content_hash
from sync.records import Contact, Record, Withdrawal, Worksheet
from sync.reference import Reference
from sync.verdicts import Verdict
from sync.watches import shift_on
from sync.wire import Batch, Judged, Receipt


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
    row = ReceiptRow(batch=UUID(batch.batch), device_id=device.id, records=len(batch.records), received_at=received_at)
    session.add(row)
    device.heard_at, device.app = received_at, batch.app
    device.sequence_last = max(device.sequence_last, batch.sequence_last)
    session.flush()
    arrival = Arrival(session, device, batch, row.id, received_at, reference)
    verdicts = tuple(_take_one(arrival, judge(found, device.id, reference)) for found in batch.records)
    for unsound in unreadable:
        _quarantine(arrival, unsound)
    station = the_station(session)
    return Receipt(
        receipt=row.id,
        batch=batch.batch,
        epoch=station.epoch,
        received_at=received_at,
        challenge=new_challenge(station.secret, str(device.id), received_at),
        verdicts=verdicts,
    )


def _take_one(arrival: Arrival, found: Sound | Unsound) -> Judged:
    if isinstance(found, Unsound):
        return _quarantine(arrival, found)
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


def _quarantine(arrival: Arrival, unsound: Unsound) -> Judged:
    values = {
        "device_id": arrival.device.id,
        "receipt_id": arrival.receipt,
        "verdict": unsound.judged.verdict.value,
        "reason": unsound.judged.reason or "",
        "raw": unsound.raw,
        "raw_hash": content_hash(unsound.raw),
    }
    insert_once(arrival.session, QuarantineRow, values)
    return unsound.judged
