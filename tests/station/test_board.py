"""The board of the running watch: it counts like the worksheets, names nobody, and keeps itself up to date."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import requests
from cars import Car
from consoles import Browser, Page, Served
from doubles import START, FixedClock, uuids
from programs import Program
from staff import browser_of

from station import sessions
from station.boards import Run, coverage, running
from station.console import board_pages, streams
from station.console.visits import COOKIE
from station.console.words import span_words
from station.database import Database, open_database
from station.people import ADMIN
from station.people_tables import AccountRow
from station.roles import StationRole
from station.worksheets import worksheet_lines
from sync.reference import Reference

ON = date(2026, 11, 22)


@pytest.fixture
def car(make_car: Callable[..., Car], clock: FixedClock) -> Car:
    """A device with a deputy on the watch that runs."""
    return make_car(clock=clock, watch="pm")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams that ask often."""
    monkeypatch.setattr(board_pages, "ASK_SECONDS", 0.1)
    monkeypatch.setattr(board_pages, "HEARTBEAT_SECONDS", 0.3)


@contextmanager
def stream_of(browser: Browser) -> Iterator[Iterator[str]]:
    """The lines of the board's stream."""
    with browser.http.get(f"{browser.address}/board/stream", stream=True, timeout=30) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield (str(line) for line in answer.iter_lines(chunk_size=1, decode_unicode=True))


def next_board(lines: Iterator[str]) -> str:
    """The next event, as its words are read."""
    found = []
    for line in lines:
        if line.startswith("data:"):
            found.append(line.removeprefix("data:"))
        elif found and not line:
            return Page("\n".join(found)).text
    raise EOFError


def test_it_counts_what_stands_like_the_worksheets(
    car: Car, make_car: Callable[..., Car], database: Database, reference: Reference
) -> None:
    """Withdrawn, corrected, corrected again, and a correction withdrawn: each once, where it stands."""
    other = make_car("tablet 1", person="900002", watch="pm", clock=FixedClock(ids=uuids(90_000)))
    first, second, third, fourth = car.log(*["coffee-shop"] * 4, rd="0454")
    car.log("other")
    other.log("block-watch", rd="0460")
    car.logbook.withdraw(first, "undo")
    again = car.logbook.correct(second, {"rd": "0451"}).contact.id
    car.logbook.correct(again, {"setting": "business-owner"})
    car.logbook.withdraw(car.logbook.correct(third, {"rd": "0452"}).contact.id, "undo")
    car.logbook.correct(fourth, {"rd": "0453"})
    car.send()
    other.send()
    (run,) = running(reference, START)
    with database.reading() as session:
        found = coverage(session, run)
        lines = worksheet_lines(session, reference, ON, "pm")
    assert sorted(found.counts.elements(), key=str) == sorted(
        ((line.contact.rd, line.contact.setting) for line in lines), key=str
    )
    assert found.counts["0451", "business-owner"] == 1
    assert found.counts[None, "other"] == 1


def test_the_running_watch_has_the_date_on_which_it_started(reference: Reference) -> None:
    def runs(hour: int, minute: int = 0) -> list[tuple[str, date]]:
        at = datetime(2026, 11, 22, hour, minute, tzinfo=reference.zone)
        return [(run.watch.name, run.on) for run in running(reference, at)]

    assert runs(5, 59) == [("em", ON - timedelta(days=1))]
    assert runs(6) == [("day", ON)]
    assert runs(14) == [("pm", ON)]
    assert runs(22) == [("em", ON)]
    longer = {name: replace(watch, minutes=540) for name, watch in reference.watches.items()}
    assert len(running(replace(reference, watches=longer, timeline=None), START)) == 2


def test_the_page_shows_coverage_and_nobodys_number(
    database: Database, served: Served, car: Car, reference: Reference
) -> None:
    car.log("coffee-shop", "coffee-shop", "block-watch", rd="0454")
    car.log("other")
    car.send()
    served.clock.passes(125 * 60)
    page = Page(browser_of(database, served, StationRole.CAPTAIN).get("/board").text).text
    assert "PM, Sun 22 Nov 2026: 4 contacts" in page
    assert "0454 Norwalk 3 Coffee shop or restaurant 2, Block watch" in page
    assert "Missing 1" in page
    assert "Norwalk: 0450, 0451, 0452, 0453, 0455" in page
    assert "Location unknown" not in page  # nobody goes there to look
    assert "car 42 42A 2 h 05 min" in page
    assert car.logbook.shift() is not None
    assert "900001" not in page
    assert isinstance(running(reference, START)[0], Run)


def test_what_another_worker_takes_in_is_on_the_stream_by_itself(sergeant: Browser, car: Car, quick: None) -> None:
    """The desk of this test is no part of the station that serves: only the database is shared."""
    with stream_of(sergeant) as lines:
        assert "PM, Sun 22 Nov 2026: 0 contacts" in next_board(lines)
        car.log("coffee-shop", rd="0454")
        car.send()
        assert "1 contact" in next_board(lines)
        assert any(line == ": here" for line in lines)


def test_a_stream_ends_with_its_session_and_does_not_keep_it(sergeant: Browser, served: Served, quick: None) -> None:
    with stream_of(sergeant) as lines:
        next_board(lines)
        for _ in range(3):
            served.clock.passes(11 * 60)
            time.sleep(0.3)
        assert all(not line or line.startswith((":", "data:")) for line in lines)  # to its end
    assert sergeant.get("/board/stream").headers["location"].startswith("/sign-in")


def test_only_so_many_streams_are_open_at_once(sergeant: Browser, quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams.Streams, "is_full", lambda each: len(each._open) >= 1)
    with stream_of(sergeant) as lines:
        next_board(lines)
        answer = sergeant.get("/board/stream")
        assert (answer.status_code, "Too many boards" in Page(answer.text).text) == (503, True)
    give_up_at = time.monotonic() + 20
    while sergeant.http.get(f"{sergeant.address}/board/stream", stream=True, timeout=30).status_code != 200:
        assert time.monotonic() < give_up_at  # the first one's place is free again
        time.sleep(0.2)
    sergeant.http.close()


def test_a_station_that_stops_waits_for_no_stream(station755: Program) -> None:
    with station755.running("serve", "--port", "0") as (process, address):
        secret = _signed_in(station755)
        heads = {"Cookie": f"{COOKIE}={secret}"}
        with requests.get(f"{address}/board/stream", stream=True, headers=heads, timeout=30) as answer:
            lines = answer.iter_lines(chunk_size=1, decode_unicode=True)
            next_board(iter(lines))
            reading = threading.Thread(target=lambda: [None for _ in lines])
            reading.start()
            begin = time.monotonic()
            process.send_signal(signal.SIGTERM)
            process.wait(30)
            took = time.monotonic() - begin
            reading.join(10)
    assert process.returncode == 0
    assert took < 4  # a request under way would be waited for five seconds


def _signed_in(station755: Program) -> str:
    now = datetime.now(UTC)
    with closing(open_database(station755.data)) as database, database.writing() as session:
        account = session.get_one(AccountRow, ADMIN)
        account.is_password_temporary, account.totp_secret = False, "A" * 32
        return sessions.start(session, ADMIN, now, passed_at=now)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "0 min"), (59, "0 min"), (3_540, "59 min"), (7_500, "2 h 05 min"), (200_000, "2 d 7 h")],
)
def test_how_long_in_words(seconds: float, words: str) -> None:
    assert span_words(seconds) == words
