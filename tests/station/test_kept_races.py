"""What is kept of a day while others write, settle and keep: each order in which it can go wrong, played."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from time import monotonic, sleep

import pytest
from keeping import BOARD, DAYS, FIRST, TODAY, until
from offices import Office, an_office
from sqlalchemy import select
from sqlalchemy.orm import Session

from station.database import Database
from station.deleting import delete as delete_records
from station.desk import Desk
from station.devices import the_station
from station.keeping import Busy, keep, keep_up, kept_up, missing, settle, waiting
from station.kept_days import sheets_on
from station.kept_tables import KeptCountsRow, KeptDayRow
from sync.reference import Reference
from sync.times import write_time


@pytest.fixture
def office(database: Database, desk: Desk, reference: Reference) -> Office:
    """A station with two devices, heard a day after the last contact."""
    return an_office(database, desk, reference)


@dataclass
class _Slow(Database):
    """A database between whose reading and writing something happens, once."""

    inner: Database
    meanwhile: list[Callable[[], object]]

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with self.inner.reading() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        while self.meanwhile:
            self.meanwhile.pop()()
        with self.inner.writing() as session:
            yield session


def _a_day(office: Office) -> Callable[[], object]:
    """A call without a tag, and what logs another one when it is called."""
    (handset, other), on = office.handsets, FIRST
    office.take_in(handset, handset.contact(claimed_at=write_time(on), tag=None, source="call"))
    # By another device: else its numbers alone would tell.
    return lambda: office.take_in(other, other.contact(claimed_at=write_time(on), tag=None, source="call"))


def test_what_was_decided_before_somebody_else_settled_is_not_kept(office: Office) -> None:
    """It lacks what was settled, and nothing would say so any more."""
    log = _a_day(office)
    settle(office.database, office.reference)
    slow = _Slow(office.database, [lambda: settle(office.database, office.reference), log])
    keep(slow, office.reference, DAYS[0])
    assert DAYS[0] in missing(office.database, office.reference)
    office.see_that_it_is_so()


@pytest.mark.parametrize("table", [KeptDayRow, KeptCountsRow])
def test_what_was_made_of_a_date_before_its_records_were_deleted_is_not_believed(
    table: type[KeptDayRow] | type[KeptCountsRow], office: Office
) -> None:
    """Who keeps it too late brings it back, until that is settled; nobody shows it."""
    _a_day(office)
    settle(office.database, office.reference)

    def delete_the_day() -> None:
        list(delete_records(office.database, until(office.reference, DAYS[0], TODAY), BOARD))

    keep(_Slow(office.database, [delete_the_day]), office.reference, DAYS[0], table)
    office.see_that_it_is_so()
    assert settle(office.database, office.reference)
    with office.database.reading() as session:
        assert session.scalars(select(table)).all() == []


def test_what_is_kept_while_somebody_settles_goes_with_what_was_settled(office: Office) -> None:
    """Who keeps saw less than who settles, who in turn saw nothing kept and has nothing to bring up to date."""
    log = _a_day(office)
    settle(office.database, office.reference)

    def log_and_settle_but_wait() -> None:
        log()
        settler = _Slow(office.database, [kept.wait, in_between.set])
        threads.append(Thread(target=settle, args=(settler, office.reference)))
        threads[0].start()
        assert in_between.wait(30)

    in_between, kept, threads = Event(), Event(), list[Thread]()
    keep(_Slow(office.database, [log_and_settle_but_wait]), office.reference, DAYS[0])
    kept.set()
    threads[0].join()
    office.see_that_it_is_so()


def test_a_change_that_comes_while_somebody_settles_is_looked_at_by_the_next_reader(office: Office) -> None:
    log = _a_day(office)
    keep_up(office.database, office.reference, 60)
    log()
    assert settle(_Slow(office.database, [log]), office.reference)
    office.see_that_it_is_so()
    with office.database.reading() as session:
        assert [sheet.totals.contacts for sheet in sheets_on(session, office.reference, DAYS[0])] == [3]


def test_a_page_reads_what_is_kept_and_no_contact(office: Office) -> None:
    """Else all of this proves nothing: what is kept is really what the page shows."""
    _a_day(office)
    keep_up(office.database, office.reference, 60)
    with office.database.writing() as session:
        row = session.scalars(select(KeptDayRow)).one()
        row.document = row.document.replace('"tag-missing",1', '"tag-missing",7')
    with office.database.reading() as session:
        (sheet,) = sheets_on(session, office.reference, DAYS[0])
        assert sheet.flags[0] == ("tag-missing", 7)


def test_after_a_restore_nothing_counts_that_was_kept_before(office: Office) -> None:
    """A restore begins another epoch; a round that began before it cannot leave anything behind that is believed."""
    _a_day(office)
    keep_up(office.database, office.reference, 60)
    assert missing(office.database, office.reference) == []
    with office.database.writing() as session:
        the_station(session).epoch = "another"
    assert missing(office.database, office.reference) == [DAYS[0]]


def test_a_round_rests_after_each_piece_and_ends_when_it_is_told_to(office: Office) -> None:
    """Cars that hand in and pages wait for it meanwhile, however much there is to settle."""
    took: list[float] = []

    def rest(seconds: float) -> bool:
        took.append(seconds)
        return True

    _a_day(office)
    keep_up(office.database, office.reference, 60, rest)
    assert (len(took), missing(office.database, office.reference)) == (1, [DAYS[0]])  # settled, and nothing kept yet
    keep_up(office.database, office.reference, 60, rest)
    assert (len(took), missing(office.database, office.reference)) == (2, [])
    assert all(seconds > 0 for seconds in took)


def test_rounds_are_passed_over_while_cars_hand_in_but_not_for_ever() -> None:
    """What waits grows while they do, also after another worker has settled; a station that takes in all night settles too."""
    busy = Busy()
    assert [busy.is_so(waiting) for waiting in (0, 3, 9, 9, 0, 4, 2, 2)] == [
        *(False, True, True, False),  # quiet: it settles
        *(False, True, True, False),  # there are fewer, since another has settled, but new ones
    ]
    busy = Busy()
    passed = [busy.is_so(waiting) for waiting in range(1, 30)]
    assert passed.index(False) == 12
    assert passed[13:25] == [True] * 12


def test_what_waits_is_settled_once_nothing_more_comes(office: Office) -> None:
    _a_day(office)
    with kept_up(office.database, office.reference, round_seconds=0.01):
        give_up_at = monotonic() + 30
        while waiting(office.database) and monotonic() < give_up_at:
            sleep(0.05)
    assert waiting(office.database) == 0


def test_a_fault_in_one_round_is_told_and_the_next_one_keeps(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise LookupError("nobody thought of this")

    _a_day(office)
    with kept_up(_Slow(office.database, [fail]), office.reference, round_seconds=0.01):
        give_up_at = monotonic() + 30
        while missing(office.database, office.reference) and monotonic() < give_up_at:
            sleep(0.05)
    assert missing(office.database, office.reference) == []
    assert "pages decide them: LookupError" in caplog.text
