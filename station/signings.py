"""Signed worksheets: who confirmed a worksheet when, and what has changed on it since.

A person may work on two devices in one shift, and each device signs what was logged on it: of each device the latest
counts, and together they are the signed worksheet.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import groupby

from sqlalchemy import ScalarSelect, select
from sqlalchemy.orm import Session, aliased

from station.tables import RecordRow, WorksheetRow
from sync.kept import record_from_kept
from sync.records import Worksheet
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
        select(WorksheetRow, RecordRow.canonical, _key_before())
        .join(RecordRow, RecordRow.id == WorksheetRow.id)
        .where(WorksheetRow.shift_on == on)
    )
    if watch is not None:
        question = question.where(WorksheetRow.watch == watch)
    if person is not None:
        question = question.where(WorksheetRow.person == person)
    ordered = sorted(session.execute(question).all(), key=lambda found: (_device_of(found[0]), found[0].sequence))
    latest = [list(some)[-1] for _, some in groupby(ordered, key=lambda found: _device_of(found[0]))]
    made = [_signing(row, canonical, key_before, reference) for row, canonical, key_before in latest]
    return sorted(made, key=lambda signing: signing.signed_at.timestamp())


def of_sheet(signings: Iterable[Signing], watch: str, person: str) -> list[Signing]:
    """The signings of one worksheet."""
    return [signing for signing in signings if (signing.watch, signing.person) == (watch, person)]


def by_sheet(signings: Iterable[Signing]) -> Mapping[tuple[str, str], list[Signing]]:
    """The signings of each worksheet that has any, by watch and person."""
    found: dict[tuple[str, str], list[Signing]] = {}
    for signing in signings:
        found.setdefault((signing.watch, signing.person), []).append(signing)
    return found


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


def _signing(row: WorksheetRow, canonical: bytes, key_before: str | None, reference: Reference) -> Signing:
    record = record_from_kept(canonical)
    contacts = record.contacts if isinstance(record, Worksheet) else ()
    return Signing(
        watch=row.watch,
        person=row.person,
        signed_at=row.signed_at.astimezone(reference.at(row.signed_at).zone),
        contacts=frozenset(contacts),
        by_pin=row.key is not None,
        is_new_key=row.key is not None and key_before not in {None, row.key},
    )


def _device_of(row: WorksheetRow) -> tuple[str, str, str]:
    return row.watch, row.person, str(row.device_id)


@cache
def _key_before() -> ScalarSelect[str | None]:
    """The key with which the person signed on the device the last time before. Putting it together takes longer than asking."""
    before = aliased(WorksheetRow)
    return (
        select(before.key)
        .where(
            before.person == WorksheetRow.person,
            before.device_id == WorksheetRow.device_id,
            before.sequence < WorksheetRow.sequence,
            before.key.is_not(None),
        )
        .order_by(before.sequence.desc())
        .limit(1)
        .scalar_subquery()
    )
