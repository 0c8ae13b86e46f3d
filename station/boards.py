"""The board of the running watch: how many contacts stand where, by RD and by setting. Coverage, never a person's count.

All contacts are counted in the database; the few with a correction or a withdrawal are asked of like everywhere
else (families.py), so that the board and the worksheets count alike. A contact that partners both logged counts twice here:
whether it is one is for the worksheet's sergeant to see.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session, aliased

from station.families import family_of
from station.tables import ContactRow, ReceiptRow, WithdrawalRow
from sync.reference import Reference
from sync.watches import Watch, runs_at, shift_on


@dataclass(frozen=True, slots=True)
class Run:
    """A watch that runs now, and the date of its worksheets."""

    watch: Watch
    on: date


@dataclass(frozen=True, slots=True)
class Coverage:
    """The contacts that stand on a run: how many by RD and setting."""

    counts: Counter[tuple[str | None, str]]

    @property
    def total(self) -> int:
        """All of them."""
        return self.counts.total()

    def by_rd(self) -> Counter[str | None]:
        """By RD; None is where it is missing."""
        found: Counter[str | None] = Counter()
        for (rd, _), count in self.counts.items():
            found[rd] += count
        return found

    def by_setting(self) -> Counter[str]:
        """By setting."""
        found: Counter[str] = Counter()
        for (_, setting), count in self.counts.items():
            found[setting] += count
        return found


def running(reference: Reference, now: datetime) -> list[Run]:
    """The watches that run now, in the station's order: more than one where they overlap, none in a gap. Pure."""
    watches = reference.watches.values()
    return [
        Run(watch, shift_on(now, watch, reference.zone)) for watch in watches if runs_at(now, watch, reference.zone)
    ]


def coverage(session: Session, run: Run) -> Coverage:
    """The contacts that stand on a run."""
    of_run = (ContactRow.shift_on == run.on, ContactRow.watch == run.watch.name)
    asked = select(ContactRow.rd, ContactRow.setting, func.count()).where(*of_run)
    rows = session.execute(asked.group_by(ContactRow.rd, ContactRow.setting))
    counts = Counter({(rd, setting): count for rd, setting, count in rows})
    others: dict[UUID, tuple[str | None, str]] = {}
    # One by one: a database looks for both in one question among all contacts.
    for is_changed in (is_corrected(), is_withdrawn()):
        changed = select(ContactRow.id, ContactRow.rd, ContactRow.setting).where(*of_run, is_changed)
        others |= {key: (rd, setting) for key, rd, setting in session.execute(changed)}
    if others:
        stands = family_of(session, set(others)).stands()
        counts.subtract(place for key, place in others.items() if str(key) not in stands)
    return Coverage(+counts)


def newest_receipt(session: Session) -> int:
    """The number of the newest receipt: where it is the same, no record has come in. The cheapest question there is."""
    return session.scalar(select(func.max(ReceiptRow.id))) or 0


def is_withdrawn() -> ColumnElement[bool]:
    """Whether a withdrawal names a contact."""
    return exists().where(WithdrawalRow.withdraws == ContactRow.id, WithdrawalRow.person == ContactRow.person)


def is_corrected() -> ColumnElement[bool]:
    """Whether a correction names a contact, standing or not."""
    later = aliased(ContactRow)
    return exists().where(later.corrects == ContactRow.id, later.person == ContactRow.person)
