"""What changed that a worksheet depends on: left behind by whoever writes, in the same transaction, without asking anything.

Which worksheets that concerns is asked later, by whoever sees the commit (touched.py): asked by the writer, what another
one writes at the same moment would be missed.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.kept_tables import ChangeRow
from station.rows import insert_all

_ID_BYTES = 16


class Sheet(NamedTuple):
    """Which worksheet; the whole date where `watch` and `person` are None."""

    on: date
    watch: str | None = None
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One change: ids of contacts, of what a withdrawal takes back and of signed worksheets, and worksheets by name."""

    id: UUID
    records: tuple[UUID, ...]
    sheets: tuple[Sheet, ...]


def note_touched(session: Session, records: Sequence[UUID] = (), sheets: Iterable[Sheet] = ()) -> None:
    """Leave behind what this transaction changes."""
    named = [(each.on.isoformat(), each.watch, each.person) for each in sorted(sheets, key=repr)]
    if records or named:
        packed = b"".join(each.bytes for each in records)
        insert_all(session, ChangeRow, [{"id": uuid4(), "records": packed, "sheets": json.dumps(named)}])


def changes(session: Session, count: int) -> list[Change]:
    """What is not settled yet, that many at most."""
    return [_change(row) for row in session.scalars(select(ChangeRow).limit(count))]


def _change(row: ChangeRow) -> Change:
    starts = range(0, len(row.records), _ID_BYTES)
    return Change(
        row.id,
        tuple(UUID(bytes=bytes(row.records[start : start + _ID_BYTES])) for start in starts),
        tuple(Sheet(date.fromisoformat(on), watch, person) for on, watch, person in json.loads(row.sheets)),
    )
