"""What the courier does between two sends: waits as asked, asks for news now and then, and tells when it tries again."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cars import enrol_at
from doubles import FixedClock
from handset import served
from sqlalchemy import select

from field_app import courier as courier_module
from field_app.courier import ASK_SECONDS, LOOK_SECONDS, PERSON_SECONDS, Courier, News, wait_seconds
from field_app.device import EnrolledAt
from field_app.hand import Hand
from field_app.logbook import Details
from station.database import Database, open_database
from station.desk import Desk
from station.devices import revoke
from station.tables import DeviceRow
from sync.limits import RETRY_SECONDS_MAX
from sync.outcome import Outcome
from sync.reference import Reference


@pytest.fixture
def station(tmp_path: Path, signed_on: Hand, reference: Reference, clock: FixedClock) -> Iterator[Database]:
    """A served station at which the device is enrolled."""
    database = open_database(tmp_path / "office")
    enrol_at(Desk(database, reference, clock.now), database, signed_on.device, "car 42", clock)
    with served(database, reference, clock) as address:
        found = signed_on.device.station()
        assert found is not None
        enrolled = EnrolledAt(address, found.station, found.name, None, found.recovery_key)
        signed_on.device.enrol_at(enrolled, signed_on.device.challenge())
        yield database
    database.close()


@pytest.mark.parametrize(
    ("outcome", "failures", "retry_after", "seconds"),
    [
        (Outcome.NOTHING_TO_SEND, 0, 0, LOOK_SECONDS),
        (Outcome.REFUSED, 0, 0, PERSON_SECONDS),
        (Outcome.BATCH_REFUSED, 0, 0, PERSON_SECONDS),
        (Outcome.NOT_REACHABLE, 9, 0, LOOK_SECONDS),  # coverage may be back at any moment
        (Outcome.FAULT, 9, 0, 0.9 * RETRY_SECONDS_MAX),  # the station is there, and needs to be left alone
        (Outcome.TRY_LATER, 1, 120, 120),
        (Outcome.TRY_LATER, 9, 120, 0.9 * RETRY_SECONDS_MAX),
        (Outcome.NOTHING_TO_SEND, 0, 120, 120),
    ],
)
def test_a_wait_is_never_shorter_than_the_station_asked(
    outcome: Outcome, failures: int, retry_after: float, seconds: float
) -> None:
    assert wait_seconds(News(outcome, retry_after_seconds=retry_after), failures, 0.9) == seconds


def test_a_tap_does_not_break_a_wait_that_the_station_asked_for_but_any_other(signed_on: Hand) -> None:
    async def waits() -> tuple[float, float]:
        courier = Courier(signed_on)
        courier._timed(News(Outcome.TRY_LATER, retry_after_seconds=120))
        courier.nudge()
        asked_for = courier.seconds_until_due()
        courier._timed(News(Outcome.NOT_REACHABLE))
        courier.nudge()
        return asked_for, courier.seconds_until_due()

    asked_for, other = asyncio.run(waits())
    assert 119 < asked_for <= 120
    assert other <= 0


def test_the_next_try_is_told_only_when_it_will_be(signed_on: Hand, clock: FixedClock) -> None:
    async def told(outcome: Outcome) -> News:
        return Courier(signed_on)._timed(News(outcome, retry_after_seconds=300))

    assert asyncio.run(told(Outcome.TRY_LATER)).next_try_at == clock.now() + timedelta(seconds=300)
    assert asyncio.run(told(Outcome.REFUSED)).next_try_at is None
    assert asyncio.run(told(Outcome.NOTHING_TO_SEND)).next_try_at is None


def own_clock(hand: Hand) -> FixedClock:
    """The device's clock, which the station's does not follow."""
    assert isinstance(hand.clock, FixedClock)
    return hand.clock


@pytest.mark.usefixtures("station")
def test_with_nothing_to_send_news_are_asked_for_once_in_a_while(signed_on: Hand, clock: FixedClock) -> None:
    asked: list[str] = []

    async def rounds() -> None:
        courier = Courier(signed_on)

        async def one() -> None:
            clock.passes(1)
            await courier.round()
            assert courier.news.is_reachable
            asked.append(signed_on.device.challenge())  # each exchange brings another

        await one()  # at the start
        await one()  # a look
        courier.ask()  # somebody signed on
        await one()
        own_clock(signed_on).passes(ASK_SECONDS)
        await one()

    asyncio.run(rounds())
    assert ASK_SECONDS == 900
    at_start, looked, signed_on_again, later = asked
    assert signed_on.store.standing().epoch is not None
    assert at_start == looked
    assert len({looked, signed_on_again, later}) == 3


def test_a_device_that_sleeps_past_its_next_try_tries_when_it_wakes(
    signed_on: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its event loop's clock stands still meanwhile."""
    monkeypatch.setattr(courier_module, "LOOK_SECONDS", 0.01)
    clock = own_clock(signed_on)

    async def sleeps() -> None:
        courier = Courier(signed_on)
        news = courier._timed(News(Outcome.TRY_LATER, retry_after_seconds=300))
        assert news.next_try_at is not None
        waiting = asyncio.create_task(stops_waiting(courier))
        clock.passes(299)
        await asyncio.sleep(0.2)
        assert not waiting.done()
        clock.passes(8 * 3_600)
        await waiting
        assert clock.now() > news.next_try_at

    asyncio.run(sleeps())


