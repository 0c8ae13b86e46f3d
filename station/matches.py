"""Contacts compared with those of other people and other worksheets: shared tags, and what partners both logged.

Asked of a few columns of the contacts table; only what matches is read whole, to see whether it stands.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from station.families import family_of
from station.tables import ContactRow
from sync.records import Contact
from sync.reference import Reference

_DAY = timedelta(days=1)
# With how many others of the same tag, or of the same unit, setting and RD, one contact is compared: a faulty device may
# have sent a thousand, and the first few tell it.
_OTHERS_MAX = 50
# Units and tags in one question to the database: SQLite takes 32,766 values, older ones 999.
_VALUES_MAX = 900


@dataclass(frozen=True, slots=True)
class Compared:
    """What of a contact is compared. `at` is aware UTC, by the corrected clock."""

    id: UUID
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
    session: Session, reference: Reference, on: date, contacts: Sequence[Contact], own: Mapping[str, Collection[str]]
) -> Matches:
    """What matches contacts that stand on a date; `own` has, for each, the ids of what it stands in place of."""
    known = {str(each.id): each for each in _near(session, on, contacts)}
    mine = [known[contact.id] for contact in contacts if contact.id in known]
    tagged, crews = _grouped(known.values())
    pairs = [
        (each, other)
        for each in mine
        for other in (*_with_tag(each, tagged), *_of_crew(each, crews, reference.partner))
        if other.id != each.id and str(other.id) not in own[str(each.id)]
    ]
    there = _standing_of(session, {other.id for _, other in pairs}, own)
    found = [(each, other) for each, other in pairs if str(other.id) in there]
    same = [(each, other) for each, other in found if _is_same(each, other, reference.partner)]
    shared = {str(each.id) for each, other in found if _is_shared(each, other, reference)}
    later = {str(each.id) for each, other in same if (other.at, other.id) < (each.at, each.id)}
    return Matches(frozenset(shared), frozenset(str(each.id) for each, _ in same), frozenset(later))


def _near(session: Session, on: date, contacts: Sequence[Contact]) -> Iterable[Compared]:
    """The date's contacts of the same units, and those of the same tags, also of the dates around it.

    A watch may cross midnight. Where a whole day is compared, everything is read: its tags are too many for one question.
    """
    units, tags = {contact.unit for contact in contacts} - {None}, {contact.tag for contact in contacts} - {None}
    is_many = len(units) + len(tags) > _VALUES_MAX
    of_unit = ContactRow.unit.is_not(None) if is_many else ContactRow.unit.in_(units)
    with_tag = ContactRow.tag.is_not(None) if is_many else ContactRow.tag.in_(tags)
    question = select(
        ContactRow.id,
        ContactRow.person,
        ContactRow.contact_at,
        ContactRow.setting,
        ContactRow.unit,
        ContactRow.rd,
        ContactRow.tag,
    ).where(ContactRow.shift_on.between(on - _DAY, on + _DAY), or_(with_tag, and_(ContactRow.shift_on == on, of_unit)))
    return (Compared(*row) for row in session.execute(question.order_by(ContactRow.id)))


_Crew = tuple[str | None, str, str | None]


def _grouped(contacts: Iterable[Compared]) -> tuple[Mapping[str, list[Compared]], Mapping[_Crew, list[Compared]]]:
    tagged: dict[str, list[Compared]] = defaultdict(list)
    crews: dict[_Crew, list[Compared]] = defaultdict(list)
    for each in contacts:
        if each.tag is not None:
            tagged[each.tag].append(each)
        if each.unit is not None:
            crews[_crew(each)].append(each)
    return tagged, crews


def _with_tag(each: Compared, tagged: Mapping[str, list[Compared]]) -> Sequence[Compared]:
    return tagged[each.tag][: _OTHERS_MAX + 1] if each.tag is not None else ()


def _of_crew(each: Compared, crews: Mapping[_Crew, list[Compared]], within: timedelta) -> Sequence[Compared]:
    others = crews[_crew(each)] if each.unit is not None else ()
    return [other for other in others if _is_same(each, other, within)][:_OTHERS_MAX]


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


def _standing_of(session: Session, ids: set[UUID], own: Mapping[str, object]) -> set[str]:
    """Those of these that stand; what is `own` is known to."""
    others = {each for each in ids if str(each) not in own}
    return {str(each) for each in ids - others} | family_of(session, others).stands().keys()
