"""Reviewing in a real browser: the console by day, at night, narrow and on paper, and the returned contact in the app."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cars import Car
from consoles import Served
from doubles import FixedClock, uuids
from playwright.sync_api import Page, expect
from programs import Program
from reviewers import reviewed, sheet_of, submit
from sergeants import chromium, console_in, picture, sign_in, views_of
from windows import Window, browser, needs_browser

from station.database import Database
from sync.records import Source

pytestmark = [needs_browser, pytest.mark.timeout(300)]
DAY, SHEET = "/worksheets?on=2026-11-22", "/worksheets/2026-11-22/day/900001"


@pytest.fixture
def car(make_car: Callable[..., Car]) -> Car:
    """A device whose deputy logged what has exceptions, and a partner's beside it."""
    car, other = make_car("car 42"), make_car("tablet", person="900002", clock=FixedClock(ids=uuids(90_000)))
    car.log("coffee-shop", source=Source.CALL, rd="0454", people=3)
    car.log("business-owner", rd="0460", cards=2, note="Asked about porch lights")
    car.log("resident-outside")
    stop = car.log("other", rd="0451")[0]
    car.logbook.withdraw(stop, "stop")
    other.log("business-owner", rd="0460", cards=2)
    car.send()
    other.send()
    return car


def open_and_view(page: Page, folder: Path, name: str, path: str) -> None:
    """Open a page, and see it in every light."""
    page.goto(path)
    views_of(page, folder, f"review-{name}")


def test_a_sergeant_returns_and_approves_with_the_keyboard_alone(car: Car, served: Served, pictures: Path) -> None:
    with chromium() as found, console_in(found, served.address) as page:
        sign_in(page, served.password)
        page.goto(SHEET)
        page.get_by_role("link", name="Return …").press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Return · 900001")
        page.get_by_label("Reason, 14:32 Coffee shop or restaurant").press("A")
        comment = page.get_by_label("Comment, 14:32 Coffee shop or restaurant")
        comment.press_sequentially("The 14:00 call?")
        open_and_view(page, pictures, "return", f"{SHEET}/return")
        page.get_by_label("Reason, 14:32 Coffee shop or restaurant").press("A")
        page.get_by_label("Comment, 14:32 Coffee shop or restaurant").press_sequentially("The 14:00 call?")
        page.get_by_label("Comment, 14:32 Coffee shop or restaurant").press("Enter")
        expect(page.locator(".reviews")).to_contain_text("A call needs its tag: The 14:00 call?")
        open_and_view(page, pictures, "returned", SHEET)
        (wrong,) = [entry.contact.id for entry in car.logbook.entries() if entry.contact.source is Source.CALL]
        car.logbook.correct(wrong, {"tag": "123"})
        car.send()
        page.goto(SHEET)
        expect(page.locator(".reviews")).to_contain_text("answered: corrected")
        open_and_view(page, pictures, "answered", SHEET)
        open_and_view(page, pictures, "day", DAY)
        open_and_view(page, pictures, "rules", "/rules")
        page.goto(SHEET)
        page.emulate_media(media="print")
        picture(page, pictures / "review-sheet-print.png")
        page.emulate_media(media="screen")
        page.get_by_role("button", name="Approve").press("Enter")
        expect(page.locator("dl.heading")).to_contain_text("Approved")
        expect(page.get_by_role("button", name="Approve")).to_have_count(0)


def test_a_returned_contact_is_seen_and_corrected_in_the_app(
    station755: Program, contact755: Program, database: Database, pictures: Path
) -> None:
    with reviewed(station755, contact755, database) as sergeant:
        wrong = contact755("log", "coffee-shop", "--source", "call", "--rd", "0454", "--json").json["id"]
        assert contact755("log", "business-owner", "--rd", "0451").code == 0
        assert contact755("send").code == 0
        sheet = sheet_of(sergeant, contact755)
        fields = {f"reason.{wrong}": "A call needs its tag", f"comment.{wrong}": "The one at the mall"}
        submit(sergeant, f"{sheet}/return", f"{sheet}/return", comment__all="Two contacts, one card?", **fields)
        with browser() as context, contact755.running("run", "--no-browser", "--port", "0") as (_, launch):
            window = Window(context, launch)
            window.tap("Shift")
            window.sees("Returned: A call needs its tag: The one at the mall")
            window.sees("was returned: Two contacts, one card?")
            window.picture(pictures / "app-returned.png")
            window.tap("Outbox")
            window.sees("was returned: Two contacts, one card?")
            window.picture(pictures / "app-returned-outbox.png")
            window.tap("Shift")
            window.tap("Change")
            window.sees("Returned: A call needs its tag: The one at the mall")
            window.picture(pictures / "app-returned-change.png")
            field = window.page.get_by_role("textbox", name="Tag")
            field.click()
            window.page.wait_for_timeout(500)
            window.page.keyboard.type("123", delay=200)
            window.page.wait_for_timeout(500)
            window.tap("Save")
            window.sees("call 123")
            window.picture(pictures / "app-corrected.png")
            assert "Returned: A call" not in window.text()
        assert contact755("send").code == 0
        assert "Corrected: tag none → 123" in sergeant.get(sheet).text
