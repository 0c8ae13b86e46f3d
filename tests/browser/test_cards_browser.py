"""Cards in a real browser: counted in the app, seen at the console, put into a car, and what was a mistake taken back."""

from pathlib import Path

import pytest
from cars import Car
from consoles import Served
from playwright.sync_api import Page, expect
from programs import Program
from sergeants import chromium, console_in, picture, sign_in, views_of
from windows import Window, browser, needs_browser

from field_app.stamps import stamp_of
from sync.records import CardCount

pytestmark = [needs_browser, pytest.mark.timeout(300)]


@pytest.fixture
def low_car(car: Car) -> Car:
    """A car that had thirty cards and handed out eighteen, beside one that nobody counted."""

    def make(sequence: int) -> CardCount:
        return CardCount(**stamp_of(car.clock, car.device, "900001", sequence), unit="42A", cards=30)

    car.store.add([make])
    car.clock.passes(600)
    for _ in range(6):
        car.log("coffee-shop", rd="0454", cards=3)
    car.logbook.sign_on("900001", car.logbook.shift().role, "day", "43A")  # type: ignore[union-attr]  # somebody is
    car.log("other", rd="0454", cards=2)
    car.send()
    return car


def pictures_of(page: Page, folder: Path, name: str, path: str) -> None:
    """A page on screens by day and at night, and on paper."""
    page.goto(path)
    views_of(page, folder, name)
    page.emulate_media(color_scheme="light", media="print")
    picture(page, folder / f"{name}-print.png")
    page.emulate_media(media="screen")


def test_a_sergeant_fills_a_car_with_the_keyboard_alone(low_car: Car, served: Served, pictures: Path) -> None:
    with chromium() as found, console_in(found, served.address) as page:
        sign_in(page, served.password)
        page.get_by_role("link", name="Cards", exact=True).press("Enter")
        expect(page.locator(".exceptions")).to_contain_text("42A: 12 (Low)")
        expect(page.locator(".exceptions")).to_contain_text("43A (Not counted in 28 days")
        page.get_by_label("Cards that came").press_sequentially("500")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Reserve of the station: 500")).to_be_visible()
        low_car.clock.passes(60)
        page.get_by_role("link", name="Fill the cars").press("Enter")
        page.get_by_label("Put in, 42A").press_sequentially("40")
        page.keyboard.press("Enter")
        expect(page.get_by_role("row", name="42A").first).to_contain_text("52")
        pictures_of(page, pictures, "cards", "/cards")
        pictures_of(page, pictures, "cards-fill", "/cards/fill")
        page.goto("/cards")
        page.get_by_role("button", name="Take back 2").press("Enter")
        expect(page.get_by_text("taken back", exact=True)).to_be_visible()
        expect(page.get_by_role("heading", name="Reserve of the station: 500")).to_be_visible()
        page.get_by_label("Low below").fill("5")
        page.get_by_label("Low below").press("Enter")
        expect(page.locator(".exceptions")).not_to_contain_text("42A")


def test_the_cards_in_the_car_are_counted_in_the_app(deputy: Program, pictures: Path) -> None:
    with browser() as context, deputy.running("run", "--no-browser", "--port", "0") as (_, launch):
        window = Window(context, launch)
        window.tap("Shift")
        window.tap("Cards")
        window.sees("Cards in 42A")
        window.picture(pictures / "app-cards.png")
        window.tap("+10")
        window.tap("+1")
        window.page.wait_for_timeout(300)
        window.tap("Save the count")
        window.sees("42A · ")
        window.picture(pictures / "app-cards-counted.png")
        window.tap("Cards")
        window.sees("Last count on this device: ")
        window.picture(pictures / "app-cards-again.png")
        window.page.set_viewport_size({"width": 360, "height": 740})
        window.page.wait_for_timeout(500)
        window.picture(pictures / "app-cards-phone.png")
        window.tap("Back")
        window.sees("0 contacts in this shift")
        sign_off = window.button("Sign off").bounding_box()
        assert sign_off is not None
        assert sign_off["x"] + sign_off["width"] <= 360  # all of it is on a phone
        window.picture(pictures / "app-cards-shift-phone.png")
    assert deputy("status", "--json").json["records_ready"] == 1
