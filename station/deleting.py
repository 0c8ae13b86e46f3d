"""Deleting records: what may go, what stays and why, and doing it, a few worksheets in a transaction.

Each transaction has its own entry in the audit, and a rerun goes on where one was broken off: what is gone is not found again.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from station.bundle_table import BundleRow
from station.database import Database, one_at_a_time
from station.emptying import empty, empty_bundles, empty_quarantine
from station.happenings import Happening, note
from station.holds import RETENTION, Hold, covers, holds_in_force, one_line
from station.loose import NotDeleted, loose_after, whole_of_record
from station.quarantine import decided_until
from station.retention import WHY_WORDS, Why, end_of, kept_since, last_day
from station.reviews import packed
from station.wholes import SheetKey, Whole, sheets_after, wholes_of
from sync.limits import REASON_CHARACTERS_MAX

# In one transaction: some hundred records, a tenth of a second, so that devices that hand in do not wait for long.
SHEETS_AT_ONCE = 20
# Card counts, things put aside and files are a row each.
ROWS_AT_ONCE = 200


class Stays(StrEnum):
    """Why something is not deleted, the first that fits."""

    HELD = "held"
    UNDECIDED = "undecided"
    YOUNG = "young"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be deleted: everything up to a day, or what one record is part of; and by the clock of when."""

    now: datetime
    zone: ZoneInfo
    until: date | None = None
    record: UUID | None = None

    @property
    def kept_since(self) -> datetime:
        """What is younger stays."""
        return kept_since(self.now, self.zone)

    @property
    def before(self) -> datetime:
        """What no worksheet has goes from before this moment."""
        return self.kept_since if self.until is None else min(self.kept_since, end_of(self.until, self.zone))


@dataclass(frozen=True, slots=True)
class Asked:
    """Who wants it, and why: a choice, and what they typed."""

    who: str
    why: Why
    reason: str


@dataclass(slots=True)
class Tally:
    """Counts of what goes, and of the records that stay, by why and by hold. `first` and `last` are days of worksheets."""

    sheets: int = 0
    contacts: int = 0
    records: int = 0
    aside: int = 0
    bundles: int = 0
    first: date | None = None
    last: date | None = None
    stays: Counter[Stays] = field(default_factory=Counter)
    held: Counter[int] = field(default_factory=Counter)
    ids: list[UUID] = field(default_factory=list)

    @property
    def mark(self) -> str:
        """A SHA-256 over the ids of the records that go, in their order, 16 bytes each."""
        return sha256(packed(map(str, self.ids))).hexdigest()

    @property
    def is_nothing(self) -> bool:
        """Whether nothing goes."""
        return not (self.records or self.aside or self.bundles)

    def add(self, whole: Whole) -> None:
        """Count what goes."""
        self.sheets += len(whole.sheets)
        self.contacts += len(whole.contacts)
        self.records += len(whole.records)
        self.aside += len(whole.aside)
        self.ids += whole.records
        days = [key.on for key in whole.sheets]
        self.first = min([*days, *filter(None, [self.first])], default=None)
        self.last = max([*days, *filter(None, [self.last])], default=None)


def see_that_it_may(order: Order) -> None:
    """See that all of the days are old enough. Raises NotDeleted."""
    latest = last_day(order.now, order.zone)
    if order.until is not None and order.until > latest:
        raise NotDeleted(
            f"Records are kept for two years (Government Code 26202). The last day that may be deleted is {latest}."
        )


def bounded(session: Session, order: Order, sheets_max: int) -> Order:
    """The same up to an earlier day where there are more worksheets than that; one day is never cut."""
    if order.until is None:
        return order
    keys = sheets_after(session, order.until, None, sheets_max + 1)
    return order if len(keys) <= sheets_max else replace(order, until=max(keys[0].on, keys[-1].on - timedelta(days=1)))


def preview(session: Session, order: Order) -> Tally:
    """What would go and what would stay. Raises NotDeleted."""
    see_that_it_may(order)
    tally = Tally()
    at: _Place | None = _Place()
    while at is not None:
        at = _step(session, order, at, tally, is_done=False)
    return tally


