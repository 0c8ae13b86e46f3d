"""The worksheets of a date for their list: what is kept of them where nothing has changed since, else decided anew.

Nothing here writes: keeping.py does, in idle time. A page is right without anything kept, only slower.
"""

import json
from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import msgspec
from sqlalchemy.orm import Session

import station
import sync
from station.changes import Sheet, changes
from station.day_sheets import DaySheet, day_sheets, in_order
from station.devices import the_station
from station.kept_tables import KeptDayRow
from station.loose_ends import LooseEnd, loose_ends, moved
from station.reviews import reviews_on
from station.touched import touched
from station.worksheets import worksheets_on
from sync.reference import Reference, assets_folder

# Unsettled changes that a reader looks through; a round settles as many at once. With more, it decides all anew.
CHANGES_MAX = 200
# Worksheets of a date that are decided one by one: each costs about a tenth of a usual day.
SHEETS_ANEW_MAX = 10
# A watch of a date, and a clock that is corrected by hours, end before: later versions of the reference data do not matter.
_LATER = timedelta(days=3)


class Day(NamedTuple):
    """What is kept of a date."""

    sheets: list[DaySheet]
    ends: list[LooseEnd]


def sheets_on(
    session: Session, reference: Reference, on: date, watch: str | None = None, person: str | None = None
) -> list[DaySheet]:
    """The worksheets of a date, of one watch or person or of all, by watch and number."""
    changed = changes(session, CHANGES_MAX + 1)
    day = kept_day(session, reference, on) if len(changed) <= CHANGES_MAX else None
    anew = None if day is None else stale_in(session, day, on, touched(session, changed))
    if day is None or anew is None:
        return decided(session, reference, on, watch, person)
    sheets = brought_up_to_date(session, reference, on, day.sheets, anew)
    return [each for each in sheets if watch in {None, each.watch} and person in {None, each.person}]


def decided(
    session: Session, reference: Reference, on: date, watch: str | None = None, person: str | None = None
) -> list[DaySheet]:
    """The same, all decided from the records."""
    found = worksheets_on(session, reference, on, watch, person)
    return day_sheets(found, reviews_on(session, on, watch, person), reference.on(on))


def decided_day(session: Session, reference: Reference, on: date) -> Day:
    """A date to keep."""
    return Day(decided(session, reference, on), loose_ends(session, on))


def kept_day(session: Session, reference: Reference, on: date) -> Day | None:
    """What is kept of a date by this program, these reference data and this life of the database; None if nothing is."""
    row = session.get(KeptDayRow, on)
    return None if row is None or row.context != context_of(session, reference, on) else _read(row.document)


def stale_in(session: Session, day: Day, on: date, touched_by_now: Iterable[Sheet]) -> set[tuple[str, str]] | None:
    """The worksheets of a date that have to be decided anew, by watch and person; None if that is the whole date."""
    concerned = {sheet for sheet in touched_by_now if sheet.on == on}
    names = {(sheet.watch, sheet.person) for sheet in concerned if sheet.watch is not None and sheet.person is not None}
    names |= moved(session, day.ends)
    return None if Sheet(on) in concerned or len(names) > SHEETS_ANEW_MAX else names


def brought_up_to_date(
    session: Session, reference: Reference, on: date, sheets: Iterable[DaySheet], anew: Collection[tuple[str, str]]
) -> list[DaySheet]:
    """The worksheets of a date, those that are stale decided anew."""
    fresh = [sheet for name in sorted(anew) for sheet in decided(session, reference, on, *name)]
    return (
        in_order([*(each for each in sheets if each.name not in anew), *fresh], reference.on(on)) if anew else [*sheets]
    )


def context_of(session: Session, reference: Reference, on: date) -> str:
    """What a kept date holds for: this program, this life of the database, and the reference data of its time.

    After a restore the epoch is another, and so all is decided anew.
    """
    return context_in(the_station(session).epoch, reference, on)


def context_in(epoch: str, reference: Reference, on: date) -> str:
    """The same in an epoch that is known: who looks at all dates asks for it once."""
    until = datetime.combine(on, time(), UTC) + _LATER
    said = [_program(), epoch, reference.begun(until)]
    return sha256(json.dumps(said).encode()).hexdigest()


@cache
def _program() -> str:
    """A hash of all rules: whatever is changed in the program or in what ships with it, nothing that it kept before counts."""
    files = [file for each in (station, sync) for file in Path(each.__file__ or "").parent.rglob("*.py")]
    found = sha256()
    for file in [*sorted(files), assets_folder() / "station.json"]:
        found.update(file.read_bytes())
    return found.hexdigest()


def document_of(day: Day) -> str:
    """A date as it is kept."""
    return msgspec.json.encode(day).decode()


# Into its own types at once: of a thousand worksheets, json and enums take half of what a page may.
_read = msgspec.json.Decoder(Day).decode
