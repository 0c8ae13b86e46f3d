"""What is signed at the end of a shift: each worksheet that the shift has changed, as it stands then."""

from cars import Car

from sync.records import Role

HOUR_SECONDS = 3_600


def signed_off(car: Car) -> list[tuple[str, set[str]]]:
    """End the shift; the worksheets that were confirmed, by their watch, and what stands on them."""
    found = car.logbook.confirm(None)
    car.logbook.sign_off()
    return [(each.watch, set(each.contacts)) for each in found]


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


def test_a_worksheet_on_which_nothing_stands_any_more_is_not_signed(car: Car) -> None:
    (only,) = car.log("coffee-shop")
    signed_off(car)
    car.logbook.sign_on("900001", Role.DEPUTY, "day", "42A")
    car.logbook.withdraw(only, "mistake")
    assert signed_off(car) == []
