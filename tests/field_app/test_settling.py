"""What a receipt makes of the store: what is sent again, what is parked, what the news change."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from cars import Car
from examples import CONTACT, RECEIPT

from field_app.sending import Sending
from field_app.store.outbox import AGAIN, RECORDS, VERDICTS
from field_app.store.settling import Standing, again_in, standing_of, standing_to_note
from station.database import Database
from station.news import tell
from station.tables import StationRow
from sync.audit import Audit, audit_of, numbers_in, unsure_ranges
from sync.canonical import JsonObject
from sync.records import hashed, record_to_json
from sync.times import write_time
from sync.verdicts import MEANINGS, State, Verdict
from sync.wire import Judged, Receipt

MakeCar = Callable[..., Car]


def states(car: Car) -> list[State]:
    """The states of the contacts, latest first."""
    return [entry.state for entry in car.logbook.entries()]


def test_a_station_with_a_new_epoch_is_sent_everything_again(car: Car, make_car: MakeCar, database: Database) -> None:
    ids = car.log("other", "other")
    car.send()
    assert states(car) == [State.SENT] * 2
    with database.writing() as session:
        session.get_one(StationRow, 1).epoch = "after the restore"
    car.log("coffee-shop")
    car.send()
    assert states(car) == [State.SENT] * 3
    assert {car.store.verdicts()[key]["epoch"] for key in ids} == {"after the restore"}
    assert car.store.standing().epoch == "after the restore"
    assert make_car().store.ready_ids() == []


def test_what_the_station_lacks_is_sent_again_once(car: Car) -> None:
    first, second = car.log("other", "other")
    car.send()
    sequence = car.store.records()[first]["sequence"]
    receipt = _receipt(car, Audit(2, 1, ((sequence, sequence),)))
    car.store.settle(receipt)
    assert car.store.ready_ids() == [first]
    assert states(car) == [State.SENT, State.READY_TO_SEND]
    car.store.settle(replace(receipt, verdicts=(Judged(first, Verdict.ALREADY_HERE),)))
    assert car.store.ready_ids() == []  # still missing there: sending it for ever would not help
    assert car.store.standing().missing == ((sequence, sequence),)
    assert second in car.store.verdicts()


def test_a_parked_record_needs_attention_stays_in_the_outbox_and_comes_last(car: Car, make_car: MakeCar) -> None:
    first, second = car.log("other", "other")
    car.store.park({first: "Not this."})
    for store in (car.store, make_car().store):
        assert store.ready_ids() == [second, first]
    entry = car.logbook.entries()[1]
    assert (entry.state, entry.reason) == (State.NEEDS_ATTENTION, "Not this.")
    car.send()
    assert states(car) == [State.SENT] * 2


def test_the_decision_of_a_person_at_the_station_reaches_the_device(car: Car, database: Database) -> None:
    (contact_id,) = car.log("other")
    car.send()
    record = car.store.records()[contact_id]
    decided = {"id": contact_id, "hash": record["hash"], "verdict": "quarantined", "reason": "Looks odd."}
    device = car.line.batches[-1].device
    with database.writing() as session:
        for body in (decided | {"hash": "another"}, decided | {"verdict": "framed"}, {"id": "unknown"}, decided):
            tell(session, None, "verdict", body, car.clock.now())
        tell(session, None, "of a newer version", {"x": 1}, car.clock.now())
    car.log("other")
    car.send()
    assert device
    entry = car.logbook.entries()[1]
    assert (entry.state, entry.reason) == (State.NEEDS_ATTENTION, "Looks odd.")
    assert car.store.known().news == 5


def test_what_a_person_decides_later_stays_with_the_receipt_that_settled_it(
    car: Car, make_car: MakeCar, database: Database
) -> None:
    ids = car.log("other", "other")
    car.send()
    (kept,) = car.logbook.page().receipts()
    car.log("other")
    car.clock.passes(60)
    car.send()
    for hours, verdict in enumerate(("quarantined", "accepted"), 1):
        car.clock.passes(hours * 3_600)
        body = {"id": ids[0], "hash": car.store.records()[ids[0]]["hash"], "verdict": verdict, "reason": "Seen."}
        with database.writing() as session:
            tell(session, None, "verdict", body, car.clock.now())
        Sending(car.store, car.logbook, car.clock, car.line).ask()  # its answer has no number
        for one in (car, make_car(clock=car.clock)):
            assert one.logbook.page().receipts()[1:] == (kept,)
            assert one.logbook.entries()[2].receipt == kept.number
    assert car.store.verdicts()[ids[0]]["received_at"] == write_time(car.clock.now())  # it stays 30 days from now


def test_a_decision_on_a_record_without_a_receipt_names_none(car: Car, database: Database) -> None:
    """It is to be sent again to a station that was restored, and its decision is there before it."""
    (contact_id,) = car.log("other")
    body = {"id": contact_id, "hash": car.store.records()[contact_id]["hash"], "verdict": "accepted", "reason": "Seen."}
    with database.writing() as session:
        tell(session, None, "verdict", body, car.clock.now())
    Sending(car.store, car.logbook, car.clock, car.line).ask()
    (entry,) = car.logbook.entries()
    assert (entry.state, entry.receipt, car.logbook.page().receipts()) == (State.SENT, None, ())


def test_a_receipt_that_changes_nothing_writes_nothing(car: Car) -> None:
    car.log("other")
    car.send()
    receipt = _receipt(car, Audit(1, 1))
    car.store.settle(receipt)
    version = car.store.version()
    car.store.settle(receipt)
    assert car.store.version() == version


def test_the_audit_names_what_is_missing_and_what_is_on_its_way_is_not() -> None:
    assert audit_of(9, [1, 2, 5, 8, 12], [(1, 9)]) == Audit(9, 4, ((3, 4), (6, 7), (9, 9)))
    assert audit_of(9, [5], [(4, 9)]) == Audit(9, 4, ((4, 4), (6, 9)))
    assert audit_of(9, [3, 8], [(3, 4), (8, 9)]) == Audit(9, 7, ((4, 4), (9, 9)))
    assert audit_of(0, [], []) == Audit()
    assert audit_of(3, [], []) == Audit(3, 3)
    assert unsure_ranges(9, 0, []) == [(1, 9)]
    assert unsure_ranges(9, 7, [(2, 3), (6, 7)]) == [(2, 3), (6, 9)]
    assert unsure_ranges(7, 7, [(2, 3), (6, 7)]) == [(2, 3), (6, 7)]
    assert unsure_ranges(9, 5, [(2, 3), (8, 9)]) == [(2, 3), (6, 9)]  # what is noted above was not looked at as a whole
    assert unsure_ranges(5, 5, []) == []
    assert numbers_in(((3, 7), (9, 9)), {4, 5, 9}) == ((3, 3), (6, 7))
    assert numbers_in(((3, 7),), {3, 7}) == ((4, 6),)
    assert numbers_in(((3, 4),), {3, 4}) == ()


@pytest.mark.parametrize("verdict", [verdict for verdict, meaning in MEANINGS.items() if meaning.is_settled])
def test_whatever_the_station_said_of_a_record_that_it_lacks_now_it_is_sent_again(verdict: Verdict) -> None:
    tables: dict[str, dict[str, JsonObject]] = {
        RECORDS: {CONTACT.id: hashed(record_to_json(CONTACT))},
        VERDICTS: {CONTACT.id: {"verdict": verdict.value, "epoch": RECEIPT.epoch}},
    }
    lacking = replace(RECEIPT, audit=Audit(said=1, held=0, missing=((1, 1),)))
    again = again_in(lacking, Standing(epoch=RECEIPT.epoch, receipt=47), (), tables.__getitem__)
    assert again == {CONTACT.id: {AGAIN: 1}}


# What the first version that noted an exchange wrote, member for member.
OLDER_NOTE = {"epoch": "e", "receipt": 7, "news": 3, "said": 9, "held": 8, "missing": [[4, 4]]}


def test_a_note_of_an_exchange_by_an_older_or_a_newer_version_is_read(car: Car) -> None:
    older = Standing("e", 7, 3, 9, 8, ((4, 4),))
    assert standing_of(None) == Standing()
    assert standing_of(OLDER_NOTE) == older
    assert standing_of({**OLDER_NOTE, "of a newer version": {"mood": [1, None]}}) == older
    assert standing_of({"epoch": "e"}) == Standing("e")
    every = Standing("e", 7, 3, 9, 8, ((4, 4), (6, 8)), 5, 2)
    assert standing_of(standing_to_note(every)) == every
    assert {*OLDER_NOTE} <= {*standing_to_note(every)}  # an older version needs each of its own
    car.store.keep_note("exchange", {**OLDER_NOTE, "of a newer version": 1})
    assert car.store.standing() == older
    car.log("other")
    car.send()
    assert car.store.known().epoch != "e"


def test_a_note_of_a_station_by_a_newer_version_is_read(car: Car) -> None:
    note = car.store.note("station")
    assert note is not None
    station = car.device.station()
    car.store.keep_note("station", {**note, "of a newer version": 1})
    assert car.device.station() == station


def _receipt(car: Car, audit: Audit) -> Receipt:
    standing = car.store.standing()
    return Receipt(standing.receipt, car.clock.new_id(), str(standing.epoch), car.clock.now(), "c", (), audit=audit)
