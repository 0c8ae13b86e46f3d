"""Storing the sound records of a batch, each once: all in few statements, or one by one where the database refuses some."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from station.briefing_tables import BriefingAcknowledgementRow
from station.card_tables import CardCountRow
from station.changes import note_touched
from station.clocks import seconds_off
from station.judging import Sound
from station.rows import insert_all
from station.table_base import Base
from station.tables import ContactRow, RecordRow, WithdrawalRow, WorksheetRow
from sync.records import BriefingAcknowledgement, CardCount, Contact, Record, Withdrawal, Worksheet
from sync.reference import Reference
from sync.verdicts import Verdict
from sync.watches import Watch, shift_on
from sync.wire import Batch

Row = dict[str, Any]
# Ids in one question to the database; the oldest SQLite takes 999 values.
_IDS_MAX = 900


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the records of one batch have in common."""

    session: Session
    device: UUID
    batch: Batch
    receipt: int
    received_at: datetime
    reference: Reference


def store(arrival: Arrival, sounds: Sequence[Sound]) -> list[Verdict]:
    """Store records; for each, in order, whether it is accepted, here already, in conflict, or refused (quarantined)."""
    if not sounds:
        return []
    try:
        # The connection's own savepoint: the session holds nothing of this, and its savepoints cost more than the rows.
        with arrival.session.connection().begin_nested():
            return _store_all(arrival, sounds)
    except (DataError, IntegrityError):
        return [_store_one(arrival, sound) for sound in sounds]  # one of them is to blame, and takes only itself down


def _store_one(arrival: Arrival, sound: Sound) -> Verdict:
    try:
        with arrival.session.connection().begin_nested():
            return _store_all(arrival, [sound])[0]
    except (DataError, IntegrityError):
        return Verdict.QUARANTINED


def _store_all(arrival: Arrival, sounds: Sequence[Sound]) -> list[Verdict]:
    first: dict[str, Sound] = {}
    for sound in sounds:
        first.setdefault(sound.record.id, sound)
    # In the order of their ids: two batches that bring the same ids wait for each other, never both at once.
    fresh = [first[key] for key in sorted(first)]
    count = insert_all(arrival.session, RecordRow, [record_row(arrival, sound) for sound in fresh], once=True)
    hashes = {key: sound.hash for key, sound in first.items()}
    if count < len(fresh):
        others = _held_from_others(arrival, first)
        hashes |= others
        fresh = [sound for sound in fresh if sound.record.id not in others]
    else:
        others = {}
    beside = rows_beside(arrival, fresh)
    for table, rows in beside.items():
        insert_all(arrival.session, table, rows)
    changed = [row[key] for table, key in _CHANGES.items() for row in beside.get(table, ())]
    note_touched(arrival.session, changed)
    return [
        _verdict(
            sound,
            is_new=sound is first[sound.record.id] and sound.record.id not in others,
            held=hashes[sound.record.id],
        )
        for sound in sounds
    ]


def _verdict(sound: Sound, *, is_new: bool, held: str) -> Verdict:
    if is_new:
        return Verdict.ACCEPTED
    return Verdict.ALREADY_HERE if held == sound.hash else Verdict.CONFLICTING


def _held_from_others(arrival: Arrival, ids: Iterable[str]) -> dict[str, str]:
    """The hashes of those that were here before this batch, by id."""
    asked = [UUID(each) for each in ids]
    question = select(RecordRow.id, RecordRow.hash).where(RecordRow.receipt_id != arrival.receipt)
    return {
        str(row.id): row.hash
        for start in range(0, len(asked), _IDS_MAX)
        for row in arrival.session.execute(question.where(RecordRow.id.in_(asked[start : start + _IDS_MAX])))
    }


def record_row(arrival: Arrival, sound: Sound) -> Row:
    """The row of a record itself."""
    record = sound.record
    return {
        "id": UUID(record.id),
        "kind": record.kind,
        "device_id": arrival.device,
        "sequence": record.sequence,
        "person": record.person,
        "hash": sound.hash,
        "canonical": sound.canonical,
        "receipt_id": arrival.receipt,
    }