def delete(database: Database, order: Order, asked: Asked) -> Iterator[Tally]:
    """Delete, a transaction at a time; what went with each, after it was committed. Raises NotDeleted."""
    see_that_it_may(order)
    if not one_line(asked.reason, REASON_CHARACTERS_MAX):
        raise NotDeleted(f"Say why in 1 to {REASON_CHARACTERS_MAX} characters on one line. Nothing was deleted.")
    at: _Place | None = _Place()
    while at is not None:
        tally = Tally()
        with database.writing() as session:
            one_at_a_time(session, RETENTION)
            at = _step(session, order, at, tally, is_done=True)
            if not tally.is_nothing:
                note(session, Happening.RECORDS_DELETED, asked.who, details=_details(order, tally, asked))
        if not tally.is_nothing:
            yield tally


@dataclass(frozen=True, slots=True)
class _Place:
    """How far it went: behind a worksheet, then behind a record that no worksheet has, then at what lies aside."""

    sheet: SheetKey | None = None
    has_sheets: bool = True
    loose: tuple[int, UUID] | None = None
    has_loose: bool = True


def _step(session: Session, order: Order, at: _Place, tally: Tally, *, is_done: bool) -> _Place | None:
    """Do the next portion, or only count it; where to go on, None at the end. Raises NotDeleted."""
    holds = holds_in_force(session)
    if order.record is not None:
        _go(session, order, [whole_of_record(session, order.record, order.zone)], holds, tally, is_done=is_done)
        return None
    if at.has_sheets and order.until is not None:
        keys = sheets_after(session, order.until, at.sheet, SHEETS_AT_ONCE)
        # One that hangs together with an earlier worksheet was decided on there.
        wholes = [whole for whole in wholes_of(session, keys) if min(whole.sheets) in set(keys)]
        _go(session, order, wholes, holds, tally, is_done=is_done)
        return _Place(sheet=keys[-1]) if keys else _Place(has_sheets=False)
    if at.has_loose:
        loose, through = loose_after(session, order.before, at.loose, ROWS_AT_ONCE, order.zone)
        _go(session, order, loose, holds, tally, is_done=is_done)
        return _Place(has_sheets=False, loose=through, has_loose=through is not None)
    return at if _go_aside(session, order, holds, tally, is_done=is_done) and is_done else None


def _go(
    session: Session, order: Order, wholes: Sequence[Whole], holds: Sequence[Hold], tally: Tally, *, is_done: bool
) -> None:
    going = []
    for whole in wholes:
        by = [hold.id for hold in holds if whole.aside or covers(hold, whole.marks)]
        stays = why_stays(whole, order, is_held=bool(by))
        if stays is None:
            going.append(whole)
            tally.add(whole)
        else:
            tally.stays[stays] += len(whole.records)
            tally.held.update(dict.fromkeys(by, len(whole.records)))
    if is_done and going:
        empty(session, going)


def why_stays(whole: Whole, order: Order, *, is_held: bool) -> Stays | None:
    """Why these are not deleted, or None. Pure."""
    found = {
        Stays.HELD: is_held,
        Stays.UNDECIDED: any(each.is_waiting for each in whole.aside),
        Stays.YOUNG: whole.newest > order.kept_since,
        Stays.LATER: order.until is not None and any(key.on > order.until for key in whole.sheets),
    }
    return next((stays for stays in Stays if found[stays]), None)


def _go_aside(session: Session, order: Order, holds: Sequence[Hold], tally: Tally, *, is_done: bool) -> bool:
    """What was put aside and decided on, and the receipts of carried files; nobody can ask them whom they are about."""
    if holds:
        return False
    count = ROWS_AT_ONCE if is_done else None
    aside = decided_until(session, order.before, count)
    bundles = list(session.scalars(_BUNDLES.where(BundleRow.at < order.before).limit(count)))
    tally.aside += len(aside)
    tally.bundles += len(bundles)
    if is_done:
        empty_quarantine(session, aside)
        empty_bundles(session, bundles)
    return bool(aside or bundles)


_BUNDLES = (
    select(BundleRow.id).where(or_(BundleRow.receipt.is_not(None), BundleRow.damage != "")).order_by(BundleRow.id)
)


def _details(order: Order, tally: Tally, asked: Asked) -> str:
    what = f"up to {order.until}" if order.record is None else f"what record {order.record} is part of"
    span = f", worksheets of {tally.first} to {tally.last}" if tally.first else ""
    counts = f"{tally.records} records ({tally.contacts} contacts, {tally.sheets} worksheets)"
    others = f", {tally.aside} put aside, {tally.bundles} receipts of files" if tally.aside or tally.bundles else ""
    return f"{what}: {counts}{others}{span}; SHA-256 of the ids {tally.mark}; {WHY_WORDS[asked.why]}: {asked.reason.strip()}"
