"""Coverage: the contacts of a span of dates, counted like their worksheets do, and when an RD last had one.

Nothing here writes: keeping.py counts dates in idle time. A page is right without any that are kept, only slower.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from station.boards import is_corrected, is_withdrawn
from station.changes import changes
from station.coverage_counts import Counts, Coverage, counts_in, together
from station.coverage_dates import count_date
from station.devices import the_station
from station.families import family_of
from station.kept_days import CHANGES_MAX, context_in
from station.kept_tables import KeptCountsRow
from station.tables import ContactRow
from station.touched import recounted
from sync.reference import Reference

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """Dates of worksheets, both ends included."""

    first: date
    last: date

    def dates(self) -> Iterator[date]:
        """Each of them."""
        return (self.first + number * _DAY for number in range((self.last - self.first).days + 1))


def coverage_of(session: Session, reference: Reference, span: Span) -> Coverage:
    """The contacts that stand on the worksheets of a span; what is not kept is counted."""
    counts = kept_counts(session, reference, span)
    asked = select(ContactRow.shift_on).where(ContactRow.shift_on.in_([*{*span.dates()} - {*counts}])).distinct()
    return together(
        {**counts, **{on: count_date(session, reference.on(on), on) for on in session.scalars(asked).all()}}.items()
    )


def kept_counts(session: Session, reference: Reference, span: Span) -> dict[date, Counts]:
    """What is kept of a span's dates and concerned by nothing that has changed since."""
    changed = changes(session, CHANGES_MAX + 1)
    if len(changed) > CHANGES_MAX:
        return {}
    void, epoch = recounted(session, changed), the_station(session).epoch
    rows = session.scalars(select(KeptCountsRow).where(KeptCountsRow.shift_on.between(span.first, span.last)))
    return {
        row.shift_on: counts_in(row.counts)
        for row in rows
        if row.shift_on not in void and row.context == context_in(epoch, reference, row.shift_on)
    }


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
