"""Contacts compared with those of other people and other worksheets: shared tags, and what partners both logged.

Asked of a few columns of the contacts table; only what matches is read whole, to see whether it stands.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, not_, select, tuple_, union
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
    """What of a contact is compared. `at` is in UTC, by the corrected clock: in one zone an hour a year comes twice."""

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
    near = list(_near(session, on, which))
    tagged = _grouped([*mine, *(each for each, _ in near)], lambda each: each.tag)
    crews = _grouped([*mine, *(each for each, is_of_date in near if is_of_date)], _crew)
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
    contact, at = each.contact, each.at.astimezone(UTC)
    return Compared(contact.id, contact.person, at, contact.setting, contact.unit, contact.rd, contact.tag)


def _near(session: Session, on: date, which: ColumnElement[bool]) -> Iterable[tuple[Compared, bool]]:
    """The date's other contacts of the same units, settings and RDs; those of the same tags, also of the dates around it.

    A watch may cross midnight. Each with whether it is of the date: the others are compared by their tags alone, else what
    a contact matches would depend on which other contacts are on the page.
    """
    crew = (ContactRow.unit, ContactRow.setting, func.coalesce(ContactRow.rd, ""))
    # The unit by itself too: that is what the index knows.
    of_crew = and_(
        ContactRow.shift_on == on,
        ContactRow.unit.in_(select(ContactRow.unit).where(which)),
        tuple_(*crew).in_(select(*crew).where(which)),
    )
    with_tag = and_(
        ContactRow.shift_on.between(on - _DAY, on + _DAY), ContactRow.tag.in_(select(ContactRow.tag).where(which))
    )
    columns = (
        ContactRow.id,
        ContactRow.person,
        ContactRow.contact_at,
        ContactRow.setting,
        ContactRow.unit,
        ContactRow.rd,
        ContactRow.tag,
        (ContactRow.shift_on == on).label("is_of_date"),
    )
    # Two questions, each with an index of its own; what answers both is there once.
    question = union(*(select(*columns).where(is_near, not_(which)) for is_near in (with_tag, of_crew)))
    return ((Compared(str(row.id), *row[1:-1]), bool(row.is_of_date)) for row in session.execute(question))


_Crew = tuple[str, str, str | None]
_Key = TypeVar("_Key", str, _Crew)


def _grouped(contacts: Iterable[Compared], key_of: Callable[[Compared], _Key | None]) -> Mapping[_Key, list[Compared]]:
    """Contacts by a key, those without one left out, in the order of their ids; only those that are not alone there."""
    found: dict[_Key, list[Compared]] = defaultdict(list)
    for each in sorted(contacts, key=lambda each: each.id):
        key = key_of(each)
        if key is not None:
            found[key].append(each)
    return {key: group for key, group in found.items() if len(group) > 1}


def _with_tag(each: Compared, tagged: Mapping[str, list[Compared]]) -> Sequence[Compared]:
    return tagged.get(each.tag or "", ())[: _OTHERS_MAX + 1]


def _of_crew(each: Compared, crews: Mapping[_Crew, list[Compared]], within: timedelta) -> Sequence[Compared]:
    key = _crew(each)
    others = () if key is None else crews.get(key, ())
    return list(islice((other for other in others if _is_same(each, other, within)), _OTHERS_MAX))


def _crew(each: Compared) -> _Crew | None:
    """What partners have in common; None for who has no unit."""
    return None if each.unit is None else (each.unit, each.setting, each.rd)


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
