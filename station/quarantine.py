"""Quarantine: what was put aside as it came, and what has been decided on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session

from station.table_base import NUMBER_MAX
from station.tables import DELETED, DeviceRow, QuarantineDecisionRow, QuarantineRow, ReceiptRow, RecordRow
from sync.canonical import MalformedJson, NotCanonical, canonical_bytes, read_json
from sync.records import hashed
from sync.reference import Reference
from sync.verdicts import Verdict

# One screenful that is still read through; the next page is a link away.
PAGE_ROWS_MAX = 50
# Numbers in one question to the database; the oldest SQLite takes 999 values.
_NUMBERS_MAX = 900
# What stands in the place of a reason, which may quote what was sent, once the bytes are deleted.
EMPTIED = "Deleted with the records of its time."


class Decision(StrEnum):
    """What can be decided; a record that was refused again still waits."""

    RELEASED = "released"
    DISMISSED = "dismissed"
    REFUSED_AGAIN = "refused-again"


class State(StrEnum):
    """What a record in quarantine is: the answer to which decision was the last."""

    WAITING = "waiting"
    RELEASED = "released"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class PutAside:
    """A record in quarantine: whose, since when, why, its bytes as they came, and the last decision on it."""

    id: int
    device: str
    device_id: str
    received_at: datetime
    verdict: Verdict
    reason: str
    raw: bytes
    state: State
    decided: str | None


class Beside(NamedTuple):
    """What lies in quarantine under the number of a record: when it was received, and whether it waits for a decision."""

    id: int
    sequence: int
    received_at: datetime
    is_waiting: bool


class NotInQuarantine(Exception):
    """There is no record of this number."""


def listed(
    session: Session,
    state: State | None = None,
    after: int = 0,
    *,
    verdict: Verdict | None = None,
    device: UUID | None = None,
) -> list[PutAside]:
    """A page of records in quarantine in the order of arrival, those above a number; of one state or device, or of any."""
    wanted = _all().where(QuarantineRow.id > min(after, NUMBER_MAX)).order_by(QuarantineRow.id).limit(PAGE_ROWS_MAX)
    if state is not None:
        wanted = wanted.where(_is(state))
    if verdict is not None:
        wanted = wanted.where(QuarantineRow.verdict == verdict.value)
    if device is not None:
        wanted = wanted.where(QuarantineRow.device_id == device)
    return [_put_aside(*found) for found in session.execute(wanted)]


def one(session: Session, number: int) -> PutAside:
    """One record in quarantine. Raises NotInQuarantine."""
    found = session.execute(_all().where(QuarantineRow.id == min(number, NUMBER_MAX))).one_or_none()
    if found is None:
        raise NotInQuarantine
    return _put_aside(*found)


def decisions_on(session: Session, number: int) -> list[QuarantineDecisionRow]:
    """Everything that was decided on a record, the first first."""
    wanted = select(QuarantineDecisionRow).where(QuarantineDecisionRow.quarantine_id == number)
    return list(session.scalars(wanted.order_by(QuarantineDecisionRow.id)))


def waiting(session: Session, device: UUID | None = None) -> int:
    """How many records wait for a decision; those of one device, if asked."""
    found = select(func.count()).select_from(QuarantineRow).outerjoin(QuarantineDecisionRow, _is_latest())
    found = found if device is None else found.where(QuarantineRow.device_id == device)
    return session.scalar(found.where(_is(State.WAITING))) or 0


def waiting_by_device(session: Session) -> dict[UUID, int]:
    """How many records of each device wait for a decision; devices of which none does are left out."""
    found = select(QuarantineRow.device_id, func.count()).outerjoin(QuarantineDecisionRow, _is_latest())
    rows = session.execute(found.where(_is(State.WAITING)).group_by(QuarantineRow.device_id))
    return {device: count for device, count in rows}  # noqa: C416 - rows are no pairs to a type checker


def beside(session: Session, device: UUID, sequences: Sequence[int]) -> list[Beside]:
    """What lies in quarantine under these numbers of a device."""
    found: list[Beside] = []
    for start in range(0, len(sequences), _NUMBERS_MAX):
        asked = (
            select(QuarantineRow.id, QuarantineRow.sequence, ReceiptRow.received_at, QuarantineDecisionRow.decision)
            .join(ReceiptRow, ReceiptRow.id == QuarantineRow.receipt_id)
            .outerjoin(QuarantineDecisionRow, _is_latest())
            .where(
                QuarantineRow.device_id == device,
                QuarantineRow.sequence.in_(sequences[start : start + _NUMBERS_MAX]),
            )
        )
        found += [
            Beside(number, sequence, at, decision in {None, Decision.REFUSED_AGAIN})
            for number, sequence, at, decision in session.execute(asked)
            if sequence is not None
        ]
    return found


def decided_until(session: Session, before: datetime, count: int | None) -> list[int]:
    """The numbers of what was decided on, received before a moment, still has its bytes, and is no copy of a record here."""
    is_of_a_record = exists().where(
        RecordRow.device_id == QuarantineRow.device_id,
        RecordRow.sequence == QuarantineRow.sequence,
        RecordRow.kind != DELETED,
    )
    asked = (
        select(QuarantineRow.id)
        .join(ReceiptRow, ReceiptRow.id == QuarantineRow.receipt_id)
        .join(QuarantineDecisionRow, _is_latest())
        .where(
            ReceiptRow.received_at < before,
            QuarantineRow.reason != EMPTIED,
            QuarantineDecisionRow.decision != Decision.REFUSED_AGAIN,
            ~is_of_a_record,
        )
    )
    return list(session.scalars(asked.order_by(QuarantineRow.id).limit(count)))


def record_in(raw: bytes) -> Any:  # noqa: ANN401 - decoded JSON
    """The record in these bytes, with its hash, or None if they are no JSON.

    What the station judged sound before it put it aside lies here as its canonical bytes, which have no hash in them.
    """
    try:
        found = read_json(raw)
    except MalformedJson:
        return None
    try:
        is_canonical = isinstance(found, dict) and "hash" not in found and canonical_bytes(found) == raw
    except NotCanonical:
        is_canonical = False
    return hashed(found) if is_canonical else found


def person_in(raw: bytes, reference: Reference) -> str:
    """Whose record these bytes are, if they say so by a number; else nobody's."""
    found = record_in(raw)
    person = found.get("person") if isinstance(found, dict) else None
    return person if isinstance(person, str) and reference.was_person(person) else ""


