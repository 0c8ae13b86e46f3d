"""What is signed at the end of a shift: each worksheet that the shift has changed, as it stands then."""

import pytest
from cars import Car
from handset import ON

from field_app.screens.end_shift import worksheet_words
from station.database import Database
from station.worksheets import worksheets_on
from sync.records import Role
from sync.reference import Reference

HOUR_SECONDS = 3_600


def signed_off(car: Car) -> list[tuple[str, set[str]]]:
    """End the shift; the worksheets that were confirmed, by their watch, and what stands on them."""
    found = car.logbook.confirm(None)
    car.logbook.sign_off()
    return [(each.watch, set(each.contacts)) for each in found]


def odd(database: Database, reference: Reference) -> set[str]:
    """What the station finds of the day's signatures."""
    with database.reading() as session:
        found = worksheets_on(session, reference, ON, "day")
    names = {*(each.name for each in found.findings), *(flag for line in found.lines for flag in line.flags)}
    return names & {"signed-gone", "after-signing"}


def test_a_worksheet_is_signed_again_after_a_contact_was_withdrawn_in_a_later_shift(car: Car) -> None:
    first, *others = car.log("coffee-shop", "other", "block-watch")
    assert signed_off(car) == [("day", {first, *others})]
    car.clock.passes(HOUR_SECONDS)
    car.logbook.sign_on("900001", Role.DEPUTY, "day", "42A")
    assert signed_off(car) == []
    car.logbook.sign_on("900001", Role.DEPUTY, "day", "42A")
    car.logbook.withdraw(first, "stop")
    assert signed_off(car) == [("day", {*others})]


def test_a_contact_of_another_watch_that_is_corrected_is_signed_on_the_worksheet_of_its_watch(car: Car) -> None:
    first, second = car.log("coffee-shop", "other")
    signed_off(car)
    car.clock.passes(18 * HOUR_SECONDS)
    car.logbook.sign_on("900001", Role.DEPUTY, "pm", "42A")
    (today,) = car.log("block-watch")
    again = car.logbook.correct(first, {"rd": "0454"}).contact.id
    assert signed_off(car) == [("day", {again, second}), ("pm", {today})]


def test_what_was_logged_and_taken_back_in_one_shift_asks_for_no_signature(car: Car) -> None:
    car.log("coffee-shop", "other")
    signed_off(car)
    car.logbook.sign_on("900001", Role.DEPUTY, "day", "42A")
    car.log("block-watch")
    car.logbook.undo()
    assert car.logbook.to_confirm() == {}


def test_a_signed_worksheet_on_which_nothing_stands_any_more_is_signed_again_once(car: Car) -> None:
    (only,) = car.log("coffee-shop")
    signed_off(car)
    car.logbook.sign_on("900001", Role.DEPUTY, "day", "42A")
    car.logbook.withdraw(only, "mistake")
    assert signed_off(car) == [("day", set())]
    car.logbook.sign_on("900001", Role.DEPUTY, "day", "42A")
    assert signed_off(car) == []


def test_a_worksheet_that_was_never_signed_and_on_which_nothing_stands_any_more_is_not_signed(car: Car) -> None:
    (only,) = car.log("coffee-shop")
    car.logbook.sign_off()
    car.logbook.sign_on("900001", Role.DEPUTY, "day", "42A")
    car.logbook.withdraw(only, "mistake")
    assert signed_off(car) == []


def test_who_went_back_after_signing_signs_again_what_was_withdrawn_then(car: Car) -> None:
    (only,) = car.log("coffee-shop")
    car.logbook.confirm(None)
    car.logbook.withdraw(only, "stop")
    assert signed_off(car) == [("day", set())]


def test_the_station_finds_nothing_gone_once_the_changed_worksheets_were_signed_again(
    car: Car, database: Database, reference: Reference
) -> None:
    first, second = car.log("coffee-shop", "other")
    signed_off(car)
    car.clock.passes(18 * HOUR_SECONDS)
    car.logbook.sign_on("900001", Role.DEPUTY, "pm", "42A")
    again = car.logbook.correct(first, {"rd": "0454"}).contact.id
    car.send()
    assert odd(database, reference) == {"signed-gone", "after-signing"}
    signed_off(car)
    car.send()
    assert odd(database, reference) == set()
    car.logbook.sign_on("900001", Role.DEPUTY, "pm", "42A")
    for each in (second, again):
        car.logbook.withdraw(each, "mistake")
    car.send()
    assert odd(database, reference) == {"signed-gone"}
    signed_off(car)
    car.send()
    assert odd(database, reference) == set()


@pytest.mark.parametrize(
    ("contacts", "worksheets", "words"),
    [
        (0, 0, "No contact stands on a worksheet that this shift has changed, so there is none to sign."),
        (0, 1, "Your worksheet has no contact any more. Your PIN signs it."),
        (1, 1, "Your worksheet has 1 contact. Your PIN signs it."),
        (3, 2, "Your 2 worksheets have 3 contacts. Your PIN signs them."),
    ],
)
def test_the_end_of_the_shift_says_what_the_pin_signs(contacts: int, worksheets: int, words: str) -> None:
    assert worksheet_words(contacts, worksheets, needs_pin=True) == words
