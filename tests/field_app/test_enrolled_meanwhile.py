"""Another program enrols the device at another station while this one waits for the first station's answer."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cars import Car, enrol_at
from doubles import DeadZone, FixedClock, Line, no_harm
from journals import frames_in
from programs import RUN_SECONDS_MAX, Program, serving

from field_app.device import Device, EnrolledAt
from field_app.sending import Sending
from field_app.store.journal import JournalDB
from field_app.store.records import RecordStore
from station.database import Database, open_database
from station.desk import Desk
from sync.limits import BATCH_RECORDS_START
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
    car.device.keep_from(0, "of the station before", ("its pin",))
    car.device.keep_authority(replace(station, recovery_key="09" + "00" * 31), "its certificate")
    assert (car.device.station(), car.device.challenge()) == (station, challenge)
    car.device.keep_from(1, "of the same station", ())
    car.device.keep_authority(replace(station, address="http://elsewhere"), "a certificate of the same station")
    assert car.device.station() == replace(station, authority="a certificate of the same station")
    assert car.device.challenge() == "of the same station"
    assert car.store.standing().epoch is None


def with_pins(device: Device, *pins: str) -> None:
    """Let a device know its station by these pins."""
    station, challenge = device.station(), device.challenge()
    assert station is not None
    device.enrol_at(replace(station, pins=pins), challenge)


def test_a_line_that_outlives_an_enrolment_carries_nothing_more_to_the_station_before(
    car: Car, new_desk: Desk, elsewhere: Database, clock: FixedClock
) -> None:
    """A program that keeps trying made its line when the device was enrolled at the first station."""
    car.log("other")
    car.line.before, car.line.after = DeadZone(1), no_harm
    sending = Sending(car.store, car.logbook, clock, car.line)
    assert sending.send().ending.outcome is Outcome.NOT_REACHABLE
    enrol_at(new_desk, elsewhere, car.device, "car 42", clock)
    with_pins(car.device, "B" * 43)
    before = car.device.station(), car.device.challenge(), car.store.standing()
    for ending in (sending.send().ending, sending.ask()):
        assert ending.outcome is Outcome.TRY_LATER
        assert "enrolled at another station" in ending.sentence
    assert (car.device.station(), car.device.challenge(), car.store.standing()) == before
    assert len(car.line.batches) == 1  # the one that was lost


def test_where_a_device_is_enrolled_and_what_it_left_is_kept_in_one_frame(car: Car, tmp_path: Path) -> None:
    """Another program, or the next start after a kill, never finds the one without the other."""
    station = car.device.station()
    assert station is not None
    for following in (replace(station, address="http://elsewhere"), replace(station, recovery_key="09" + "00" * 31)):
        before = len(frames_in(tmp_path / "car 42" / "store"))
        car.device.enrol_at(following, "its challenge")
        assert len(frames_in(tmp_path / "car 42" / "store")) == before + 1
    assert car.device.enrolled() == (following, 1)
    assert car.device.challenge() == "its challenge"


@pytest.mark.usefixtures("new_desk")
def test_the_second_batch_of_a_send_goes_to_no_station_that_was_left_meanwhile(car: Car) -> None:
    car.log(*["other"] * (BATCH_RECORDS_START + 1))
    sent = car.send()
    assert (len(car.line.batches), len(sent.received)) == (1, BATCH_RECORDS_START)
    assert (sent.ending.outcome, len(sent.still_ready)) == (Outcome.TRY_LATER, 1)
    assert car.store.standing().epoch is None


def test_a_send_that_keeps_trying_goes_on_to_the_station_where_the_device_is_enrolled_meanwhile(
    deputy: Program, station755: Program
) -> None:
    with serving(station755) as address:
        code = station755("enrol-code", "car 42", "--json").json["code"]
        with JournalDB(deputy.data / "store") as db:
            Device(RecordStore(db)).enrol_at(EnrolledAt("http://127.0.0.1:1", "Elsewhere", "car 42", None), "none")
        assert deputy("log", "other").code == 0
        process = deputy.start("send", "--keep-trying", "--json")
        assert process.stderr is not None
        while "Trying again" not in process.stderr.readline():
            pass
        assert deputy("enrol", address, code).code == 0
        out, _ = process.communicate(timeout=RUN_SECONDS_MAX)
        assert process.returncode == 0
        assert json.loads(out)["contacts_received"] == 1