def _all() -> Select[QuarantineRow, QuarantineDecisionRow, str, datetime]:
    return (
        select(QuarantineRow, QuarantineDecisionRow, DeviceRow.name, ReceiptRow.received_at)
        .join(DeviceRow, DeviceRow.id == QuarantineRow.device_id)
        .join(ReceiptRow, ReceiptRow.id == QuarantineRow.receipt_id)
        .outerjoin(QuarantineDecisionRow, _is_latest())
    )


def _is_latest() -> ColumnElement[bool]:
    latest = (
        select(func.max(QuarantineDecisionRow.id))
        .where(QuarantineDecisionRow.quarantine_id == QuarantineRow.id)
        .correlate(QuarantineRow)
        .scalar_subquery()
    )
    return QuarantineDecisionRow.id == latest


def _is(state: State) -> ColumnElement[bool]:
    decision = QuarantineDecisionRow.decision
    if state is State.WAITING:
        return or_(decision.is_(None), decision == Decision.REFUSED_AGAIN)
    return decision == state.value


def _put_aside(row: QuarantineRow, latest: QuarantineDecisionRow | None, device: str, received: datetime) -> PutAside:
    is_waiting = latest is None or latest.decision == Decision.REFUSED_AGAIN
    return PutAside(
        id=row.id,
        device=device,
        device_id=str(row.device_id),
        received_at=received,
        verdict=Verdict(row.verdict),
        reason=row.reason,
        raw=row.raw,
        state=State.WAITING if latest is None or is_waiting else State(latest.decision),
        decided=None if latest is None else f"{latest.decision}: {latest.reason}",
    )
