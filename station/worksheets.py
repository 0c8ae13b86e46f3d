"""The Deputy Daily Worksheet's view of contacts: by date, watch and person. Plain reads, no rules of its own.

Columns are those that are attested (DOMAIN.md §1.3); it is a worksheet-style view, not the official form. The date is
that on which the watch started, in the station's time zone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.people import known_numbers
from station.signings import Signing, of_sheet, signing_words, signings_on
from station.tables import ContactRow, RecordRow, WithdrawalRow
from sync.canonical import read_json
from sync.records import Contact, Withdrawal, record_from_json
from sync.reference import Reference
from sync.rules import flags_of
from sync.standing import standing

# Ids in one question to the database: SQLite takes 32,766 values, older ones 999.
_IDS_MAX = 900

_Kind = TypeVar("_Kind", Contact, Withdrawal)

PERSON_UNKNOWN = "person-unknown"
CORRECTED_TWICE = "corrected-twice"
AFTER_SIGNING = "after-signing"
CLOCK_CORRECTED = "clock-corrected"


@dataclass(frozen=True, slots=True)
class Line:
    """One contact on a worksheet. `contact_at` is aware, in the station's zone, by the corrected clock.

    `original` is the contact that this one corrects, if the station has it, `replaces` the ids of all that it stands in
    place of, however far back; `signed` the words of the signing that it is part of.
    """

    shift_on: date
    contact_at: datetime
    contact: Contact
    flags: tuple[str, ...]
    original: Contact | None = None
    replaces: tuple[str, ...] = ()
    signed: str = ""


def worksheet_lines(
    session: Session, reference: Reference, on: date, watch: str | None = None, person: str | None = None
) -> list[Line]:
    """The contacts that stand on the worksheets of a date, by watch, person and time."""
    question = select(ContactRow).where(ContactRow.shift_on == on)
    if watch is not None:
        question = question.where(ContactRow.watch == watch)
    if person is not None:
        question = question.where(ContactRow.person == person)
    rows = session.scalars(question).all()
    family = _with_corrections(session, {row.id for row in rows})
    contacts = _records(session, family, Contact)
    found = standing(contacts, _records(session, _withdrawals_of(session, family), Withdrawal))
    stands = {contact.id: contact for contact in found.contacts}
    known = {contact.id: contact for contact in contacts}
    people, signings = known_numbers(session), signings_on(session, reference, on, watch, person)
    lines = [
        Line(
            shift_on=row.shift_on,
            contact_at=row.contact_at.astimezone(reference.zone),
            contact=stands[str(row.id)],
            flags=_flags(stands[str(row.id)], row, people, found.rivals)
            + _after_signing(str(row.id), of_sheet(signings, row.watch, row.person)),
            original=_original(stands[str(row.id)], known),
            replaces=_replaced_by(stands[str(row.id)], known),
            signed=_signed(str(row.id), of_sheet(signings, row.watch, row.person)),
        )
        for row in rows
        if str(row.id) in stands
    ]
    places = {name: place for place, name in enumerate(reference.watches)}

    def order(line: Line) -> tuple[int, str, float, str]:
        # A watch that the station has given up since comes last. Timestamps, because times of one zone are compared by
        # their wall clocks, and an hour a year comes twice. The id keeps the order whatever arrived first.
        contact = line.contact
        return places.get(contact.watch, len(places)), contact.person, line.contact_at.timestamp(), contact.id

    return sorted(lines, key=order)


def _original(contact: Contact, known: dict[str, Contact]) -> Contact | None:
    found = known.get(contact.corrects or "")
    return found if found is not None and found.person == contact.person else None


def _replaced_by(contact: Contact, known: dict[str, Contact]) -> tuple[str, ...]:
    found: dict[str, None] = {}  # a faulty device could draw a circle
    original = _original(contact, known)
    while original is not None and original.id not in found:
        found[original.id] = None
        original = _original(original, known)
    return tuple(found)


def _flags(contact: Contact, row: ContactRow, people: set[str], rivals: frozenset[str]) -> tuple[str, ...]:
    found: list[str] = [flag.value for flag in flags_of(contact)]
    if contact.person not in people:
        found.append(PERSON_UNKNOWN)
    if contact.id in rivals:
        found.append(CORRECTED_TWICE)
    if row.seconds_off:
        found.append(CLOCK_CORRECTED)
    return tuple(found)


def _signed(contact_id: str, signings: list[Signing]) -> str:
    return "; ".join(signing_words(signing) for signing in signings if contact_id in signing.contacts)


def _after_signing(contact_id: str, signings: list[Signing]) -> tuple[str, ...]:
    is_new = bool(signings) and not any(contact_id in signing.contacts for signing in signings)
    return (AFTER_SIGNING,) if is_new else ()


def _with_corrections(session: Session, ids: set[UUID]) -> set[UUID]:
    """These contacts, what they correct and what corrects them, however far it goes."""
    found: set[UUID] = set()
    fresh = set(ids)
    while fresh:
        found |= fresh
        near: set[UUID] = set()
        for some in _portions(fresh):
            near.update(session.scalars(select(ContactRow.id).where(ContactRow.corrects.in_(some))))
            near.update(
                original
                for original in session.scalars(select(ContactRow.corrects).where(ContactRow.id.in_(some)))
                if original
            )
        fresh = near - found
    return found


def _withdrawals_of(session: Session, ids: set[UUID]) -> set[UUID]:
    return {
        found
        for some in _portions(ids)
        for found in session.scalars(select(WithdrawalRow.id).where(WithdrawalRow.withdraws.in_(some)))
    }


def _records(session: Session, ids: set[UUID], kind: type[_Kind]) -> list[_Kind]:
    # In the order of their ids: what arrived first must not decide where a circle of corrections is cut.
    found = []
    for some in _portions(ids):
        for canonical in session.scalars(
            select(RecordRow.canonical).where(RecordRow.id.in_(some)).order_by(RecordRow.id)
        ):
            record = record_from_json(read_json(canonical))
            if isinstance(record, kind):
                found.append(record)
    return found


def _portions(ids: Iterable[UUID]) -> Iterable[Sequence[UUID]]:
    ordered = sorted(ids)
    return (ordered[start : start + _IDS_MAX] for start in range(0, len(ordered), _IDS_MAX))
