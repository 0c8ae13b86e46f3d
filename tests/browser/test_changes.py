"""Changing what was logged, and a window that comes back, in a real browser."""

from pathlib import Path

import pytest
from programs import Program
from windows import Window, browser, needs_browser

pytestmark = [needs_browser, pytest.mark.timeout(300)]


@pytest.fixture
def car(deputy: Program) -> Program:
    """The deputy's program with somebody signed on and two contacts logged."""
    for setting in ("coffee-shop", "resident-outside"):
        assert deputy("log", setting, "--rd", "0454").code == 0
    return deputy


def test_a_contact_is_corrected_and_another_withdrawn_as_a_stop(car: Program, pictures: Path) -> None:
    with browser() as context, car.running("run", "--no-browser", "--port", "0") as (_, launch):
        window = Window(context, launch)
        window.tap("Shift")
        window.tap("Change")
        window.picture(pictures / "change.png")
        field = window.page.get_by_role("textbox", name="People")
        field.click()
        window.page.wait_for_timeout(500)
        for key in ("Backspace", "5"):  # a key here is a number, and no contact
            window.page.keyboard.press(key)
            window.page.wait_for_timeout(300)
        window.tap("Save")
        window.sees("5 people")
        window.sees("2 contacts in this shift")
        window.tap("Change")
        window.tap("Withdraw: it was a stop")
        window.sees("840")
        window.tap("Understood")
        window.sees("1 contact in this shift")
    entries = car("list", "--all", "--json").json
    assert [(item["setting"], item["people"], item["stands"]) for item in entries] == [
        ("resident-outside", 5, False),
        ("resident-outside", 1, False),
        ("coffee-shop", 1, True),
    ]


def test_a_window_whose_connection_was_lost_comes_back_and_repaints(car: Program) -> None:
    with browser() as context, car.running("run", "--no-browser", "--port", "0") as (_, launch):
        window = Window(context, launch)
        window.sees("Shift 2")
        for count in (3, 4):
            window.lose_connection()
            window.page.wait_for_timeout(3_000)
            window.tap("Other")
            window.sees(f"Shift {count}")
