"""The courier where sending fails: at a station that breaks down over everything, and in the app itself."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar

import pytest
from doubles import FixedClock
from handset import as_body

from field_app import courier as courier_module
from field_app.commands import sign_off
from field_app.courier import ASK_AGAIN_SECONDS, LOOK_SECONDS, Courier
from field_app.device import EnrolledAt
from field_app.hand import Hand
from field_app.logbook import Details
from sync.outcome import Outcome
from sync.problem import Problem, Trouble, problem_to_json


class Failing(BaseHTTPRequestHandler):
    """A station that is there, and breaks down over whatever is sent."""

    sizes: ClassVar[list[int]] = []

    def do_GET(self) -> None:
        """Answer that it is there."""
        self.answer(200, {"status": "ok", "version": "0"})

    def do_POST(self) -> None:
        """Break down."""
        self.sizes.append(len(self.rfile.read(int(self.headers["Content-Length"]))))
        self.answer(500, problem_to_json(Problem(Trouble.FAULT, 500, "Not now.")))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
        """Say nothing."""

    def answer(self, status: int, found: object) -> None:
        """Send it."""
        body = as_body(found)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def waiting(signed_on: Hand) -> Iterator[Hand]:
    """A device with nothing to send, enrolled at a station that breaks down over everything."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Failing)
    thread = Thread(target=server.serve_forever)
    thread.start()
    Failing.sizes.clear()
    address = "http://{}:{}".format(*server.server_address[:2])
    signed_on.device.enrol_at(EnrolledAt(address, "Norwalk", "car 42", None), "none")
    yield signed_on
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def failing(waiting: Hand) -> Hand:
    """The same with 60 contacts."""
    for _ in range(60):
        waiting.logbook.log(Details("other"))
    return waiting


def test_a_station_that_breaks_down_over_everything_gets_two_requests_a_round(failing: Hand) -> None:
    asked: list[int] = []

    async def rounds() -> None:
        courier = Courier(failing)
        for _ in range(6):
            await courier.round()
            assert courier.news.outcome is Outcome.FAULT
            assert courier.news.next_try_at is not None
            asked.append(len(Failing.sizes))

    asyncio.run(rounds())
    assert asked == [1, 3, 5, 7, 9, 11]
    assert len(failing.store.ready_ids()) == 60
    assert not failing.store.verdicts()


def test_a_question_for_news_that_got_no_answer_is_asked_again_after_a_minute(waiting: Hand, clock: FixedClock) -> None:
    hand, asked = replace(waiting, clock=clock), []

    async def rounds() -> None:
        courier = Courier(hand)
        for seconds in (0, ASK_AGAIN_SECONDS - 1, 1, ASK_AGAIN_SECONDS):
            clock.passes(seconds)
            await courier.round()
            assert courier.news.is_reachable
            asked.append(len(Failing.sizes))

    asyncio.run(rounds())
    assert asked == [1, 1, 2, 3]


def test_a_sign_off_that_sends_tries_a_batch_twice_since_nobody_sends_after_the_lock(failing: Hand) -> None:
    sent = sign_off._send(failing)
    assert sent is not None
    assert sent.ending.outcome is Outcome.FAULT
    assert len(Failing.sizes) == 3  # the batch, the batch again, and the question


def test_an_enrolment_while_a_refusal_is_on_its_way_ends_the_wait_at_once(
    failing: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier_module, "LOOK_SECONDS", 0.01)
    station = failing.device.station()
    assert station is not None

    def refused(handler: Failing) -> None:
        failing.device.enrol_at(station, "fresh")  # by another program
        Failing.answer(handler, 403, problem_to_json(Problem(Trouble.DEVICE_REVOKED, 403, "Revoked.")))

    monkeypatch.setattr(Failing, "do_POST", refused)

    async def rounds() -> None:
        courier = Courier(failing)
        await courier.round()
        assert courier.news.outcome is Outcome.REFUSED
        assert courier.seconds_until_due() > 60
        await asyncio.wait_for(courier._until_due(), 60)
        await courier.round()  # refused again, and nothing has changed
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(courier._until_due(), 0.5)

    asyncio.run(rounds())


def test_a_send_that_fails_in_the_app_itself_says_so_and_is_over(signed_on: Hand) -> None:
    damaged = EnrolledAt("https://127.0.0.1:1", "Norwalk", "car 42", "this is no certificate")
    signed_on.device.enrol_at(damaged, "none")
    signed_on.logbook.log(Details("other"))

    async def sends() -> None:
        courier = Courier(signed_on)
        await courier.send_now()  # by the deputy's own tap, as by itself
        assert courier.news.sentence == "Sending failed in the app itself. What you logged is safe."
        assert not courier.news.is_sending
        assert 0 < courier.seconds_until_due() <= LOOK_SECONDS

    asyncio.run(sends())
    assert len(signed_on.store.ready_ids()) == 1


def test_a_store_that_cannot_be_read_is_told_in_its_own_words_and_tried_again(signed_on: Hand) -> None:
    signed_on.device.enrol_at(EnrolledAt("https://127.0.0.1:1", "Norwalk", "car 42", None), "none")
    signed_on.store._db.close()

    async def sends() -> None:
        courier = Courier(signed_on)
        await courier.send_now()
        assert courier.news.sentence == "The store is closed."
        assert 0 < courier.seconds_until_due() <= LOOK_SECONDS

    asyncio.run(sends())
