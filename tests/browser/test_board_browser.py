"""The board in a real browser: it keeps itself up to date, and without JavaScript a reload does."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cars import Car
from consoles import Served
from doubles import FixedClock, uuids
from playwright.sync_api import expect
from sergeants import chromium, console_in, sign_in, views_of
from windows import needs_browser

pytestmark = [needs_browser, pytest.mark.timeout(300)]


def test_a_contact_that_comes_in_is_on_the_board_by_itself(
    served: Served, make_car: Callable[..., Car], pictures: Path
) -> None:
    car = make_car(watch="pm", clock=FixedClock(ids=uuids(50_000)))
    car.log("coffee-shop", "coffee-shop", "block-watch", rd="0454")
    car.log("business-owner", rd="0460")
    car.log("other")
    car.send()
    with chromium() as found, console_in(found, served.address) as page:
        sign_in(page, served.password)
        page.get_by_role("link", name="Board").click()
        title = page.locator("#board h2").first
        expect(title).to_have_text("PM, Sun 22 Nov 2026: 5 contacts")
        page.get_by_role("link", name="car 42").focus()
        car.log("coffee-shop", rd="0451")
        car.send()
        expect(title).to_have_text("PM, Sun 22 Nov 2026: 6 contacts", timeout=20_000)
        expect(page.get_by_role("link", name="car 42")).to_be_focused()
        expect(page.locator("#board-lost")).to_be_hidden()
        views_of(page, pictures, "board")
    with chromium() as found:
        profile = found.new_context(base_url=served.address, java_script_enabled=False)
        page = profile.new_page()
        sign_in(page, served.password)
        page.get_by_role("link", name="Board").click()
        car.log("coffee-shop", rd="0451")
        car.send()
        page.get_by_role("link", name="Reload").click()
        expect(page.locator("#board h2").first).to_have_text("PM, Sun 22 Nov 2026: 7 contacts")
        profile.close()
