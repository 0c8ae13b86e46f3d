"""What a person in the field can do, on a real store."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from cars import Car
from doubles import START

from field_app.moments import moment_from
from field_app.refusals import BadInput, NoSuchContact, NotSignedOn
from sync.records import Role, Source
from sync.rules import Flag
from sync.standing import standing
from sync.verdicts import State, Verdict
from sync.wire import Judged, Receipt

LOCAL = ZoneInfo("America/Los_Angeles")


def judged(car: Car, contact_id: str, verdict: Verdict, reason: str | None = None) -> None:
    """Settle one record as a receipt would."""
    verdicts = (Judged(contact_id, verdict, reason),)
    car.store.settle(Receipt(47, contact_id, "epoch", START, "challenge", verdicts))


def test_one_tap_has_sensible_values(car: Car) -> None:
    (contact_id,) = car.log("resident-outside")
    entry = car.logbook.entries()[0]
    contact = entry.contact
    assert contact.id == contact_id
    assert (contact.source, contact.people, contact.cards) == (Source.OBS, 1, 1)
    assert contact.claimed_at == contact.entered_at == car.clock.now()
    assert (contact.person, contact.role, contact.watch, contact.unit) == ("900001", Role.DEPUTY, "day", "42A")
    assert (entry.state, entry.missing) == (State.READY_TO_SEND, (Flag.RD_MISSING,))


def test_a_tag_belongs_to_one_contact_alone(car: Car) -> None:
    car.log("other", source=Source.CALL, tag="123")
    car.log("other", source=Source.CALL)
    assert [entry.contact.tag for entry in car.logbook.entries()] == [None, "123"]


def test_a_contact_logged_afterwards_keeps_both_times(car: Car) -> None:
    car.log("other", claimed_at=START - timedelta(hours=3))
    contact = car.logbook.entries()[0].contact
    assert contact.entered_at - contact.claimed_at == timedelta(hours=3)


def test_the_sequence_is_gapless_over_contacts_corrections_and_withdrawals(car: Car) -> None:
    (first,) = car.log("coffee-shop")
    corrected = car.logbook.correct(first, {"people": 2}).contact
    car.logbook.withdraw(corrected.id, "mistake")
    with pytest.raises(BadInput):
        car.log("coffee-shop", people=0)
    car.log("coffee-shop")
    assert [record["sequence"] for record in car.store.records().values()] == [1, 2, 3, 4, 5]


def test_a_correction_is_a_new_contact_and_keeps_what_is_not_changed(car: Car) -> None:
    (first,) = car.log("counter-report", note="early", rd="0454")
    car.clock.passes(60)
    contact = car.logbook.correct(first[-6:], {"setting": "coffee-shop", "note": None}).contact
    assert contact.id != first
    assert (contact.corrects, contact.rd, contact.note) == (first, "0454", None)
    assert contact.source is Source.OBS  # a coffee shop is no counter
    assert contact.claimed_at == START
    assert contact.entered_at == START + timedelta(seconds=60)
    assert [entry.contact.id for entry in car.logbook.entries()] == [contact.id]


def test_a_correction_to_a_counter_report_is_counter(car: Car) -> None:
    (first,) = car.log("coffee-shop")
    assert car.logbook.correct(first, {"setting": "counter-report"}).contact.source is Source.COUNTER


@pytest.mark.parametrize("source", [Source.CALL, Source.OBS, Source.COUNTER])
def test_a_correction_of_the_setting_leaves_the_source_as_the_form_shows_it(car: Car, source: Source) -> None:
    (first,) = car.log("coffee-shop", source=source)
    assert car.logbook.correct(first, {"setting": "block-watch"}).contact.source is source


def test_a_bad_correction_leaves_the_contact_as_it_was(car: Car) -> None:
    (first,) = car.log("coffee-shop")
    with pytest.raises(BadInput, match="is not an RD"):
        car.logbook.correct(first, {"rd": "1234"})
    assert [entry.contact.id for entry in car.logbook.entries()] == [first]


def test_undo_takes_back_one_contact_after_the_other_and_never_another_shifts(car: Car) -> None:
    car.log("other")
    car.clock.passes(3600)
    car.logbook.sign_on("900001", Role.DEPUTY, "day", "42A")
    second, third = car.log("coffee-shop", "coffee-shop")
    assert car.logbook.undo().contact.id == third
    assert car.logbook.undo().contact.id == second
    with pytest.raises(NoSuchContact):
        car.logbook.undo()


def test_what_was_withdrawn_or_corrected_cannot_be_changed_again(car: Car) -> None:
    first, second = car.log("coffee-shop", "other")
    car.logbook.correct(first, {"people": 2})
    car.logbook.withdraw(second, "mistake")
    for contact_id in (first, second):
        with pytest.raises(NoSuchContact, match="already"):
            car.logbook.withdraw(contact_id, "again")


@pytest.mark.parametrize("spelled", ["", "abc", "zzzz"])
def test_an_id_that_names_no_contact_is_refused(car: Car, spelled: str) -> None:
    car.log("other")
    with pytest.raises(NoSuchContact):
        car.logbook.withdraw(spelled, "mistake")


@pytest.mark.parametrize("reason", ["", "x" * 201, "two\nlines"])
def test_a_withdrawal_needs_a_short_reason(car: Car, reason: str) -> None:
    (first,) = car.log("other")
    with pytest.raises(BadInput, match="reason"):
        car.logbook.withdraw(first, reason)
    assert car.logbook.entries()[0].stands


def test_nobody_logs_without_signing_on(car: Car) -> None:
    car.logbook.sign_off()
    for refused in (lambda: car.log("other"), car.logbook.undo, car.logbook.sign_off):
        with pytest.raises(NotSignedOn):
            refused()


@pytest.mark.parametrize(
    ("person", "role", "watch", "unit"),
    [("12345", Role.DEPUTY, "day", None), ("900001", Role.DESK, "day", "42A"), ("900001", Role.DEPUTY, "noon", None)],
)
def test_who_cannot_log_cannot_sign_on(car: Car, person: str, role: Role, watch: str, unit: str | None) -> None:
    with pytest.raises(BadInput):
        car.logbook.sign_on(person, role, watch, unit)
    assert car.logbook.shift() is not None  # whoever was signed on still is


def test_the_tally_counts_contacts_that_stand_and_the_age_of_the_oldest_record(car: Car) -> None:
    first, second, third, _ = car.log("coffee-shop", "other", "other", "other")
    car.logbook.undo()
    judged(car, first, Verdict.ACCEPTED)
    judged(car, second, Verdict.QUARANTINED, "Because.")
    judged(car, third, Verdict.TRY_LATER)
    car.clock.passes(90)
    tally = car.logbook.tally()
    assert tally.contacts == {State.READY_TO_SEND: 1, State.SENT: 1, State.NEEDS_ATTENTION: 1}
    assert (tally.records_ready, tally.oldest_ready_seconds) == (3, 90)
    assert [entry.reason for entry in car.logbook.entries()] == [None, "Because.", None]


def test_a_clock_that_stepped_back_never_makes_a_negative_age(car: Car) -> None:
    car.log("other")
    car.clock.at -= timedelta(days=1)
    assert car.logbook.tally().oldest_ready_seconds == 0


def test_records_of_a_newer_app_are_kept_and_sent_though_not_shown(car: Car) -> None:
    (first,) = car.log("other")
    newer = car.store.records()[first] | {"kind": "weather", "id": first[:-1] + "e", "sequence": 2}
    car.store._records.add(newer["id"], newer)
    assert [entry.contact.id for entry in car.logbook.entries()] == [first]
    assert [record["id"] for record in car.store.ready(9)] == [first, newer["id"]]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("14:32", "2026-11-22 14:32"),
        ("06:00", "2026-11-22 06:00"),
        ("6:00", "2026-11-22 06:00"),
        ("0600", "2026-11-22 06:00"),
        ("2026-11-21T23:10", "2026-11-21 23:10"),
        ("2026-11-21 23:10", "2026-11-21 23:10"),
        ("2026-11-22T22:00+00:00", "2026-11-22 14:00"),
    ],
)
def test_times_are_read_in_the_stations_zone(typed: str, expected: str) -> None:
    found = moment_from(typed, START, LOCAL)
    assert found == datetime.fromisoformat(expected).replace(tzinfo=LOCAL)


def test_last_night_is_understood_up_to_twelve_hours_back() -> None:
    morning = datetime(2026, 11, 22, 6, 10, tzinfo=LOCAL)
    assert moment_from("23:50", morning, LOCAL) == datetime(2026, 11, 21, 23, 50, tzinfo=LOCAL)
    assert moment_from("18:10", morning, LOCAL) == datetime(2026, 11, 21, 18, 10, tzinfo=LOCAL)
    assert moment_from("18:09", morning, LOCAL) > morning  # too far back: a time that has not come yet


@pytest.mark.parametrize(
    "typed", ["", "noon", "25:00", "14.32", "24:00", "2026-02-30T10:00", "2026-11-22", "0001-01-01T00:00+14:00", "٣:٣٣"]
)
def test_what_is_no_time_says_how_to_write_one(typed: str) -> None:
    with pytest.raises(BadInput, match="14:32"):
        moment_from(typed, START, LOCAL)


def test_undo_finds_the_last_contact_though_the_clock_stepped_back(car: Car) -> None:
    car.clock.at -= timedelta(hours=2)
    (contact_id,) = car.log("other")
    assert car.logbook.undo().contact.id == contact_id


def test_a_contact_of_long_ago_can_still_be_corrected(car: Car) -> None:
    (first,) = car.log("other")
    car.clock.passes(60 * 24 * 3600)
    assert car.logbook.correct(first, {"rd": "0454"}).contact.claimed_at == START
    car.clock.at -= timedelta(days=90)  # and also when the clock was set back since
    assert car.logbook.correct(car.logbook.entries()[0].contact.id, {"rd": "0455"}).contact.claimed_at == START


def test_a_correction_without_a_change_is_refused(car: Car) -> None:
    (first,) = car.log("other")
    with pytest.raises(BadInput, match="Nothing to correct"):
        car.logbook.correct(first, {})


@pytest.mark.parametrize(
    ("offset", "words"), [(timedelta(seconds=1), "not come yet"), (timedelta(days=-32), "31 days")]
)
def test_a_typed_time_that_cannot_be_says_what_the_device_believes(car: Car, offset: timedelta, words: str) -> None:
    with pytest.raises(BadInput, match=f"{words}.* says 2026-11-22 14:32"):
        car.log("other", claimed_at=START + offset)
    assert car.logbook.entries() == []


def test_a_thousand_corrections_of_one_contact_are_one_contact(car: Car) -> None:
    (last,) = car.log("other")
    entries = car.logbook.entries()
    chain = [entries[0].contact]
    for number in range(2, 2_000):
        chain.append(replace(chain[-1], id=car.clock.new_id(), sequence=number, corrects=last))
        last = chain[-1].id
    assert standing(chain, []).contacts == (chain[-1],)
