"""What a person is told of how the device stands with its station: receipts, what is missing there, a restored station."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import flet as ft
from cars import Car, enrol_at
from doubles import START, FixedClock, Line
from examples import RECEIPT
from headless import app_on, on_a_loop

from field_app.app import show_news
from field_app.audit_words import MOVED, RESTORED, catching_up, missing_since, missing_words, notices
from field_app.courier import News, _news_of
from field_app.device import EnrolledAt, is_other
from field_app.hand import Hand
from field_app.logbook import Details
from field_app.receipts import Kept
from field_app.screens.lists import REFUSED_WORDS, age_words
from field_app.sending import Sending, received_words
from field_app.store.records import RecordStore
from field_app.store.settling import Standing
from station.database import open_database
from station.desk import Desk
from sync.audit import Audit
from sync.outcome import Answer, Outcome
from sync.packing import Packing
from sync.problem import Problem, Trouble, problem_to_json
from sync.reference import Reference
from sync.verdicts import State, Verdict
from sync.wire import RAW, Batch, Judged, Receipt


def receipt_for(store: RecordStore, number: int, epoch: str = "first", audit: Audit | None = None) -> Receipt:
    """A receipt that accepts all that is ready."""
    judged = tuple(Judged(key, Verdict.ACCEPTED, None) for key in store.ready_ids())
    said = store.sequence_last()
    at = START + timedelta(hours=number)
    audit = audit or Audit(said, said)
    return replace(RECEIPT, receipt=number, epoch=epoch, received_at=at, verdicts=judged, audit=audit)


def test_what_is_no_contact_is_not_told_as_none_of_none(car: Car) -> None:
    contact = car.log("other")[0]
    car.send()
    car.logbook.withdraw(contact, "mistake")
    sent = car.send()
    total = len(sent.received) + len(sent.still_ready)
    assert received_words(len(sent.received), total, sent.receipts) == "All that was ready is received. Receipt 2."
    assert received_words(1, 1, (7,)) == "1 of 1 contact received. Receipt 7."
    assert received_words(46, 47, (7, 8)) == "46 of 47 contacts received. Receipt 7, 8."


class Picky(Line):
    """A line to a station that refuses every batch with this record in it, or one that it cannot read."""

    refused = ""

    def exchange(self, batch: Batch, challenge: str, packing: Packing) -> Answer:
        """Refuse, or answer as the station does."""
        if any(RAW in record or record["id"] == self.refused for record in batch.records):
            problem = Problem(Trouble.MALFORMED, 400, "The body is not a batch.")
            return Answer(400, {}, json.dumps(problem_to_json(problem)).encode())
        return super().exchange(batch, challenge, packing)


def test_a_contact_that_the_station_does_not_take_is_counted_and_the_station_is_there(car: Car) -> None:
    car.line = line = Picky(car.line.desk, car.line.private_key)
    line.refused = car.log("other", "other", "other")[1]
    news = _news_of(car.send())
    assert news.sentence == "2 of 3 contacts received. Receipt 1, 2. The body is not a batch."
    assert car.logbook.tally().contacts[State.NEEDS_ATTENTION] == 1
    alone = car.send()
    assert [entry.contact.id for entry in alone.still_ready] == [line.refused]
    news = _news_of(alone)
    assert (news.outcome, news.is_reachable) == (Outcome.BATCH_REFUSED, True)  # it has answered


def test_each_receipt_is_kept_with_how_many_records_it_settled(car: Car) -> None:
    assert car.logbook.page().receipts() == ()
    car.log("other", "other")
    car.store.settle(receipt_for(car.store, 7))
    car.log("other")
    car.store.settle(receipt_for(car.store, 8))
    assert car.logbook.page().receipts() == (
        Kept(8, START + timedelta(hours=8), 1),
        Kept(7, START + timedelta(hours=7), 2),
    )


def test_what_is_missing_is_told_in_numbers_a_person_can_check() -> None:
    told = missing_words(4711, 4709, [(4512, 4513)], is_here=False)
    assert told == "The station holds 4709 of 4711; missing 4512–4513, not on this device any more: tell the station."  # noqa: RUF001 - a range
    many = missing_words(9, 5, [(1, 1), (3, 3), (5, 5), (7, 7)], is_here=True)
    assert many == "The station holds 5 of 9; missing 1, 3, 5 and more, still on this device: tell the station."


def test_what_is_on_its_way_is_not_told(car: Car) -> None:
    car.log("other", "other")
    car.store.settle(receipt_for(car.store, 1))
    (first, _) = sorted(record["sequence"] for record in car.store.records().values())
    car.store.settle(receipt_for(car.store, 2, audit=Audit(2, 1, ((first, first),))))
    assert len(car.store.ready_ids()) == 1  # it is sent again by itself
    assert notices(car.store, car.logbook) == ()
    car.store.settle(receipt_for(car.store, 3, audit=Audit(9, 8, ((5, 5),))))
    assert notices(car.store, car.logbook) == (missing_words(9, 8, [(5, 5)], is_here=False),)


def test_a_restored_station_is_told_of_until_it_has_everything_again(car: Car) -> None:
    car.log("other", "other")
    car.store.settle(receipt_for(car.store, 5))
    assert notices(car.store, car.logbook) == ()
    car.store.settle(replace(receipt_for(car.store, 1, "second", Audit(2, 0, ((1, 2),))), verdicts=()))
    car.log("other")
    assert notices(car.store, car.logbook) == (RESTORED,)
    car.store.settle(receipt_for(car.store, 2, "second"))
    car.log("other")
    assert notices(car.store, car.logbook) == ()


@on_a_loop
async def test_the_outbox_shows_how_far_a_send_is_and_when_the_next_try_comes(signed_on: Hand) -> None:
    signed_on.logbook.log(Details("other"))
    signed_on.store.settle(receipt_for(signed_on.store, 12))
    signed_on.logbook.log(Details("other"))
    async with app_on(signed_on) as app:
        await app.sees("Not enrolled")
        await app.tap("Outbox")
        assert app.reads("Last: Receipt 12 · ")
        assert not app.reads("Oldest waiting")  # not for a minute yet
        show_news(app.state, News(sentence="400 of 1,000 received.", is_sending=True, received=400, total=1000))
        await app.settle()
        assert app.one(ft.ProgressBar).value == 0.4
        assert app.reads("400 of 1,000 received")
        show_news(app.state, News(Outcome.TRY_LATER, "Later.", next_try_at=START))
        await app.settle()
        assert app.reads("Trying again at 14:32")
        assert not app.all(ft.ProgressBar)
        show_news(app.state, News(Outcome.REFUSED, "Refused."))
        await app.settle()
        assert not app.reads("Trying again")
        assert app.reads(REFUSED_WORDS)
        assert app.reads("1 contact is safe on this device.")
        assert app.crashes == 0


def test_enrolling_at_another_station_is_not_told_as_a_restore(
    car: Car, tmp_path: Path, reference: Reference, clock: FixedClock
) -> None:
    car.log("other", "other")
    car.send()
    elsewhere = open_database(tmp_path / "another station")
    desk = Desk(elsewhere, reference, clock.now)
    enrol_at(desk, elsewhere, car.device, "car 42", clock)
    car.line = Line(desk, car.device.private_key())
    car.log("coffee-shop")
    told = [notices(car.store, car.logbook)]
    sending = Sending(car.store, car.logbook, car.clock, car.line)
    sent = sending.send(lambda _: told.append(notices(car.store, car.logbook)))
    elsewhere.close()
    assert len(sent.received) == 3  # the other station has them as well
    assert told == [(), (MOVED,), ()]


def test_what_another_station_keeps_is_not_missed_at_this_one() -> None:
    lacking = Standing(epoch="e", said=9, held=1, missing=((1, 7),), enrolled_after=5)
    assert catching_up(lacking, None) == []
    assert catching_up(lacking, 5) == [MOVED]
    assert catching_up(lacking, 6) == []
    assert catching_up(replace(lacking, restored_through=6), 6) == [RESTORED]
    assert missing_since(5, ((1, 7), (9, 9))) == ((6, 7), (9, 9))
    assert missing_since(7, ((1, 7),)) == ()


def test_the_same_station_under_another_address_is_no_other_one(car: Car) -> None:
    car.log("other")
    car.send()
    before = car.store.standing()
    station = car.device.station()
    assert station is not None
    car.device.enrol_at(replace(station, address="http://127.0.0.1:1", name="car 43"), "none")
    assert car.store.standing() == before
    car.device.enrol_at(replace(station, recovery_key="09" + "00" * 31), "none")
    assert car.store.standing() == Standing(enrolled_after=1, enrolments=1)


def test_a_station_is_known_by_its_key_and_without_one_by_its_name() -> None:
    station = EnrolledAt("http://x", "Norwalk", "car 42", None, "key")
    older = replace(station, recovery_key=None)
    same = [(station, station), (station, replace(station, station="Renamed")), (station, older), (older, station)]
    assert not any(is_other(before, after) for before, after in same)
    other = [replace(station, recovery_key="another"), replace(older, station="Compton")]
    assert all(is_other(station, after) for after in other)
    assert is_other(older, other[1])


def test_an_age_is_told_in_minutes_and_from_an_hour_on_in_hours() -> None:
    told = [age_words(minutes) for minutes in (1, 59, 60, 185)]
    assert told == [f"Oldest waiting {age}" for age in ("1 min", "59 min", "1 h 0 min", "3 h 5 min")]
