"""The whole walk of one tap, on real parts: journal, signatures, desk, database, worksheet."""

from collections.abc import Callable
from datetime import date

from cars import Car
from doubles import DeadZone

from station.database import Database
from station.worksheets import worksheet_lines
from sync.outcome import Outcome
from sync.reference import Reference
from sync.verdicts import State

ON = date(2026, 11, 22)


def on_worksheet(database: Database, reference: Reference) -> list[str]:
    """The ids on the day's worksheets, in the order of the sheet."""
    with database.reading() as session:
        return [line.contact.id for line in worksheet_lines(session, reference, ON)]


def test_a_contact_logged_in_a_dead_zone_reaches_the_worksheet_exactly_once(
    car: Car, database: Database, reference: Reference
) -> None:
    car.line.before = DeadZone(times=2)
    ids = car.log("coffee-shop", "resident-outside", "block-watch", rd="0454")
    assert car.send().ending.outcome is Outcome.NOT_REACHABLE
    assert car.send().ending.outcome is Outcome.NOT_REACHABLE
    assert car.logbook.tally().contacts[State.READY_TO_SEND] == 3
    sent = car.send()
    assert [entry.contact.id for entry in sent.received] == ids[::-1]
    assert on_worksheet(database, reference) == ids
    assert car.logbook.tally().contacts == {State.READY_TO_SEND: 0, State.SENT: 3, State.NEEDS_ATTENTION: 0}
    assert car.send().ending.outcome is Outcome.NOTHING_TO_SEND


def test_a_lost_answer_is_counted_once(car: Car, database: Database, reference: Reference) -> None:
    """The station took the batch, the deputy never heard; the second send changes nothing."""
    ids = car.log("coffee-shop")
    car.line.after = DeadZone(times=1)
    assert car.send().ending.outcome is Outcome.NOT_REACHABLE
    assert on_worksheet(database, reference) == ids
    assert car.send().records_received == 1
    assert on_worksheet(database, reference) == ids


def test_a_device_killed_before_it_settled_sends_again_and_nothing_is_doubled(
    make_car: Callable[..., Car], database: Database, reference: Reference
) -> None:
    first = make_car()
    ids = first.log("coffee-shop", "business-owner")
    first.line.after = DeadZone(times=1)
    first.send()
    again = make_car(clock=first.clock)  # the same folder, opened as after a kill
    assert [entry.contact.id for entry in again.logbook.entries()] == ids[::-1]
    assert again.send().records_received == 2
    assert on_worksheet(database, reference) == ids


def test_undo_correction_and_withdrawal_reach_the_worksheet(car: Car, database: Database, reference: Reference) -> None:
    kept, undone, wrong, stop = (car.log(name)[0] for name in ("coffee-shop", "other", "business-owner", "other"))
    car.logbook.withdraw(stop, "stop")
    right = car.logbook.correct(wrong, {"people": 4}).contact.id
    car.logbook.withdraw(undone, "mistake")
    assert car.send().ending.outcome is Outcome.NOTHING_TO_SEND
    assert on_worksheet(database, reference) == [kept, right]
    car.logbook.undo()  # takes back the correction: what it replaced stands again
    car.send()
    assert on_worksheet(database, reference) == [kept, wrong]


def test_more_than_one_batch_is_sent_in_one_go(car: Car, database: Database, reference: Reference) -> None:
    ids = car.log(*["coffee-shop"] * 205)
    sent = car.send()
    assert len(sent.received) == 205
    assert [len(batch.records) for batch in car.line.batches] == [200, 5]
    assert sorted(on_worksheet(database, reference)) == sorted(ids)
