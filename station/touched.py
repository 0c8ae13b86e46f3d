"""Which worksheets a change concerns: asked of a moment that shows the change, so that whatever it meets there is seen.

A worksheet depends on the families of its contacts (families.py), on contacts of the same tag within a day and of the same
crew on its date (matches.py), and on what was signed. Numbers of records are compared on their own (loose_ends.py).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from station.changes import Change, Sheet
from station.families import portions
from station.tables import ContactRow, WorksheetRow

_DAY = timedelta(days=1)
# Values in one question, four columns at most for each; the oldest SQLite takes 999.
_VALUES_MAX = 200


class _Relative(NamedTuple):
    """What of a contact ties it to others, and whose worksheet it is on."""

    id: UUID
    corrects: UUID | None
    sheet: Sheet
    tag: str | None
    crew: tuple[str, str, str] | None


def touched(session: Session, changed: Iterable[Change]) -> set[Sheet]:
    """The worksheets that these changes concern, and whole dates."""
    listed = list(changed)
    named = {sheet for change in listed for sheet in change.sheets}
    return {*named, *_by_contacts(session, listed), *_signed(session, _records(listed))}


def recounted(session: Session, changed: Iterable[Change]) -> set[date]:
    """The dates whose contacts may count otherwise by these changes: by contacts, and by what was deleted of whole dates.

    Not by reviews and signatures.
    """
    listed = list(changed)
    deleted = {sheet.on for change in listed for sheet in change.sheets if sheet.watch is None}
    return deleted | {sheet.on for sheet in _by_contacts(session, listed)}


def _records(changed: Iterable[Change]) -> set[UUID]:
    return {record for change in changed for record in change.records}


def _by_contacts(session: Session, changed: Iterable[Change]) -> Iterator[Sheet]:
    family = _families(session, _records(changed))
    yield from (each.sheet for each in family)
    yield from _neighbours(session, family)


def _families(session: Session, ids: Collection[UUID]) -> list[_Relative]:
    """The contacts of these ids, and all that hang together with them by corrections, also by one that is not here."""
    found: dict[UUID, _Relative] = {}
    seen: set[UUID] = set()
    near = set(ids)
    while near:
        seen |= near
        fresh = [each for some in portions(near) for each in _relatives(session, some)]
        found |= {each.id: each for each in fresh}
        near = {key for each in fresh for key in (each.id, each.corrects) if key is not None} - seen
    return list(found.values())


def _relatives(session: Session, ids: Collection[UUID]) -> Iterator[_Relative]:
    row = ContactRow
    asked = select(row.id, row.corrects, row.shift_on, row.watch, row.person, row.tag, row.unit, row.setting, row.rd)
    for is_near in (row.id.in_(ids), row.corrects.in_(ids)):
        for key, corrects, on, watch, person, tag, unit, setting, rd in session.execute(asked.where(is_near)):
            crew = None if unit is None else (unit, setting, rd or "")
            yield _Relative(key, corrects, Sheet(on, watch, person), tag, crew)


def _neighbours(session: Session, family: Iterable[_Relative]) -> Iterator[Sheet]:
    tags: dict[date, set[Any]] = defaultdict(set)
    crews: dict[date, set[Any]] = defaultdict(set)
    for each in family:
        if each.tag is not None:
            tags[each.sheet.on].add(each.tag)
        if each.crew is not None:
            crews[each.sheet.on].add(each.crew)
    crew = tuple_(ContactRow.unit, ContactRow.setting, func.coalesce(ContactRow.rd, ""))
    for on, values in tags.items():
        for some in _some(values):
            is_near = ContactRow.shift_on.between(on - _DAY, on + _DAY)
            yield from _sheets(session, is_near, ContactRow.tag.in_(some))
    for on, values in crews.items():
        for some in _some(values):
            units = {unit for unit, *_ in some}  # by themselves too: that is what the index knows
            yield from _sheets(session, ContactRow.shift_on == on, ContactRow.unit.in_(units), crew.in_(some))


def _some(values: set[Any]) -> Iterator[list[Any]]:
    ordered = sorted(values)
    return (ordered[start : start + _VALUES_MAX] for start in range(0, len(ordered), _VALUES_MAX))


def _sheets(session: Session, *which: ColumnElement[bool]) -> Iterator[Sheet]:
    asked = select(ContactRow.shift_on, ContactRow.watch, ContactRow.person).distinct()
    return (Sheet(*found) for found in session.execute(asked.where(*which)))


def _signed(session: Session, ids: Collection[UUID]) -> Iterator[Sheet]:
    """The worksheets of these signatures, and of later ones of the same person and device: whose key is new depends on them."""
    own, later = aliased(WorksheetRow), WorksheetRow
    is_later = and_(
        later.person == own.person,
        later.device_id == own.device_id,
        or_(later.id == own.id, later.sequence > own.sequence),
    )
    asked = select(later.shift_on, later.watch, later.person).join(own, is_later).distinct()
    for some in portions(ids):
        yield from (Sheet(*found) for found in session.execute(asked.where(own.id.in_(some))))
