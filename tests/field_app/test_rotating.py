"""Another signing key for a device: whatever is lost, and wherever it stops, it hands in afterwards."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from cars import Car, enrol_at
from doubles import FixedClock, Line
from key_lines import KeyLine
from sqlalchemy import select

from field_app.enrolling import EnrolmentRefused, enrol
from field_app.rotating import announce_again, rotate
from field_app.sending import Sending
from station.database import Database, open_database
from station.desk import Desk
from station.device_keys import public_keys
from station.devices import make_code, revoke
from station.tables import DeviceRow
from sync.exchange import NotReachable
from sync.limits import CHALLENGE_SECONDS_MAX, ENROL_TRIES_MAX
from sync.outcome import Outcome
from sync.reference import Reference
from sync.rotation import Rotation, rotation_to
from sync.signing import new_private_key, public_key_of
from sync.wire import EXCHANGE_PATH


def lost() -> None:
    """A dead zone."""
    raise NotReachable("No connection.")


def new_key(car: Car, **line: Callable[[], None]) -> None:
    """Rotate the car's key over a line that may lose something."""
    rotate(car.device, lambda key: KeyLine(car.line.desk, key, **line), car.clock.new_id)  # type: ignore[arg-type]  # only harms


def is_received(car: Car) -> bool:
    """Whether the station takes a contact with the key that the device has now."""
    car.log("coffee-shop")
    car.line.private_key = car.device.private_key()
    return car.send().ending.outcome is Outcome.NOTHING_TO_SEND


def keys_known(database: Database) -> tuple[str, ...]:
    """The public keys of the one device that is enrolled."""
    with database.reading() as session:
        return public_keys(session.scalars(select(DeviceRow)).one())


def test_after_a_rotation_both_keys_are_good_until_the_new_one_was_used(car: Car, database: Database) -> None:
    old = car.device.private_key()
    new_key(car)
    new = car.device.private_key()
    assert keys_known(database) == (public_key_of(old), public_key_of(new))
    car.log("coffee-shop")
    car.line.private_key = old  # a send that was under way
    assert car.send().ending.outcome is Outcome.NOTHING_TO_SEND
    assert len(keys_known(database)) == 2
    assert is_received(car)
    assert keys_known(database) == (public_key_of(new),)
    car.log("other")
    car.line.private_key = old
    assert car.send().ending.outcome is Outcome.REFUSED


def test_a_request_that_was_lost_leaves_the_device_with_its_key(car: Car, database: Database) -> None:
    old = car.device.private_key()
    with pytest.raises(NotReachable):
        new_key(car, before=lost)
    assert car.device.private_key() == old
    assert is_received(car)
    assert len(keys_known(database)) == 1


def test_an_answer_that_was_lost_is_asked_for_again_with_the_same_key(car: Car, database: Database) -> None:
    for _ in range(3):
        with pytest.raises(NotReachable):
            new_key(car, after=lost)
        assert is_received(car)  # with the old key meanwhile
    announced = keys_known(database)
    new_key(car)
    assert keys_known(database) == announced
    assert public_key_of(car.device.private_key()) == announced[1]
    assert is_received(car)


def test_a_device_that_stopped_after_the_answer_goes_on_with_either_key(car: Car, make_car: Callable[..., Car]) -> None:
    """The battery is pulled between the answer and the note of it: as after a lost answer, from a store opened anew."""
    with pytest.raises(NotReachable):
        new_key(car, after=lost)
    again = make_car("car 42", clock=car.clock)
    assert again.device.private_key() == car.device.private_key()
    assert is_received(again)
    new_key(again)
    assert is_received(again)


def test_the_first_use_may_be_lost_too(car: Car, database: Database) -> None:
    new_key(car)
    car.log("coffee-shop")
    car.line.private_key = car.device.private_key()
    car.line.after = lambda _: lost()
    assert car.send().ending.outcome is Outcome.NOT_REACHABLE
    assert len(keys_known(database)) == 1
    car.line.after = lambda _: None
    assert car.send().ending.outcome is Outcome.NOTHING_TO_SEND


def test_a_stale_challenge_costs_one_more_trip(car: Car) -> None:
    car.clock.passes(CHALLENGE_SECONDS_MAX + 1)
    new_key(car)
    assert is_received(car)


def test_keys_are_rotated_again_and_again(car: Car, database: Database) -> None:
    seen = {car.device.private_key()}
    for _ in range(4):
        new_key(car)
        seen.add(car.device.private_key())
    assert len(seen) == 5
    assert is_received(car)
    assert len(keys_known(database)) == 1


def test_another_program_signs_with_the_new_key_at_once(car: Car, make_car: Callable[..., Car]) -> None:
    """The app keeps running while the command rotates; its own next send must not use what it once read."""
    app = make_car("car 42", clock=car.clock)
    assert app.device.identity().device == car.device.identity().device
    new_key(car)
    assert app.device.private_key() == car.device.private_key()


def test_two_programs_that_rotate_at_once_leave_a_key_that_works(car: Car, make_car: Callable[..., Car]) -> None:
    other = make_car("car 42", clock=car.clock)
    new_key(car, before=lambda: new_key(other))
    assert is_received(car)
    assert is_received(other)


