"""A station whose clock was wrong at one exchange takes nothing away that is new here, and a device's only delays."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from cars import Car
from examples import RECEIPT

from field_app.store.settling import NEWS
from sync.news import News, NewsItem, NewsKind
from sync.reviews import Decision, ReviewNews, ReviewNote, review_to_json
from sync.verdicts import Verdict
from sync.wire import Judged, Receipt

KEEP, DAY = timedelta(days=30), 24 * 3_600
AHEAD, BEHIND = 73 * 365, -26 * 365  # 2099 and 2000, in days


def dated(number: int, day: float, *ids: str) -> Receipt:
    """A receipt by which the station, at so many days after the first by its clock, takes these records."""
    at = RECEIPT.received_at + timedelta(days=day)
    judged = tuple(Judged(name, Verdict.ACCEPTED) for name in ids)
    return replace(RECEIPT, receipt=number, received_at=at, epoch="one", verdicts=judged)


def send(car: Car, number: int, day: float) -> None:
    """Have everything that is ready taken, by a station whose clock says so, and let go what may leave."""
    car.store.settle(dated(number, day, *car.store.ready_ids()))
    car.store.tidy(KEEP)


@pytest.mark.parametrize("wrong", [AHEAD, BEHIND])
def test_one_exchange_with_the_stations_clock_wrong_takes_nothing_away(car: Car, wrong: int) -> None:
    logged = car.log("other", "coffee-shop")
    send(car, 1, 0)
    logged += car.log("other")
    send(car, 2, wrong)
    for number in range(3, 6):
        car.clock.passes(3_600)
        logged += car.log("other")
        send(car, number, number / 24)
        assert {entry.contact.id for entry in car.logbook.entries()} == {*logged}


@pytest.mark.parametrize("wrong", [AHEAD, BEHIND])
def test_what_the_station_took_with_its_clock_right_leaves_when_its_time_is_over(car: Car, wrong: int) -> None:
    right = car.log("other")
    send(car, 1, 0)
    wronged = car.log("other")
    send(car, 2, wrong)
    car.clock.passes(31 * DAY)
    last = car.log("other")
    send(car, 3, 31)
    assert set(car.store.records()) == ({*last, *wronged} if wrong == AHEAD else {*last})
    assert not {*right} & set(car.store.records())


@pytest.mark.parametrize("wrong", [AHEAD, BEHIND])
def test_a_return_is_shown_though_the_stations_clock_was_wrong_once(car: Car, wrong: int) -> None:
    (contact,) = car.log("other")
    send(car, 1, wrong if wrong == AHEAD else 0)
    at = RECEIPT.received_at + timedelta(days=wrong if wrong == BEHIND else 0)
    note = ReviewNote(contact, "RD missing")
    review = ReviewNews(1, date(2026, 11, 22), "day", "900001", Decision.RETURNED, "900003", at, (note,))
    item = NewsItem(20, NewsKind.REVIEW, review_to_json(review))
    car.store.settle(replace(dated(2, 1), news=News((item,))))
    car.log("other")
    send(car, 3, 1)
    assert len(car.store._all(NEWS)) == 1
    assert {entry.contact.id for entry in car.logbook.entries() if entry.is_returned} == {contact}


@pytest.mark.parametrize("wrong", [1970, 2099])
def test_a_record_that_the_device_dated_wrong_leaves_with_those_after_it(car: Car, wrong: int) -> None:
    """And never before them: by the device's clock alone nothing leaves."""
    right, car.clock.at = car.clock.at, datetime(wrong, 1, 1, tzinfo=UTC)
    logged = car.log("other")
    send(car, 1, 0)
    car.clock.at = right
    logged += car.log("other")
    send(car, 2, 29)
    assert set(car.store.records()) == {*logged}
    car.clock.passes(31 * DAY)
    last = car.log("other")
    send(car, 3, 60)
    assert set(car.store.records()) == {*last}
