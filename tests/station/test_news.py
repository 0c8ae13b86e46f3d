"""What devices are told, by several people at once: each piece of news in the end, and nobody waits for one who waits for him."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from uuid import UUID

import pytest
from cars import Car
from doubles import START, FixedClock, uuids
from handset import ON, Handset, enrolled_handset
from sqlalchemy.orm import Session

from station.database import Database
from station.desk import Desk
from station.news import news_after, tell
from station.releasing import dismiss, release
from station.reviewing import NotReviewed, Reviewer, SheetName, approve, give_back
from station.reviews import mark_of, reviews_on
from station.worksheets import worksheet_lines
from sync.news import NewsKind
from sync.reference import Reference
from sync.reviews import ReviewNote
from sync.verdicts import Verdict

# Long enough to reach the lock that it has to wait for.
WAIT_SECONDS = 0.3


@dataclass
class Told:
    """A device that asks for its news, and says each time what it has got."""

    database: Database
    device: UUID
    numbers: list[int] = field(default_factory=list)

    def ask(self) -> None:
        """What is new since the last number."""
        with self.database.reading() as session:
            found = news_after(session, self.device, max(self.numbers, default=0))
        self.numbers += [item.number for item in found.items]


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    """Where others work."""
    with ThreadPoolExecutor(1) as threads:
        yield threads


@pytest.fixture
def handset(database: Database, reference: Reference, clock: FixedClock) -> Handset:
    """An enrolled device with three contacts that a station without coffee shops has put aside."""
    narrow = replace(reference, settings={k: v for k, v in reference.settings.items() if k != "coffee-shop"})
    made = enrolled_handset(database, Desk(database, narrow, clock.now), clock)
    assert made.verdicts(*(made.contact() for _ in range(3))) == [Verdict.QUARANTINED] * 3
    return made


def begun(threads: ThreadPoolExecutor, database: Database, work: Callable[[Session], object]) -> Future[None]:
    """Somebody else's transaction, under way, and over by itself or once what it waits for is."""

    def run() -> None:
        with database.writing() as session:
            work(session)

    other = threads.submit(run)
    wait([other], WAIT_SECONDS)
    return other


def test_a_device_is_told_all_that_several_decide_at_once_whoever_is_committed_first(
    handset: Handset, database: Database, clock: FixedClock, threads: ThreadPoolExecutor
) -> None:
    """It asks for what has a higher number than the last one: no lower one may appear after that."""
    told = Told(database, UUID(handset.device))
    with database.writing() as session:
        dismiss(session, 1, "Logged twice.", "900003", clock.now())
        other = begun(threads, database, lambda other: dismiss(other, 2, "Logged twice.", "900004", clock.now()))
        told.ask()
    other.result()
    told.ask()
    assert told.numbers == [1, 2]


def test_who_releases_and_who_tells_the_same_device_something_both_succeed(
    handset: Handset, database: Database, reference: Reference, clock: FixedClock, threads: ThreadPoolExecutor
) -> None:
    """Who releases has the device and waits for the news; who has the news names the device."""
    with database.writing() as session:
        tell(session, None, NewsKind.BRIEFING_WITHDRAWN, {}, clock.now())
        other = begun(threads, database, lambda other: release(other, 1, "900004", clock.now(), reference))
        dismiss(session, 2, "Logged twice.", "900003", clock.now())
    other.result()
    told = Told(database, UUID(handset.device))
    told.ask()
    assert len(told.numbers) == 3


def test_who_approves_several_worksheets_and_who_returns_one_of_them_never_wait_for_each_other(
    make_car: Callable[..., Car], database: Database, reference: Reference, threads: ThreadPoolExecutor
) -> None:
    """Approving what was returned tells its device; who returns another one tells its own, unless it was approved meanwhile."""
    cars = [make_car(), make_car("car 43", clock=FixedClock(ids=uuids(10_000)), person="900002")]
    first, second = (SheetName(ON, "day", person) for person in ("900001", "900002"))
    for car in cars:
        car.log("coffee-shop", rd="0454")
        car.send()

    def by(who: str, sheet: SheetName) -> Reviewer:
        with database.reading() as session:
            lines = worksheet_lines(session, reference, sheet.on, sheet.watch, sheet.person)
            reviews = reviews_on(session, sheet.on, sheet.watch, sheet.person)
        return Reviewer(who, START, mark_of((line.contact.id for line in lines), reviews))

    notes = [ReviewNote(None, "", "Sign it again.")]
    with database.writing() as session:
        assert give_back(session, reference, first, by("900003", first), notes)
    with database.writing() as session:
        assert approve(session, reference, first, by("900003", first))
        seen = by("900004", second)
        other = begun(threads, database, lambda other: give_back(other, reference, second, seen, notes))
        assert approve(session, reference, second, by("900003", second))
    with pytest.raises(NotReviewed, match="has changed since"):
        other.result()
    with database.writing() as session:
        assert give_back(session, reference, second, by("900004", second), notes)