@pytest.mark.usefixtures("station")
def test_a_send_tells_how_far_it_has_come_and_keeps_what_it_learnt(signed_on: Hand) -> None:
    for _ in range(450):
        signed_on.logbook.log(Details("other"))
    heard: list[News] = []

    async def one() -> Courier:
        courier = Courier(signed_on)
        courier.listen(heard.append)
        await courier.send_now()
        await asyncio.sleep(0)
        return courier

    courier = asyncio.run(one())
    assert [(news.received, news.total) for news in heard if news.is_sending] == [(0, 450), (200, 450), (450, 450)]
    assert [news.sentence for news in heard][1:3] == ["200 of 450 received.", "450 of 450 received."]
    assert not courier.news.is_sending
    assert courier._plan.size > 200


async def stops_waiting(courier: Courier) -> None:
    """Wait until the courier's next round is due, a minute at most."""
    await asyncio.wait_for(courier._until_due(), 60)


def test_a_refused_device_is_left_alone_until_a_person_does_something(
    signed_on: Hand, station: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier_module, "LOOK_SECONDS", 0.01)
    with station.writing() as session:
        assert revoke(session, "car 42", clock.now()) == 1

    async def rounds() -> None:
        courier = Courier(signed_on)
        signed_on.logbook.log(Details("other"))
        await courier.round()
        assert courier.news.outcome is Outcome.REFUSED
        assert "take it to the station" in (courier.news.sentence or "")
        courier.nudge()  # another contact is logged
        courier.ask()  # somebody signs on
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(courier._until_due(), 0.5)
        assert PERSON_SECONDS - 60 < courier.seconds_until_due() <= PERSON_SECONDS
        with station.writing() as session:
            session.scalars(select(DeviceRow)).one().revoked_at = None
        await courier.send_now()  # a person taps Send
        assert courier.news.is_reachable
        assert signed_on.store.ready_ids() == []

    asyncio.run(rounds())


def test_an_enrolment_by_another_program_ends_the_wait_of_a_refused_device(
    signed_on: Hand, station: Database, clock: FixedClock, reference: Reference, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier_module, "LOOK_SECONDS", 0.01)
    with station.writing() as session:
        device = session.scalars(select(DeviceRow)).one()
        key, device.public_key = device.public_key, "07" * 32  # another's

    async def rounds() -> None:
        courier = Courier(signed_on)
        signed_on.logbook.log(Details("other"))
        await courier.round()
        assert courier.news.outcome is Outcome.REFUSED
        waiting = asyncio.create_task(stops_waiting(courier))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        before = signed_on.device.station()
        assert before is not None
        with station.writing() as session:
            session.scalars(select(DeviceRow)).one().public_key = key
        clock.passes(1)  # each challenge is of its time
        enrol_at(Desk(station, reference, clock.now), station, signed_on.device, "car 42", clock)
        signed_on.device.enrol_at(before, signed_on.device.challenge())  # at its address
        await waiting
        await courier.round()
        assert signed_on.store.ready_ids() == []

    asyncio.run(rounds())