def rows_beside(arrival: Arrival, sounds: Iterable[Sound]) -> dict[type[Base], list[Row]]:
    """What is read from these records into the tables of their kinds."""
    found: dict[type[Base], list[Row]] = {}
    for sound in sounds:
        table, row_of = _READ_FROM[type(sound.record)]
        found.setdefault(table, []).append(row_of(arrival, sound.record))
    return found


def _contact_row(arrival: Arrival, contact: Contact) -> Row:
    off = seconds_off(contact, arrival.batch, arrival.received_at)
    contact_at = contact.claimed_at - timedelta(seconds=off)
    watch, zone = _watch_and_zone(arrival, contact.watch, contact_at)
    return {
        "id": UUID(contact.id),
        "person": contact.person,
        "watch": contact.watch,
        "shift_on": shift_on(contact_at, watch, zone),
        "contact_at": contact_at,
        "seconds_off": off,
        "setting": contact.setting,
        "unit": contact.unit,
        "rd": contact.rd,
        "tag": contact.tag,
        "corrects": None if contact.corrects is None else UUID(contact.corrects),
        "cards": contact.cards,
    }


def _watch_and_zone(arrival: Arrival, name: str, at: datetime) -> tuple[Watch, ZoneInfo]:
    """A watch by the hours of that time, or else by the last that it had."""
    reference = arrival.reference.at(at)
    watch = reference.watch_named(name)
    assert watch is not None  # noqa: S101 - judged: some version knows it
    return watch, reference.zone


def _withdrawal_row(arrival: Arrival, withdrawal: Withdrawal) -> Row:
    return {
        "id": UUID(withdrawal.id),
        "withdraws": UUID(withdrawal.withdraws),
        "person": withdrawal.person,
        "heard_at": arrival.received_at,
    }


def _worksheet_row(arrival: Arrival, worksheet: Worksheet) -> Row:
    signed_at = worksheet.entered_at - timedelta(seconds=seconds_off(worksheet, arrival.batch, arrival.received_at))
    watch, zone = _watch_and_zone(arrival, worksheet.watch, signed_at)
    # A device whose clock is a day off names the wrong date; its contacts are moved by the same days.
    days_off = shift_on(worksheet.entered_at, watch, zone) - shift_on(signed_at, watch, zone)
    return {
        "id": UUID(worksheet.id),
        "person": worksheet.person,
        "watch": worksheet.watch,
        "shift_on": worksheet.shift_on - days_off,
        "device_id": arrival.device,
        "sequence": worksheet.sequence,
        "signed_at": signed_at,
        "key": worksheet.key,
    }


def _card_count_row(arrival: Arrival, count: CardCount) -> Row:
    return {
        "id": UUID(count.id),
        "unit": count.unit,
        "counted_at": count.entered_at - timedelta(seconds=seconds_off(count, arrival.batch, arrival.received_at)),
        "cards": count.cards,
        "person": count.person,
    }


def _acknowledgement_row(arrival: Arrival, found: BriefingAcknowledgement) -> Row:
    off = seconds_off(found, arrival.batch, arrival.received_at)
    return {
        "id": UUID(found.id),
        "briefing_key": UUID(found.briefing),
        "edition": found.edition,
        "text_hash": found.text_hash,
        "due_on": found.due_on,
        "person": found.person,
        "watch": found.watch,
        "read_at": found.entered_at - timedelta(seconds=off),
    }


_READ_FROM: Mapping[type[Record], tuple[type[Base], Callable[[Arrival, Any], Row]]] = {
    Contact: (ContactRow, _contact_row),
    Withdrawal: (WithdrawalRow, _withdrawal_row),
    Worksheet: (WorksheetRow, _worksheet_row),
    CardCount: (CardCountRow, _card_count_row),
    BriefingAcknowledgement: (BriefingAcknowledgementRow, _acknowledgement_row),
}
# Worksheets depend on these: by which of their columns (changes.py).
_CHANGES: Mapping[type[Base], str] = {ContactRow: "id", WithdrawalRow: "withdraws", WorksheetRow: "id"}
