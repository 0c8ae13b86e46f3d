"""Noting which dates' coverage has changed, in the transaction that changes it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.coverage_tables import CoverageChangeRow
from station.families import portions
from station.rows import insert_all
from station.table_base import Base
from station.tables import ContactRow, WithdrawalRow

# Where a change is noted whose dates could not be told: what it names is not here, or another transaction writes it just now.
# Every count depends on it. It is rare: a device sends what it takes back before it takes it back.
UNPLACED = date.min


def note_changed(session: Session, rows: Mapping[type[Base], Sequence[Mapping[str, Any]]]) -> None:
    """Note what these rows change that were just inserted.

    A contact changes its own date. A correction or withdrawal also decides of everything that its original stands in place of,
    on whatever dates; what names it came later, or has noted its own date.
    """
    contacts, withdrawals = rows.get(ContactRow, ()), rows.get(WithdrawalRow, ())
    named = {row["corrects"] for row in contacts if row["corrects"]} | {row["withdraws"] for row in withdrawals}
    note_dates(session, {row["shift_on"] for row in contacts} | _dates_above(session, named))


def note_dates(session: Session, dates: Iterable[date]) -> None:
    """Note that contacts of these dates have changed."""
    insert_all(session, CoverageChangeRow, [{"shift_on": on, "id": uuid4()} for on in sorted(dates)])


def dates_of(session: Session, ids: Sequence[UUID]) -> set[date]:
    """The dates of the contacts among these records: at most as many as one question can name (families.py)."""
    return set(session.scalars(select(ContactRow.shift_on).where(ContactRow.id.in_(ids)).distinct()))


def _dates_above(session: Session, ids: set[UUID]) -> set[date]:
    """The dates of these contacts, and of all that they stand in place of; UNPLACED too where one of them is not here."""
    found: set[date] = set()
    seen: set[UUID] = set()
    while ids:
        seen |= ids
        above: set[UUID] = set()
        here: set[UUID] = set()
        for some in portions(ids):
            question = select(ContactRow.id, ContactRow.shift_on, ContactRow.corrects).where(ContactRow.id.in_(some))
            for key, on, corrects in session.execute(question):
                here.add(key)
                found.add(on)
                above |= {corrects} if corrects else set()
        found |= {UNPLACED} if ids - here else set()
        ids = above - seen
    return found
