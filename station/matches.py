"""Contacts compared with those of other people and other worksheets: shared tags, and what partners both logged.

Asked of a few columns of the contacts table; only what matches is read whole, to see whether it stands.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, not_, or_, select, tuple_
from sqlalchemy.orm import Session

from station.families import family_of
from station.placed import Placed
from station.tables import ContactRow
from sync.records import Contact
from sync.reference import Reference

_DAY = timedelta(days=1)
# With how many others of the same tag, or of the same unit, setting and RD, one contact is compared: a faulty device may
# have sent a thousand, and the first few tell it.
_OTHERS_MAX = 50


class Compared(NamedTuple):
    """What of a contact is compared. `at` is aware, by the corrected clock."""

    id: str
    person: str
    at: datetime
    setting: str
    unit: str | None
    rd: str | None
    tag: str | None


@dataclass(frozen=True, slots=True)
class Matches:
    """Contacts that share a tag unconnected, those that a partner logged too, and those of these that are not counted."""

    shared: frozenset[str]
    partners: frozenset[str]
    uncounted: frozenset[str]


def matches_on(
    session: Session,
    reference: Reference,
    on: date,
    which: ColumnElement[bool],
    placed: Sequence[Placed],
    replaced: Mapping[str, Sequence[Contact]],
) -> Matches:
    """What matches contacts that stand on worksheets of a date; `which` asks for all that are there, standing or not."""
    mine = [_compared(each) for each in placed]
    tagged, crews = _grouped(sorted([*mine, *_near(session, on, which)], key=lambda each: each.id))
    pairs = [
        (each, other)
        for each in mine
        for other in (*_with_tag(each, tagged), *_of_crew(each, crews, reference.partner))
        if other.id != each.id and all(other.id != old.id for old in replaced[each.id])
    ]
    same = [pair for pair in pairs if _is_same(*pair, reference.partner)]
    shared = [pair for pair in pairs if _is_shared(*pair, reference)]
    there = _standing_of(session, {other.id for _, other in (*same, *shared)}, replaced)
    partners = [(each, other) for each, other in same if other.id in there]
    return Matches(
        shared=frozenset(each.id for each, other in shared if other.id in there),
        partners=frozenset(each.id for each, _ in partners),
        uncounted=frozenset(each.id for each, other in partners if (other.at, other.id) < (each.at, each.id)),
    )


def _compared(each: Placed) -> Compared:
    contact = each.contact
    return Compared(contact.id, contact.person, each.at, contact.setting, contact.unit, contact.rd, contact.tag)


def _near(session: Session, on: date, which: ColumnElement[bool]) -> Iterable[Compared]:
    """The date's other contacts of the same units, settings and RDs; those of the same tags, also of the dates around it.

    A watch may cross midnight.
    """
    crew = (ContactRow.unit, ContactRow.setting, func.coalesce(ContactRow.rd, ""))
    of_crew = tuple_(*crew).in_(select(*crew).where(which))
    with_tag = ContactRow.tag.in_(select(ContactRow.tag).where(which))
    question = select(
        ContactRow.id,
        ContactRow.person,
        ContactRow.contact_at,
        ContactRow.setting,
        ContactRow.unit,
        ContactRow.rd,
        ContactRow.tag,
    ).where(
        ContactRow.shift_on.between(on - _DAY, on + _DAY),
        not_(which),
        or_(with_tag, and_(ContactRow.shift_on == on, of_crew)),
    )
    return (Compared(str(row.id), *row[1:]) for row in session.execute(question))


_Crew = tuple[str | None, str, str | None]
_Key = TypeVar("_Key", str, _Crew)


def _grouped(contacts: Iterable[Compared]) -> tuple[Mapping[str, list[Compared]], Mapping[_Crew, list[Compared]]]:
    """Contacts by their tags, and by what partners have in common; only those that are not alone there."""
    tagged: dict[str, list[Compared]] = defaultdict(list)
    crews: dict[_Crew, list[Compared]] = defaultdict(list)
    for each in contacts:
        if each.tag is not None:
            tagged[each.tag].append(each)
        if each.unit is not None:
            crews[_crew(each)].append(each)
    return _of_several(tagged), _of_several(crews)


def _of_several(groups: Mapping[_Key, list[Compared]]) -> dict[_Key, list[Compared]]:
    return {key: group for key, group in groups.items() if len(group) > 1}


def _with_tag(each: Compared, tagged: Mapping[str, list[Compared]]) -> Sequence[Compared]:
    return tagged.get(each.tag or "", ())[: _OTHERS_MAX + 1]


def _of_crew(each: Compared, crews: Mapping[_Crew, list[Compared]], within: timedelta) -> Sequence[Compared]:
    others = crews.get(_crew(each), ())
    return [other for other in others if _is_same(each, other, within)][:_OTHERS_MAX] if others else ()


def _crew(each: Compared) -> _Crew:
    return each.unit, each.setting, each.rd


def _is_same(each: Compared, other: Compared, within: timedelta) -> bool:
    """Whether two people logged one and the same: that is no shared tag, and counts once."""
    is_together = (each.unit is not None and each.unit == other.unit) or (
        each.tag is not None and each.tag == other.tag
    )
    return (
        is_together
        and each.person != other.person
        and (each.setting, each.rd) == (other.setting, other.rd)
        and abs(each.at - other.at) <= within
    )


def _is_shared(each: Compared, other: Compared, reference: Reference) -> bool:
    is_shared = each.tag is not None and each.tag == other.tag and _day(each, reference) == _day(other, reference)
    return is_shared and not _is_same(each, other, reference.partner)


def _day(each: Compared, reference: Reference) -> date:
    return each.at.astimezone(reference.zone).date()


def _standing_of(session: Session, ids: set[str], own: Mapping[str, object]) -> set[str]:
    """Those of these that stand; what is `own` is known to."""
    others = ids - own.keys()
    return (ids & own.keys()) | family_of(session, {UUID(each) for each in others}).stands().keys()
