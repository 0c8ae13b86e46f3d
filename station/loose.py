"""Records that no worksheet has, each deleted by itself: card counts, and withdrawals of what is deleted or is no contact."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from station.card_tables import CardCountRow
from station.holds import Mark
from station.tables import ContactRow, RecordRow, WithdrawalRow, WorksheetRow
from station.wholes import Fact, SheetKey, Whole, add_aside, fact_columns, wholes_of
from sync.records import BriefingAcknowledgement

_NOBODY_ELSES = (CardCountRow.counted_at, WithdrawalRow.heard_at)


class NotDeleted(Exception):
    """What is asked for cannot be deleted; the text is a sentence that says why."""


class Loose(NamedTuple):
    """Records by themselves, and how far this page of them went: the table's place, and the last id there."""

    wholes: list[Whole]
    through: tuple[int, UUID] | None


def loose_after(
    session: Session, before: datetime, after: tuple[int, UUID] | None, count: int, zone: ZoneInfo
) -> Loose:
    """A page of the records that no worksheet has, from before a moment."""
    place, last = after or (0, None)
    while place < len(_NOBODY_ELSES):
        moment = _NOBODY_ELSES[place]
        table = moment.class_
        asked = fact_columns(moment).add_columns(table.person).where(moment < before, _is_loose(table))
        if last is not None:
            asked = asked.where(table.id > last)
        wholes = [
            _whole(Fact(*values), person, zone)
            for *values, person in session.execute(asked.order_by(table.id).limit(count))
        ]
        if wholes:
            add_aside(session, wholes)
            return Loose(wholes, (place, max(id_ for whole in wholes for id_ in whole.records)))
        place, last = place + 1, None
    return Loose([], None)


def whole_of_record(session: Session, record: UUID, zone: ZoneInfo) -> Whole:
    """What one record is part of. Raises NotDeleted."""
    row = session.get(RecordRow, record)
    if row is None:
        raise NotDeleted("There is no record of this id.")
    if row.kind == BriefingAcknowledgement.kind:
        raise NotDeleted("An acknowledgement stays with its briefing. Nothing was deleted.")
    withdrawn = select(WithdrawalRow.withdraws).where(WithdrawalRow.id == record).scalar_subquery()
    for table, wanted in ((ContactRow, record), (WorksheetRow, record), (ContactRow, withdrawn)):
        found = session.execute(select(table.shift_on, table.watch, table.person).where(table.id == wanted)).first()
        if found is not None:
            return wholes_of(session, [SheetKey(*found)])[0]
    for moment in _NOBODY_ELSES:
        asked = fact_columns(moment).add_columns(moment.class_.person).where(moment.class_.id == record)
        for *values, person in session.execute(asked):
            whole = _whole(Fact(*values), person, zone)
            add_aside(session, [whole])
            return whole
    raise NotDeleted("This record is deleted already.")


def _is_loose(table: Any) -> ColumnElement[bool]:  # noqa: ANN401 - one of two tables
    """A withdrawal whose contact is here goes with it; one whose record never came waits for that."""
    if table is CardCountRow:
        return CardCountRow.id.is_not(None)
    return ~exists().where(ContactRow.id == WithdrawalRow.withdraws) & (
        exists().where(RecordRow.id == WithdrawalRow.withdraws).correlate(WithdrawalRow)
    )


def _whole(fact: Fact, person: str, zone: ZoneInfo) -> Whole:
    return Whole(marks={Mark(person, fact.at.astimezone(zone).date(), None)}, records={fact.id: fact})
