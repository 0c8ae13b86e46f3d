"""Another program enrols the device at another station while this one waits for the first station's answer."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cars import Car, enrol_at
from doubles import FixedClock, Line

from field_app.sending import Sending
from station.database import Database, open_database
from station.desk import Desk
from sync.outcome import Outcome
from sync.reference import Reference


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Database]:
    """Another station's database."""
    database = open_database(tmp_path / "another station")
    yield database
    database.close()


@pytest.fixture
def new_desk(car: Car, elsewhere: Database, reference: Reference, clock: FixedClock) -> Desk:
    """The other station's; the device comes to it while the first station's next answers are on the way."""
    desk = Desk(elsewhere, reference, clock.now)
    car.line.after = lambda _: enrol_at(desk, elsewhere, car.device, "car 42", clock)
    return desk


def test_an_answer_that_comes_after_the_device_has_moved_says_nothing_of_the_new_station(
    car: Car, new_desk: Desk
) -> None:
    car.log("other", "other")
    sent = car.send()
    assert len(sent.received) == 2  # the first station holds them, and said so
    standing = car.store.standing()
    assert (standing.epoch, standing.receipt, standing.news, standing.enrolments) == (None, 0, 0, 1)
    car.line = Line(new_desk, car.device.private_key())
    car.log("coffee-shop")
    after = car.send()
    assert after.ending.outcome in (Outcome.RECEIVED, Outcome.NOTHING_TO_SEND)
    assert not after.still_ready


@pytest.mark.usefixtures("new_desk")
def test_the_news_and_pins_of_the_station_before_are_not_kept_for_the_new_one(car: Car) -> None:
    Sending(car.store, car.logbook, car.clock, car.line).ask()
    station, challenge = car.device.station(), car.device.challenge()
    assert station is not None
    former = replace(station, recovery_key="09" + "00" * 31)
    car.device.keep_from(former, "of the station before", ("its pin",))
    assert (car.device.station(), car.device.challenge()) == (station, challenge)
    car.device.keep_from(replace(station, address="http://elsewhere"), "of the same station", ())
    assert car.device.challenge() == "of the same station"
    assert car.store.standing().epoch is None
