"""What becomes of a batch's sound records: the rows of each, made before anybody has to wait for the database. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from station.briefing_tables import BriefingAcknowledgementRow
from station.card_tables import CardCountRow
from station.clocks import reckoned
from station.judging import Sound
from station.table_base import Base
from station.tables import ContactRow, WithdrawalRow, WorksheetRow
from sync.records import BriefingAcknowledgement, CardCount, Contact, Record, Withdrawal, Worksheet
from sync.reference import Reference
from sync.watches import Watch, shift_on
from sync.wire import Batch

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Coming:
    """What the records of one batch have in common before any of them is stored."""

    device: UUID
    batch: Batch
    received_at: datetime
    reference: Reference


@dataclass(frozen=True, slots=True)
class Ready:
    """A sound record with its rows: its own, which lacks only the receipt's number, and what is read from it."""

    sound: Sound
    row: Row
    table: type[Base]
    beside: Row


def ready(coming: Coming, sound: Sound) -> Ready:
    """A record's rows."""
    table, row_of = _READ_FROM[type(sound.record)]
    return Ready(sound, _record_row(coming, sound), table, row_of(coming, sound.record))


def _record_row(coming: Coming, sound: Sound) -> Row:
    record = sound.record
    return {
        "id": UUID(record.id),
        "kind": record.kind,
        "device_id": coming.device,
        "sequence": record.sequence,
        "person": record.person,
        "hash": sound.hash,
        "canonical": sound.canonical,
    }


def _contact_row(coming: Coming, contact: Contact) -> Row:
    off, unsure = reckoned(contact, coming.batch, coming.received_at)
    contact_at = contact.claimed_at - timedelta(seconds=off)
    watch, zone = _watch_and_zone(coming, contact.watch, contact_at)
    return {
        "id": UUID(contact.id),
        "person": contact.person,
        "watch": contact.watch,
        "shift_on": shift_on(contact_at, watch, zone),
        "contact_at": contact_at,
        "seconds_off": off,
        "seconds_unsure": unsure,
        "setting": contact.setting,
        "unit": contact.unit,
        "rd": contact.rd,
        "tag": contact.tag,
        "corrects": None if contact.corrects is None else UUID(contact.corrects),
        "cards": contact.cards,
    }


def _entered_at(coming: Coming, record: Record) -> datetime:
    """When a record was entered, by the corrected clock."""
    return record.entered_at - timedelta(seconds=reckoned(record, coming.batch, coming.received_at).seconds_off)


def _watch_and_zone(coming: Coming, name: str, at: datetime) -> tuple[Watch, ZoneInfo]:
    """A watch by the hours of that time, or else by the last that it had."""
    reference = coming.reference.at(at)
    watch = reference.watch_named(name)
    assert watch is not None  # noqa: S101 - judged: some version knows it
    return watch, reference.zone


def _withdrawal_row(coming: Coming, withdrawal: Withdrawal) -> Row:
    return {
        "id": UUID(withdrawal.id),
        "withdraws": UUID(withdrawal.withdraws),
        "person": withdrawal.person,
        "heard_at": coming.received_at,
    }


def _worksheet_row(coming: Coming, worksheet: Worksheet) -> Row:
    signed_at = _entered_at(coming, worksheet)
    watch, zone = _watch_and_zone(coming, worksheet.watch, signed_at)
    # A device whose clock is a day off names the wrong date; its contacts are moved by the same days.
    days_off = shift_on(worksheet.entered_at, watch, zone) - shift_on(signed_at, watch, zone)
    return {
        "id": UUID(worksheet.id),
        "person": worksheet.person,
        "watch": worksheet.watch,
        "shift_on": worksheet.shift_on - days_off,
        "device_id": coming.device,
        "sequence": worksheet.sequence,
        "signed_at": signed_at,
        "key": worksheet.key,
    }


def _card_count_row(coming: Coming, count: CardCount) -> Row:
    return {
        "id": UUID(count.id),
        "unit": count.unit,
        "counted_at": _entered_at(coming, count),
        "cards": count.cards,
        "person": count.person,
    }


def _acknowledgement_row(coming: Coming, found: BriefingAcknowledgement) -> Row:
    return {
        "id": UUID(found.id),
        "briefing_key": UUID(found.briefing),
        "edition": found.edition,
        "text_hash": found.text_hash,
        "due_on": found.due_on,
        "person": found.person,
        "watch": found.watch,
        "read_at": _entered_at(coming, found),
    }


_READ_FROM: Mapping[type[Record], tuple[type[Base], Callable[[Coming, Any], Row]]] = {
    Contact: (ContactRow, _contact_row),
    Withdrawal: (WithdrawalRow, _withdrawal_row),
    Worksheet: (WorksheetRow, _worksheet_row),
    CardCount: (CardCountRow, _card_count_row),
    BriefingAcknowledgement: (BriefingAcknowledgementRow, _acknowledgement_row),
}
