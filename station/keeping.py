"""Keeping days (kept_days.py) and their counts (coverage.py) in idle time: what changed is settled, what is missing decided.

Several workers may do so at once. What one of them has decided counts only if nobody has settled anything meanwhile: else it
could be older than what was settled. It is done again then.
"""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from threading import Event
from time import monotonic
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from station.again import again_and_again
from station.changes import Sheet, changes
from station.coverage_counts import text_of
from station.coverage_dates import count_date
from station.database import Database, insert_once
from station.devices import the_station
from station.kept_days import (
    CHANGES_MAX,
    Day,
    brought_up_to_date,
    context_in,
    context_of,
    decided_day,
    document_of,
    kept_day,
    stale_in,
)
from station.kept_tables import TURN_ID, ChangeRow, KeptCountsRow, KeptDayRow, TurnRow
from station.loose_ends import loose_ends
from station.references import freshen
from station.rows import different
from station.table_base import table_of
from station.tables import ContactRow
from station.touched import recounted, touched
from sync.reference import Reference

_LOG = logging.getLogger("station755")
# What arrives is settled soon, so that pages look through little; and most rounds find nothing.
ROUND_SECONDS = 5.0
# Rounds passed over in a row while cars hand in: a minute in all, or pages would look through ever more.
_PASSED_MAX = 12
# How long a round decides dates of which nothing is kept (after an upgrade: all), until it settles again.
_FILL_SECONDS_MAX = 10.0
# After each piece it rests so many times as long as that took: pages, and cars that hand in, wait for the interpreter meanwhile.
_RESTS = 4.0

# A date's row to keep (its context, and its document or counts), or None: nothing.
_Rows = Mapping[date, tuple[str, str] | None]
_Kept = type[KeptDayRow] | type[KeptCountsRow]


def settle(database: Database, reference: Reference) -> bool:
    """Bring what is kept up to date with some changes, and take these away; whether there were any."""
    with database.reading() as session:
        freshen(session, reference)
        turn, changed = _turn(session), changes(session, CHANGES_MAX)
        if not changed:
            return False
        concerned = touched(session, changed)
        rows = {on: _brought_up_to_date(session, reference, on, concerned) for on in {sheet.on for sheet in concerned}}
        void = recounted(session, changed)
    with database.writing() as session:
        if _turn(session, is_ours=True) == turn:
            session.get_one(TurnRow, TURN_ID).turn = uuid4()
            _put(session, KeptDayRow, rows)
            _put(session, KeptCountsRow, dict.fromkeys(void))
            _forget(session, [change.id for change in changed])
    return True


def keep(database: Database, reference: Reference, on: date, table: _Kept = KeptDayRow) -> None:
    """Decide a date, or count it, and keep that if nothing was settled meanwhile."""
    with database.reading() as session:
        freshen(session, reference)
        turn, context = _turn(session), context_of(session, reference, on)
        found = _MADE[table](session, reference, on)
        if context_of(session, reference, on) != context:  # another thread has heard of new reference data
            return
    with database.writing() as session:
        if _turn(session, is_ours=True) == turn:
            _put(session, table, {on: (context, found)})


_MADE: Mapping[_Kept, Callable[[Session, Reference, date], str]] = {
    KeptDayRow: lambda session, reference, on: document_of(decided_day(session, reference, on)),
    KeptCountsRow: lambda session, reference, on: text_of(count_date(session, reference.on(on), on)),
}


def missing(database: Database, reference: Reference, table: _Kept = KeptDayRow) -> list[date]:
    """The dates with contacts of which nothing is kept there that counts, the latest first."""
    with database.reading() as session:
        freshen(session, reference)
        dates = [on for on in session.scalars(different(ContactRow.shift_on)) if on is not None]
        kept = {row.shift_on: row.context for row in session.execute(select(table.shift_on, table.context))}
        epoch = the_station(session).epoch
        return [on for on in sorted(dates, reverse=True) if kept.get(on) != context_in(epoch, reference, on)]


def keep_up(
    database: Database, reference: Reference, seconds_max: float, rest: Callable[[float], bool] = lambda _: False
) -> None:
    """Settle all that changed, then keep dates that are missing, for about so long.

    `rest` is told how long each piece took, and says whether to end. Counts are whole dates: while something changes they
    wait, else today's would be made anew in every round.
    """
    began_at = monotonic()
    end_at = began_at + seconds_max
    tables: list[_Kept] = [KeptCountsRow, KeptDayRow]
    while settle(database, reference):
        tables = [KeptDayRow]
        if rest(monotonic() - began_at) or monotonic() > end_at:
            return
        began_at = monotonic()
    work = [(on, place) for place, table in enumerate(tables) for on in missing(database, reference, table)]
    for on, place in sorted(work, reverse=True):
        began_at = monotonic()
        keep(database, reference, on, tables[place])
        if rest(monotonic() - began_at) or monotonic() > end_at:
            return


def waiting(database: Database) -> int:
    """How many changes wait to be settled."""
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(ChangeRow)) or 0


@dataclass
class Busy:
    """Whether the station is taking in just now, as at the end of a watch: then a round only makes every car wait longer."""

    _before: int = 0
    _passed: int = 0  # rounds in a row

    def is_so(self, waiting: int) -> bool:
        """Whether something else waits than a round ago: more, or what came since another worker settled. But not for ever."""
        is_busy = waiting not in {0, self._before} and self._passed < _PASSED_MAX
        self._before, self._passed = waiting, self._passed + 1 if is_busy else 0
        return is_busy


@contextmanager
def kept_up(database: Database, reference: Reference, round_seconds: float = ROUND_SECONDS) -> Iterator[None]:
    """Keep days, in rounds, until the block ends."""
    busy = Busy()

    def go_round(is_over: Event) -> None:
        try:
            if not busy.is_so(waiting(database)):
                keep_up(database, reference, _FILL_SECONDS_MAX, lambda took: is_over.wait(took * _RESTS))
        except Exception as problem:  # noqa: BLE001 - whatever it was: without rounds all pages would stay slow
            _LOG.warning("Worksheets could not be kept this time; pages decide them: %s", type(problem).__name__)

    with again_and_again("keeping", round_seconds, go_round):
        yield


def _brought_up_to_date(
    session: Session, reference: Reference, on: date, concerned: Collection[Sheet]
) -> tuple[str, str] | None:
    """A date as it is to be kept; None if it is decided later, whole."""
    context = context_of(session, reference, on)
    day = kept_day(session, reference, on)
    anew = None if day is None else stale_in(session, day, on, concerned)
    if day is None or anew is None:
        return None
    sheets = brought_up_to_date(session, reference, on, day.sheets, anew)
    ends = [end for end in day.ends if (end.watch, end.person) not in anew]
    fresh = [end for name in sorted(anew) for end in loose_ends(session, on, name)]
    if context_of(session, reference, on) != context:  # another thread has heard of new reference data
        return None
    return context, document_of(Day(sheets, [*ends, *fresh]))


def _turn(session: Session, *, is_ours: bool = False) -> UUID:
    """The turn; `is_ours` keeps everybody else from taking one until the transaction ends."""
    return session.get_one(TurnRow, TURN_ID, with_for_update=is_ours).turn


def _put(session: Session, table: _Kept, rows: _Rows) -> None:
    for on, row in rows.items():
        session.execute(delete(table).where(table.shift_on == on))
        if row is not None:
            insert_once(session, table, dict(zip(table_of(table).columns.keys(), (on, *row), strict=True)))


def _forget(session: Session, ids: Collection[UUID]) -> None:
    session.execute(delete(ChangeRow).where(ChangeRow.id.in_(ids)))
