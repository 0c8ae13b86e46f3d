"""Storing the sound records of a batch, each once: all in few statements, or one by one where the database refuses some."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from station.changes import note_touched
from station.record_rows import Coming, Ready, Row
from station.rows import insert_all
from station.table_base import Base
from station.tables import ContactRow, RecordRow, WithdrawalRow, WorksheetRow
from sync.verdicts import Verdict

# Ids in one question to the database; the oldest SQLite takes 999 values.
_IDS_MAX = 900
# Worksheets depend on these: by which of their columns (changes.py).
_CHANGES: Mapping[type[Base], str] = {ContactRow: "id", WithdrawalRow: "withdraws", WorksheetRow: "id"}


@dataclass(frozen=True, slots=True)
class Arrival:
    """A batch in the transaction that stores it, under its receipt's number."""

    session: Session
    receipt: int
    coming: Coming


def store(arrival: Arrival, records: Sequence[Ready]) -> list[Verdict]:
    """Store records; for each, in order, whether it is accepted, here already, in conflict, or refused (quarantined)."""
    if not records:
        return []
    try:
        # The connection's own savepoint: the session holds nothing of this, and its savepoints cost more than the rows.
        with arrival.session.connection().begin_nested():
            return _store_all(arrival, records)
    except (DataError, IntegrityError):
        return [
            _store_one(arrival, record) for record in records
        ]  # one of them is to blame, and takes only itself down


def _store_one(arrival: Arrival, record: Ready) -> Verdict:
    try:
        with arrival.session.connection().begin_nested():
            return _store_all(arrival, [record])[0]
    except (DataError, IntegrityError):
        return Verdict.QUARANTINED


def _store_all(arrival: Arrival, records: Sequence[Ready]) -> list[Verdict]:
    first: dict[str, Ready] = {}
    for record in records:
        first.setdefault(record.sound.record.id, record)
    # In the order of their ids: two batches that bring the same ids wait for each other, never both at once.
    fresh = [first[key] for key in sorted(first)]
    count = insert_all(
        arrival.session, RecordRow, [{**each.row, "receipt_id": arrival.receipt} for each in fresh], once=True
    )
    hashes = {key: record.sound.hash for key, record in first.items()}
    if count < len(fresh):
        others = _held_from_others(arrival, first)
        hashes |= others
        fresh = [record for record in fresh if record.sound.record.id not in others]
    else:
        others = {}
    _store_beside(arrival, fresh)
    return [
        _verdict(
            record,
            is_new=record is first[record.sound.record.id] and record.sound.record.id not in others,
            held=hashes[record.sound.record.id],
        )
        for record in records
    ]


def _store_beside(arrival: Arrival, fresh: Sequence[Ready]) -> None:
    """Store what is read from new records into the tables of their kinds, and leave behind which these are."""
    beside: dict[type[Base], list[Row]] = defaultdict(list)
    for record in fresh:
        beside[record.table].append(record.beside)
    for table, rows in beside.items():
        insert_all(arrival.session, table, rows)
    note_touched(arrival.session, [row[key] for table, key in _CHANGES.items() for row in beside.get(table, ())])


def _verdict(record: Ready, *, is_new: bool, held: str) -> Verdict:
    if is_new:
        return Verdict.ACCEPTED
    return Verdict.ALREADY_HERE if held == record.sound.hash else Verdict.CONFLICTING


def _held_from_others(arrival: Arrival, ids: Iterable[str]) -> dict[str, str]:
    """The hashes of those that were here before this batch, by id."""
    asked = [UUID(each) for each in ids]
    question = select(RecordRow.id, RecordRow.hash).where(RecordRow.receipt_id != arrival.receipt)
    return {
        str(row.id): row.hash
        for start in range(0, len(asked), _IDS_MAX)
        for row in arrival.session.execute(question.where(RecordRow.id.in_(asked[start : start + _IDS_MAX])))
    }
