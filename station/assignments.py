"""Where people work, as far as the station knows: by what they logged of late. Nobody keeps a list of it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from station.tables import ContactRow
from sync.reference import Reference

# Watches are bid for some times a year; a month covers whoever was on leave.
LOOKED_BACK_DAYS = 30


@dataclass(frozen=True, slots=True)
class Assignment:
    """The watch that somebody worked last, and the area where they logged most; None where nothing tells."""

    watch: str | None = None
    area: str | None = None


NOT_KNOWN = Assignment()


def assignments(session: Session, reference: Reference, today: date) -> dict[str, Assignment]:
    """The assignment of everybody who logged anything of late, by number."""
    question = (
        select(ContactRow.person, ContactRow.watch, ContactRow.rd, func.count(), func.max(ContactRow.contact_at))
        .where(ContactRow.shift_on >= today - timedelta(days=LOOKED_BACK_DAYS))
        .group_by(ContactRow.person, ContactRow.watch, ContactRow.rd)
    )
    watches: dict[str, tuple[object, str]] = {}
    areas: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for person, watch, rd, count, at in session.execute(question):
        watches[person] = max(watches.get(person, (at, watch)), (at, watch))
        area = None if rd is None else reference.area_of(rd)
        if area is not None:
            areas[person][area] += count
    return {person: Assignment(watch, _most(areas.get(person, {}))) for person, (_, watch) in watches.items()}


def _most(counts: dict[str, int]) -> str | None:
    return max(sorted(counts), key=lambda area: counts[area], default=None)
