"""A device's clock may say anything: no id comes twice, nothing is lost, and the order is that of the taps."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import uuid6
from doubles import FixedClock

from field_app.clock import SystemClock
from field_app.entries import Entry
from field_app.logbook import Details, Logbook
from field_app.page import Page
from field_app.store.journal import JournalDB
from field_app.store.records import RecordStore
from sync.records import Role
from sync.reference import Reference

TRUE = datetime(2026, 11, 22, 22, 32, tzinfo=UTC)
STEPS = {
    "1970": [datetime(1970, 1, 1, tzinfo=UTC)] * 6,
    "2099": [datetime(2099, 12, 31, 23, 59, 59, tzinfo=UTC)] * 6,
    "stands still": [TRUE] * 6,
    "an hour back at each look": [TRUE - timedelta(hours=n) for n in range(6)],
    "to 1970 and again to 2099": [datetime(1970, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)] * 3,
    "the hour that comes twice": [datetime(2026, 11, 1, hour, 30, tzinfo=UTC) for hour in (8, 9, 8, 9, 8, 9)],
}


@dataclass
class SteppingClock(FixedClock):
    """Shows the next of some times at each look; its ids are those of a real device with this clock."""

    times: Iterator[datetime] = field(default_factory=lambda: iter(()))

    def now(self) -> datetime:
        """The next time, or the last one again."""
        self.at = next(self.times, self.at)
        return self.at

    def new_id(self) -> str:
        """An id of the system's own making."""
        return SystemClock.new_id(SystemClock())


@pytest.fixture(params=STEPS)
def clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> SteppingClock:
    """A clock that is wrong; the system's ids are made by it too."""
    steps = STEPS[request.param]
    stepping = SteppingClock(at=steps[0], times=iter(steps * 20))
    monkeypatch.setattr(time, "time_ns", lambda: int(stepping.at.timestamp()) * 1_000_000_000)
    return stepping


@pytest.fixture
def open_logbook(
    folder: Path, clock: SteppingClock, reference: Reference, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Logbook]]:
    """Opens the logbook as often as asked, each time as another process."""
    opened: list[JournalDB] = []

    def open_one() -> Logbook:
        opened.append(JournalDB(folder))
        monkeypatch.setattr(uuid6, "_last_v7_timestamp", None)  # a new process knows of no earlier id
        return Logbook(RecordStore(opened[-1]), clock, reference)

    yield open_one
    for db in opened:
        db.close()


def test_a_wrong_clock_costs_no_tap_and_doubles_none(
    open_logbook: Callable[[], Logbook], clock: SteppingClock, folder: Path
) -> None:
    open_logbook().sign_on("900001", Role.DEPUTY, "day", "42A")
    # The clock steps between taps, and the process is another one each time.
    logged = [open_logbook().log(Details(setting="coffee-shop", cards=n)).contact for n in range(12)]
    logbook = open_logbook()
    for cards in (20, 21, 22):
        logged.append(logbook.correct(logged[-1].id, {"cards": cards}).contact)
    logbook.withdraw(logged[-1].id, "mistake")  # four withdrawals in one batch: the clock steps in the middle of it
    entries = open_logbook().entries(with_past=True)
    assert [entry.contact for entry in entries] == logged[::-1]
    assert len({contact.id for contact in logged}) == len(logged) == 15
    records = RecordStore(JournalDB(folder)).records()
    assert [record["sequence"] for record in records.values()] == [*range(1, 15 + 4 + 1)]
    assert RecordStore(JournalDB(folder)).ready_ids() == [*records]
    assert [entry.contact.id for entry in open_logbook().entries()] == [contact.id for contact in logged[10::-1]]
    assert logbook.undo().contact == logged[10]  # the last tap that stands, whatever its time


def ids_by_the_clock(patch: pytest.MonkeyPatch) -> None:
    """An id is the moment, and nothing else."""
    patch.setattr(SystemClock, "new_id", lambda _: str(UUID(int=time.time_ns() // 1_000_000)))


def order_by_the_clock(patch: pytest.MonkeyPatch) -> None:
    """The latest entry is the one with the latest time."""
    sound = Page.entries

    def entries(page: Page, *, with_past: bool) -> list[Entry]:
        return sorted(sound(page, with_past=with_past), key=lambda entry: entry.contact.claimed_at, reverse=True)

    patch.setattr(Page, "entries", entries)


@pytest.mark.parametrize("clock", ["to 1970 and again to 2099"], indirect=True)
@pytest.mark.parametrize(
    ("trust", "complaint"), [(ids_by_the_clock, "already"), (order_by_the_clock, "Contact")], ids=["ids", "order"]
)
def test_an_app_that_trusts_its_clock_is_found_out(
    trust: Callable[[pytest.MonkeyPatch], None],
    complaint: str,
    open_logbook: Callable[[], Logbook],
    clock: SteppingClock,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trust(monkeypatch)
    with pytest.raises((AssertionError, ValueError), match=complaint):
        test_a_wrong_clock_costs_no_tap_and_doubles_none(open_logbook, clock, folder)
