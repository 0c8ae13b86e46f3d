"""A device hears all that is new at its station, however much it is, and never instead of handing in."""

import json
from dataclasses import replace

import pytest
from cars import Car
from doubles import FixedClock, Line

from field_app import sending
from field_app.sending import Sending
from station.database import Database
from station.news import tell
from sync.limits import NEWS_ITEMS_MAX
from sync.outcome import Answer, Outcome
from sync.packing import Packing
from sync.wire import Batch

TOLD = 2 * NEWS_ITEMS_MAX + 20


@pytest.fixture(autouse=True)
def _much_is_new(database: Database, clock: FixedClock) -> None:
    """The station has more to tell than three receipts hold."""
    with database.writing() as session:
        for number in range(TOLD):
            tell(session, None, "unheard-of", {"number": number}, clock.now())


def ask(car: Car) -> Outcome:
    """Ask for news, as a device does that has nothing to send."""
    return Sending(car.store, car.logbook, car.clock, car.line).ask().outcome


def test_a_new_device_that_asks_hears_everything_at_once(car: Car) -> None:
    assert ask(car) is Outcome.RECEIVED
    assert len(car.store.news()) == TOLD
    assert len(car.line.batches) == 3
    ask(car)
    assert len(car.line.batches) == 4


def test_a_send_brings_everything_too(car: Car) -> None:
    car.log("other")
    sent = car.send()
    assert (sent.ending.outcome, len(sent.received), sent.receipts) == (Outcome.NOTHING_TO_SEND, 1, (1,))
    assert len(car.store.news()) == TOLD


def test_a_contact_that_is_logged_meanwhile_goes_before_the_rest_of_the_news(car: Car) -> None:
    def logged(_: Batch) -> None:
        car.log("other")

    car.line.after = logged
    ask(car)
    assert (len(car.line.batches), len(car.store.news())) == (1, NEWS_ITEMS_MAX)


def test_a_device_asks_no_more_than_so_often_at_once(car: Car, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "ASKED_ON_MAX", 1)
    ask(car)
    assert len(car.store.news()) == 2 * NEWS_ITEMS_MAX


class Promising(Line):
    """A line to a station that says that there is more, and tells nothing."""

    def exchange(self, batch: Batch, challenge: str, packing: Packing) -> Answer:
        """Answer as the station does, but for the news."""
        answer = super().exchange(batch, challenge, packing)
        found = json.loads(answer.body) | {"news": {"items": [], "more": True}}
        return replace(answer, body=json.dumps(found).encode())


def test_a_station_that_says_more_and_tells_nothing_is_asked_twice(car: Car) -> None:
    car.line = Promising(car.line.desk, car.line.private_key)
    assert ask(car) is Outcome.RECEIVED
    assert len(car.line.batches) == 2
