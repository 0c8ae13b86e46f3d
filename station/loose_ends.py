"""Where a number of a device may still come, or be missing, beside those of a worksheet.

Whether numbers are missing beside a worksheet (sheet_findings.py) changes with any batch of the device, also with one that
has nothing of that worksheet. Numbers that are here stay here, so counting them says whether anything changed; and once all
are here, nothing will.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from station.families import portions
from station.tables import ContactRow, DeviceRow, QuarantineRow, RecordRow

_Name = tuple[str, str]


class LooseEnd(NamedTuple):
    """A worksheet's numbers of one device, with one below and one above: how far it said that it has come, and how many are here.

    `held` are records up to there, `aside` numbers in quarantine.
    """

    watch: str
    person: str
    device: str
    first: int
    last: int
    reach: int
    held: int
    aside: int


def loose_ends(session: Session, on: date, name: _Name | None = None) -> list[LooseEnd]:
    """Those of a date's worksheets, or of one, by watch and person."""
    is_asked = true() if name is None else (ContactRow.watch == name[0]) & (ContactRow.person == name[1])
    spans = (
        select(
            ContactRow.watch,
            ContactRow.person,
            RecordRow.device_id,
            func.min(RecordRow.sequence),
            func.max(RecordRow.sequence),
        )
        .join(RecordRow, RecordRow.id == ContactRow.id)
        .where(ContactRow.shift_on == on, is_asked)
        .group_by(ContactRow.watch, ContactRow.person, RecordRow.device_id)
    )
    found = [
        LooseEnd(watch, person, str(device), max(first - 1, 1), last + 1, 0, 0, 0)
        for watch, person, device, first, last in session.execute(spans)
    ]
    said = _said(session, found)
    ends = (_looked_at(session, end, said[end.device]) for end in found)
    return [end for end in ends if end.reach < end.last or not _is_whole(end)]


def moved(session: Session, ends: Sequence[LooseEnd]) -> set[_Name]:
    """The worksheets, by watch and person, at whose ends something changed."""
    said = _said(session, ends)
    return {(end.watch, end.person) for end in ends if _has_moved(session, end, said[end.device])}


def _has_moved(session: Session, end: LooseEnd, said: int) -> bool:
    if min(said, end.last) == end.reach and _is_whole(end):
        return False
    return _looked_at(session, end, said) != end


def _is_whole(end: LooseEnd) -> bool:
    """Whether all is here as far as the device said that it has come."""
    return end.held == max(end.reach - end.first + 1, 0)


def _looked_at(session: Session, end: LooseEnd, said: int) -> LooseEnd:
    reach = min(said, end.last)
    device, span = UUID(end.device), (end.first, reach)
    held = _count(RecordRow.sequence, RecordRow.device_id == device, span)
    aside = _count(QuarantineRow.sequence, QuarantineRow.device_id == device, span)
    counts = session.execute(select(held, aside)).one()
    return end._replace(reach=reach, held=counts[0], aside=counts[1])


def _count(
    column: InstrumentedAttribute[Any], is_own: ColumnElement[bool], span: tuple[int, int]
) -> ColumnElement[int]:
    return select(func.count(column.distinct())).where(is_own, column.between(*span)).scalar_subquery()


def _said(session: Session, ends: Iterable[LooseEnd]) -> dict[str, int]:
    """The last number that each device said to have given out."""
    found: dict[str, int] = defaultdict(int)
    for some in portions({UUID(device) for device in {end.device for end in ends}}):
        asked = select(DeviceRow.id, DeviceRow.sequence_last).where(DeviceRow.id.in_(some))
        found |= {str(key): last for key, last in session.execute(asked)}
    return found
