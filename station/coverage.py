"""Coverage: the contacts of a span of dates, counted like their worksheets do. A date's counts are kept, and void once it changes.

What a date's counts depend on is their mark: the rules by which it was counted, and how often contacts of this date or of one
beside it have changed (a partner's worksheet may have the date before). Changes are noted with what changes
(coverage_changes.py) and never taken back, so within one moment that a transaction sees, an equal mark is an equal count.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import bindparam, delete, func, or_, select
from sqlalchemy.orm import Session

from station.boards import is_corrected, is_withdrawn
from station.coverage_changes import UNPLACED
from station.coverage_counts import Counts, Coverage, Seen, counted, counts_in, text_of, together
from station.coverage_tables import CoverageChangeRow, CoverageDayRow
from station.database import CANNOT_NOW, Database, insert_once
from station.families import family_of
from station.matches import matches_on
from station.placed import asked_for, placed_on
from station.tables import ContactRow
from sync.reference import Reference

_DAY = timedelta(days=1)
# Another number when what is counted, or how, has changed: what an earlier version kept is void then.
_FORM = 1


@dataclass(frozen=True, slots=True)
class Span:
    """Dates of worksheets, both ends included."""

    first: date
    last: date

    def dates(self) -> Iterator[date]:
        """Each of them."""
        return (self.first + number * _DAY for number in range((self.last - self.first).days + 1))


@dataclass(frozen=True, slots=True)
class Read:
    """The counts of a span as one transaction saw them: kept ones, those that it had to count, and what each depends on."""

    kept: Mapping[date, Counts]
    fresh: Mapping[date, Counts]
    marks: Mapping[date, str]

    def whole(self) -> Coverage:
        """All of them together."""
        return together({**self.kept, **self.fresh}.items())


def coverage_of(database: Database, reference: Reference, span: Span) -> Coverage:
    """The contacts that stand on the worksheets of a span, partners' once. What had to be counted is kept for the next time."""
    with database.reading() as session:
        found = read(session, reference, span)
    if found.fresh:
        with suppress(*CANNOT_NOW), database.writing() as session:  # if it cannot be kept now, it is counted again
            keep(session, found)
    return found.whole()


def read(session: Session, reference: Reference, span: Span) -> Read:
    """The counts of a span; what is not kept, or void, is counted."""
    marks = _marks(session, reference, span)
    kept = _kept(session, span, marks)
    fresh = {on: count_date(session, reference.on(on), on) for on in span.dates() if on not in kept}
    return Read(kept, fresh, marks)


def keep(session: Session, found: Read) -> None:
    """Keep what was counted, with what it depends on: if that has changed since, it is void from the beginning."""
    for on, counts in sorted(found.fresh.items()):  # in one order: of two that keep the same dates, one waits
        session.execute(delete(CoverageDayRow).where(CoverageDayRow.shift_on == on))
        insert_once(session, CoverageDayRow, {"shift_on": on, "mark": found.marks[on], "counts": text_of(counts)})


def count_date(session: Session, reference: Reference, on: date) -> Counts:
    """The contacts that stand on the worksheets of a date, counted; `reference` is of that date."""
    which = asked_for(on, None, None)
    here = placed_on(session, which, reference)
    # All others stand, and stand for nothing else.
    asked = or_(ContactRow.corrects.is_not(None), is_corrected(), is_withdrawn())
    family = family_of(session, set(session.scalars(select(ContactRow.id).where(which, asked))))
    stands = family.stands()
    placed = [each for each in here if each.contact.id not in family.known or each.contact.id in stands]
    lines = {each.contact.id: family.line_of(each.contact) for each in placed}
    uncounted = matches_on(session, reference, on, which, placed, lines).uncounted
    return counted(
        (
            Seen(
                rd=each.contact.rd,
                setting=each.contact.setting,
                watch=each.contact.watch,
                at=each.at,
                # Both by the device's own clock, as the worksheet flags it.
                delay=(each.contact, *lines[each.contact.id])[-1].entered_at - each.contact.claimed_at,
            )
            for each in placed
            if each.contact.id not in uncounted
        ),
        reference.late,
    )


def last_contact(session: Session, rd: str, before: date) -> date | None:
    """The last date before another on which a contact in an RD stands; None if there is none."""
    latest = session.execute(_LATEST, {"rd": rd, "before": before}).first()
    if latest is None or not latest.is_changed:
        return None if latest is None else latest.shift_on
    there = (ContactRow.rd == rd, ContactRow.shift_on < before)
    plain = select(ContactRow.shift_on).where(*there, ~is_corrected(), ~is_withdrawn())
    found = session.scalar(plain.order_by(ContactRow.shift_on.desc()).limit(1))
    later = select(ContactRow.id, ContactRow.shift_on).where(*there, ContactRow.shift_on > (found or date.min))
    others = {row.id: row.shift_on for row in session.execute(later)}
    stands = family_of(session, set(others)).stands() if others else {}
    return max((on for key, on in others.items() if str(key) in stands), default=found)


# Made once: a page asks it of every RD that was missed, and making it costs more than asking it.
_LATEST = (
    select(ContactRow.shift_on, or_(is_corrected(), is_withdrawn()).label("is_changed"))
    .where(ContactRow.rd == bindparam("rd"), ContactRow.shift_on < bindparam("before"))
    .order_by(ContactRow.shift_on.desc())
    .limit(1)
)


def _marks(session: Session, reference: Reference, span: Span) -> dict[date, str]:
    """What the counts of each date depend on, as it is now."""
    near = CoverageChangeRow.shift_on.between(span.first - _DAY, span.last + _DAY)
    around = or_(near, CoverageChangeRow.shift_on == UNPLACED)
    asked = select(CoverageChangeRow.shift_on, func.count().label("changes")).where(around)
    changes = {row.shift_on: row.changes for row in session.execute(asked.group_by(CoverageChangeRow.shift_on))}
    return {on: _mark(reference.on(on), changes, on) for on in span.dates()}


def _mark(reference: Reference, changes: Mapping[date, int], on: date) -> str:
    seconds = [int(each.total_seconds()) for each in (reference.late, reference.partner)]
    counts = [changes.get(each, 0) for each in (UNPLACED, on - _DAY, on, on + _DAY)]
    return " ".join(map(str, [_FORM, reference.zone.key, *seconds, *counts]))


def _kept(session: Session, span: Span, marks: Mapping[date, str]) -> dict[date, Counts]:
    rows = session.execute(
        select(CoverageDayRow.shift_on, CoverageDayRow.mark, CoverageDayRow.counts).where(
            CoverageDayRow.shift_on.between(span.first, span.last)
        )
    )
    return {row.shift_on: counts_in(row.counts) for row in rows if row.mark == marks[row.shift_on]}
