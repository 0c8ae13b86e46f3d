"""What is deleted together or not at all: worksheets that hang together, with everything that is theirs.

A worksheet is all of one person, watch and date: contacts whether they stand or not, signatures, reviews. A correction whose
original is on another worksheet ties the two; a withdrawal is where its contact is. What no worksheet has (a card count, a
withdrawal of something else) is one by itself.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, tuple_
from sqlalchemy.orm import Session

from station.families import portions
from station.holds import Mark
from station.quarantine import Beside, beside
from station.review_tables import ReviewRow
from station.table_base import Base
from station.tables import ContactRow, ReceiptRow, RecordRow, WithdrawalRow, WorksheetRow

# Worksheets in one question to the database, three values each; the oldest SQLite takes 999 values.
_SHEETS_MAX = 300
_NEVER = datetime.min.replace(tzinfo=UTC)


class SheetKey(NamedTuple):
    """Which worksheet."""

    on: date
    watch: str
    person: str


class Fact(NamedTuple):
    """What of a record decides: its own moment by the corrected clock, when it was received, its device and number."""

    id: UUID
    at: datetime
    received_at: datetime
    device: UUID
    sequence: int


@dataclass(slots=True)
class Whole:
    """What goes together. `newest` is the latest moment in it: of a record, its receipt, a review, something put aside.

    `marks` are what holds ask of; `reviews` are numbers with their moments.
    """

    sheets: set[SheetKey] = field(default_factory=set)
    marks: set[Mark] = field(default_factory=set)
    contacts: set[UUID] = field(default_factory=set)
    records: dict[UUID, Fact] = field(default_factory=dict)
    reviews: dict[int, datetime] = field(default_factory=dict)
    aside: list[Beside] = field(default_factory=list)

    @property
    def newest(self) -> datetime:
        """The latest moment in it; the earliest there is of one that is empty."""
        facts = [moment for fact in self.records.values() for moment in (fact.at, fact.received_at)]
        return max([*facts, *self.reviews.values(), *(each.received_at for each in self.aside)], default=_NEVER)


def fact_columns(moment: Any) -> Select[Any]:  # noqa: ANN401 - a column of a table
    """The question for the facts of records of one table, in the order of Fact."""
    table = moment.class_
    return (
        select(table.id, moment, ReceiptRow.received_at, RecordRow.device_id, RecordRow.sequence)
        .join(RecordRow, RecordRow.id == table.id)
        .join(ReceiptRow, ReceiptRow.id == RecordRow.receipt_id)
    )


def sheets_after(session: Session, until: date, after: SheetKey | None, count: int) -> list[SheetKey]:
    """The worksheets up to a day that have anything, in order, those behind one."""
    found: set[SheetKey] = set()
    for table in (ContactRow, WorksheetRow):
        key = (table.shift_on, table.watch, table.person)
        asked = select(*key).where(table.shift_on <= until).distinct().order_by(*key).limit(count)
        rows = session.execute(asked if after is None else asked.where(tuple_(*key) > tuple_(*after)))
        found |= {SheetKey(*row) for row in rows}
    return sorted(found)[:count]


def wholes_of(session: Session, keys: Collection[SheetKey]) -> list[Whole]:
    """What these worksheets are parts of, each once, in the order of their first worksheets."""
    contacts, tied = _gathered(session, keys)
    of = _tied_together(contacts, tied)
    for key, rd, fact in contacts.values():
        whole = of[key]
        whole.contacts.add(fact.id)
        whole.records[fact.id] = fact
        whole.marks.add(Mark(key.person, key.on, rd))
    _add_withdrawals(session, contacts, of)
    for some in _portions(of):
        signed = fact_columns(WorksheetRow.signed_at).add_columns(*_key(WorksheetRow)).where(_is_of(WorksheetRow, some))
        for *values, on, watch, person in session.execute(signed):
            of[SheetKey(on, watch, person)].records[values[0]] = Fact(*values)
        reviewed = select(ReviewRow.id, ReviewRow.at, *_key(ReviewRow)).where(_is_of(ReviewRow, some))
        for number, at, on, watch, person in session.execute(reviewed):
            of[SheetKey(on, watch, person)].reviews[number] = at
    wholes = list({id(whole): whole for whole in of.values()}.values())
    add_aside(session, wholes)
    return sorted(wholes, key=lambda whole: min(whole.sheets))


def add_aside(session: Session, wholes: Iterable[Whole]) -> None:
    """Add what lies in quarantine under the numbers of the same records."""
    of: dict[UUID, dict[int, Whole]] = {}
    for whole in wholes:
        for fact in whole.records.values():
            of.setdefault(fact.device, {})[fact.sequence] = whole
    for device, numbers in of.items():
        for each in beside(session, device, list(numbers)):
            numbers[each.sequence].aside.append(each)


_Contacts = dict[UUID, tuple[SheetKey, str | None, Fact]]


def _gathered(session: Session, keys: Collection[SheetKey]) -> tuple[_Contacts, dict[SheetKey, set[UUID]]]:
    """All contacts of these worksheets and of those that corrections tie to them; and what each worksheet corrects."""
    contacts: _Contacts = {}
    tied: dict[SheetKey, set[UUID]] = {}
    wanted = set(keys)
    while wanted:
        tied |= {key: set() for key in wanted}
        fresh: _Contacts = {}
        for some in _portions(wanted):
            asked = fact_columns(ContactRow.contact_at).add_columns(
                ContactRow.rd, ContactRow.corrects, *_key(ContactRow)
            )
            for *values, rd, corrects, on, watch, person in session.execute(asked.where(_is_of(ContactRow, some))):
                key = SheetKey(on, watch, person)
                fresh[values[0]] = (key, rd, Fact(*values))
                if corrects is not None:
                    tied[key].add(corrects)
        contacts |= fresh
        corrected = {each for key in wanted for each in tied[key]}
        wanted = {*_keys_of(session, ContactRow.id, corrected), *_keys_of(session, ContactRow.corrects, fresh)} - set(
            tied
        )
    return contacts, tied


def _keys_of(session: Session, column: Any, ids: Iterable[UUID]) -> Iterator[SheetKey]:  # noqa: ANN401 - a column
    for some in portions(ids):
        yield from (
            SheetKey(*row) for row in session.execute(select(*_key(ContactRow)).where(column.in_(some)).distinct())
        )


def _tied_together(contacts: _Contacts, tied: dict[SheetKey, set[UUID]]) -> dict[SheetKey, Whole]:
    """One whole for all worksheets that corrections tie."""
    of = {key: Whole(sheets={key}, marks={Mark(key.person, key.on, None)}) for key in sorted(tied)}
    for key, corrected in tied.items():
        for each in corrected & contacts.keys():
            one, other = of[key], of[contacts[each][0]]
            if one is not other:
                one.sheets |= other.sheets
                one.marks |= other.marks
                of |= dict.fromkeys(other.sheets, one)
    return of


def _add_withdrawals(session: Session, contacts: _Contacts, of: dict[SheetKey, Whole]) -> None:
    for some in portions(contacts):
        asked = fact_columns(WithdrawalRow.heard_at).add_columns(WithdrawalRow.withdraws)
        for *values, withdraws in session.execute(asked.where(WithdrawalRow.withdraws.in_(some))):
            of[contacts[withdraws][0]].records[values[0]] = Fact(*values)


def _key(table: Any) -> tuple[Any, Any, Any]:  # noqa: ANN401 - one of three tables
    return table.shift_on, table.watch, table.person


def _is_of(table: type[Base], keys: Sequence[SheetKey]) -> ColumnElement[bool]:
    return tuple_(*_key(table)).in_(keys)


def _portions(keys: Iterable[SheetKey]) -> Iterator[list[SheetKey]]:
    ordered = sorted(keys)
    return (ordered[start : start + _SHEETS_MAX] for start in range(0, len(ordered), _SHEETS_MAX))
