"""Signed worksheets: who confirmed a worksheet when, and what has changed on it since.

A person may work on two devices in one shift, and each device signs what was logged on it: of each device the latest
counts, and together they are the signed worksheet.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.tables import RecordRow, WorksheetRow
from sync.canonical import read_json
from sync.records import Worksheet, record_from_json
from sync.reference import Reference


@dataclass(frozen=True, slots=True)
class Signing:
    """One device's latest signing of a worksheet. `signed_at` is aware, in the station's zone, by the corrected clock.

    `by_pin` is False for a device without PINs. `is_new_key` says that this person signed on this device with another
    key before: the PIN was changed since, by whoever could.
    """

    watch: str
    person: str
    signed_at: datetime
    contacts: frozenset[str]
    by_pin: bool
    is_new_key: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """What differs now from what was signed: contacts that stand and were not signed, and signed ones that do not."""

    came: frozenset[str]
    went: frozenset[str]


def signings_on(
    session: Session, reference: Reference, on: date, watch: str | None = None, person: str | None = None
) -> list[Signing]:
    """What was signed on the worksheets of a date, earliest first."""
    question = (
        select(WorksheetRow, RecordRow.canonical)
        .join(RecordRow, RecordRow.id == WorksheetRow.id)
        .where(WorksheetRow.shift_on == on)
    )
    if watch is not None:
        question = question.where(WorksheetRow.watch == watch)
    if person is not None:
        question = question.where(WorksheetRow.person == person)
    rows = session.execute(question).all()

    def of(found: tuple[WorksheetRow, bytes]) -> tuple[str, str, str]:
        row, _ = found
        return row.watch, row.person, str(row.device_id)

    ordered = sorted(((row, canonical) for row, canonical in rows), key=lambda found: (of(found), found[0].sequence))
    latest = [list(some)[-1] for _, some in groupby(ordered, key=of)]
    made = [_signing(session, row, canonical, reference) for row, canonical in latest]
    return sorted(made, key=lambda signing: signing.signed_at.timestamp())


def of_sheet(signings: Iterable[Signing], watch: str, person: str) -> list[Signing]:
    """The signings of one worksheet."""
    return [signing for signing in signings if (signing.watch, signing.person) == (watch, person)]


def changed_since(signings: Sequence[Signing], standing: Iterable[str]) -> Changed:
    """What has changed on a worksheet since it was signed; nothing on one that was not."""
    if not signings:
        return Changed(frozenset(), frozenset())
    signed = frozenset[str]().union(*(signing.contacts for signing in signings))
    stands = frozenset(standing)
    return Changed(stands - signed, signed - stands)


def signing_words(signing: Signing) -> str:
    """A signing in words, as the page and the CSV have it."""
    count = len(signing.contacts)
    verb = "signed" if signing.by_pin else "confirmed without a PIN"
    contacts = f"{count} contact{'' if count == 1 else 's'}"
    return f"{verb} {signing.signed_at:%H:%M} by {signing.person}, {contacts}"


def _signing(session: Session, row: WorksheetRow, canonical: bytes, reference: Reference) -> Signing:
    record = record_from_json(read_json(canonical))
    contacts = record.contacts if isinstance(record, Worksheet) else ()
    return Signing(
        watch=row.watch,
        person=row.person,
        signed_at=row.signed_at.astimezone(reference.at(row.signed_at).zone),
        contacts=frozenset(contacts),
        by_pin=row.key is not None,
        is_new_key=row.key is not None and _key_before(session, row) not in {None, row.key},
    )


def _key_before(session: Session, row: WorksheetRow) -> str | None:
    """The key with which this person signed on this device the last time before."""
    return session.scalar(
        select(WorksheetRow.key)
        .where(
            WorksheetRow.person == row.person,
            WorksheetRow.device_id == row.device_id,
            WorksheetRow.sequence < row.sequence,
            WorksheetRow.key.is_not(None),
        )
        .order_by(WorksheetRow.sequence.desc())
        .limit(1)
    )
