"""A captain looks at coverage in a real browser, on each database: four weeks, an area, the map, paper, and the file."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cars import Car
from consoles import Served
from documents import norwalk, saved
from doubles import FixedClock, uuids
from playwright.sync_api import expect
from sergeants import chromium, console_in, picture, views_of
from shapes import keeps_map
from staff import browser_of
from windows import needs_browser

from station.console.visits import COOKIE
from station.database import Database
from station.roles import StationRole

pytestmark = [needs_browser, pytest.mark.timeout(300)]


def test_a_captain_sees_where_nobody_was(
    served: Served, database: Database, make_car: Callable[..., Car], pictures: Path
) -> None:
    pictures.mkdir(exist_ok=True)
    car = make_car(watch="pm", clock=FixedClock(ids=uuids(50_000)))
    car.log("coffee-shop", "coffee-shop", "block-watch", rd="0454")
    car.log("business-owner", rd="0460")
    car.log("other")
    car.send()
    saved(database, norwalk(rd_map=keeps_map(database)), None, car.clock.now())
    secret = browser_of(database, served, StationRole.CAPTAIN).http.cookies[COOKIE]
    with chromium() as found, console_in(found, served.address) as page:
        page.context.add_cookies([{"name": COOKIE, "value": secret, "url": served.address}])
        page.goto("/")
        page.get_by_role("link", name="Coverage").click()
        expect(page.get_by_role("heading", level=2).first).to_have_text(
            "Sun 25 Oct 2026 to Sat 21 Nov 2026: 0 contacts"
        )
        page.get_by_label("Through").fill("2026-11-22")
        page.get_by_role("button", name="Show").click()
        expect(page.get_by_role("heading", level=2).first).to_have_text(
            "Sun 25 Oct 2026 to Sun 22 Nov 2026: 5 contacts"
        )
        expect(page.get_by_role("list").filter(has_text="Norwalk: 0450 (never)")).to_be_visible()
        expect(page.get_by_role("row", name="0454 Norwalk 3 2026-11-22 0")).to_be_visible()
        expect(page.get_by_role("row", name="Missing 1")).to_be_visible()
        expect(page.get_by_role("img", name="The RDs, north up")).to_contain_text("RD 0454: 3 contacts")
        expect(page.get_by_role("table", name="Hour of the day").get_by_role("row", name="14:00 5")).to_be_visible()
        views_of(page, pictures, "coverage")
        page.emulate_media(media="print")
        picture(page, pictures / "coverage-print.png")
        page.emulate_media(media="screen")
        page.get_by_label("Area").select_option("La Mirada")
        page.get_by_role("button", name="Show").press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Coverage: La Mirada")
        expect(page.get_by_role("row", name="0454")).to_have_count(0)
        with page.expect_download() as file:
            page.get_by_role("link", name="As CSV").click()
        assert file.value.suggested_filename == "coverage-2026-10-25-2026-11-22.csv"
        assert file.value.path().read_text("utf-8").count("La Mirada") == 14