def test_a_station_restored_from_a_backup_is_told_of_the_key_again(car: Car, database: Database) -> None:
    """Last night's backup knows the key of last night; the device has used another since."""
    old = public_key_of(car.device.private_key())
    new_key(car)
    assert is_received(car)
    with database.writing() as session:
        session.scalars(select(DeviceRow)).one().public_key = old
    car.log("other")

    def mend() -> bool:
        return announce_again(car.device, lambda key: KeyLine(car.line.desk, key), car.clock.new_id)

    sent = Sending(car.store, car.logbook, car.clock, car.line, mend=mend).send()
    assert sent.ending.outcome is Outcome.NOTHING_TO_SEND
    assert keys_known(database) == (public_key_of(car.device.private_key()),)


def test_a_device_without_an_older_key_has_nothing_to_announce(car: Car) -> None:
    assert not announce_again(car.device, lambda key: KeyLine(car.line.desk, key, before=lost), car.clock.new_id)


def test_a_revoked_device_gets_no_new_key(car: Car, database: Database) -> None:
    with database.writing() as session:
        revoke(session, "car 42", car.clock.now())
    with pytest.raises(EnrolmentRefused, match="revoked"):
        new_key(car)
    assert len(keys_known(database)) == 1


def refused(car: Car, line: KeyLine, rotation: Rotation) -> int:
    """The status with which a forged request is refused."""
    return line.rotate_key(rotation, car.clock.new_id(), car.device.challenge()).status


def test_nobody_else_can_give_a_device_a_key(car: Car, database: Database) -> None:
    desk, identity, thief = car.line.desk, car.device.identity(), new_private_key()
    stolen = rotation_to(identity.device, thief, public_key_of(thief))
    unheld = rotation_to(identity.device, thief, public_key_of(new_private_key()))
    other = rotation_to("01920000-0000-7000-8000-00000000ffff", thief, public_key_of(thief))
    own = car.device.private_key()
    before = keys_known(database)
    assert refused(car, KeyLine(desk, thief), stolen) == 401  # not signed by the device
    assert refused(car, KeyLine(desk, own), unheld) == 401  # the new key is not the sender's
    assert refused(car, KeyLine(desk, own, path=EXCHANGE_PATH), stolen) == 401  # signed for another purpose
    assert refused(car, KeyLine(desk, own), other) == 401
    assert refused(car, KeyLine(desk, own, changes={"device": other.device}), stolen) == 400
    assert refused(car, KeyLine(desk, own, changes={"public_key": "zz"}), stolen) == 400
    assert keys_known(database) == before


def test_a_revoked_device_enrols_with_a_code_and_its_announced_key(
    car: Car, database: Database, clock: FixedClock
) -> None:
    new_key(car)
    with database.writing() as session:
        revoke(session, "car 42", clock.now())
    enrol_at(car.line.desk, database, car.device, "car 42", clock)
    assert keys_known(database) == (public_key_of(car.device.private_key()),)
    assert is_received(car)


@pytest.fixture
def away(car: Car, tmp_path: Path, reference: Reference, clock: FixedClock) -> Car:
    """The same car, at another station, where it has got another key."""
    database = open_database(tmp_path / "another station")
    away = replace(car, line=Line(Desk(database, reference, clock.now), car.device.private_key()))
    enrol_at(away.line.desk, database, car.device, "car 42", clock)
    new_key(away)
    assert is_received(away)
    database.close()
    return away


def code_for(database: Database, clock: FixedClock) -> str:
    """A code for the car."""
    with database.writing() as session:
        return make_code(session, "car 42", clock.now())


def enrol_back(car: Car, code: str) -> None:
    """Enrol the car at its first station, as its person does."""
    enrol(car.device, "http://127.0.0.1:1", code, None, lambda _, __: KeyLine(car.line.desk, ""))


@pytest.mark.parametrize("is_revoked", [False, True])
def test_a_device_that_got_another_key_elsewhere_comes_back_with_a_code(
    car: Car, away: Car, database: Database, clock: FixedClock, *, is_revoked: bool
) -> None:
    if is_revoked:
        with database.writing() as session:
            revoke(session, "car 42", clock.now())
    enrol_back(car, code_for(database, clock))
    car.log("other")
    car.line.private_key = car.device.private_key()
    mend = partial(announce_again, car.device, lambda key: KeyLine(car.line.desk, key), clock.new_id)
    sent = Sending(car.store, car.logbook, clock, car.line, mend=mend).send()
    assert (sent.ending.outcome, len(sent.received)) == (Outcome.NOTHING_TO_SEND, 2)  # what it logged elsewhere as well
    assert is_received(car)
    assert keys_known(database) == (public_key_of(car.device.private_key()),)


def test_a_wrong_code_leaves_a_device_that_has_had_another_key_at_least_two_tries(
    car: Car, away: Car, database: Database, clock: FixedClock
) -> None:
    code = code_for(database, clock)
    for _ in range(ENROL_TRIES_MAX // 2):
        with pytest.raises(EnrolmentRefused, match="not known here"):
            enrol_back(car, code[:-1] + ("3" if code[-1] != "3" else "4"))
    enrol_back(car, code)
