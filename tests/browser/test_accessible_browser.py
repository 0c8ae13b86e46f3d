"""Every page of the console under axe-core: by day, at night and on paper nothing is found, and a phone is wide enough.

The pages come from the table of permissions, so that a new page is looked at too.
"""

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from briefings import sends_standard_briefing
from cars import Car
from consoles import Served
from documents import norwalk, saved
from places import ON_SQLITE_ALONE
from playwright.sync_api import FilePayload, Page
from sergeants import chromium, console_in, sign_in
from shapes import BOW_TIE, file_of, grid, keeps_map
from windows import needs_browser

from station.database import Database
from station.geojson import Polygons
from station.permissions import RULES, Door
from sync.reference import Reference

pytestmark = [needs_browser, ON_SQLITE_ALONE, pytest.mark.slow, pytest.mark.timeout(300)]
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 800}
SHEET = "/worksheets/2026-11-22/day/900001"
# What stands in the place of a route's parameters, and what is asked for where that shows more.
PATHS = {
    "/": "/worksheets?on=2026-11-22",
    "/worksheets": "/worksheets?on=2026-11-22",
    "/coverage": "/coverage?from=2026-11-01&to=2026-11-22",
    "/worksheets/{on}/{watch}/{person}": SHEET,
    "/worksheets/{on}/{watch}/{person}/return": f"{SHEET}/return",
    "/quarantine/{number}": "/quarantine/1",
    "/people/{name}": "/people/admin",
    "/reference/{number}": "/reference/2",
    "/reference/{number}/edit/{part}": "/reference/1/edit/areas",
    "/reference/{number}/map": "/reference/2/map",
    "/reference/{number}/map/load": "/reference/2/map/load",
    "/briefings/new": "/briefings/new?from=unit-order-16-02",
    "/briefings/{number}": "/briefings/1",
    "/briefings/{number}/edition": "/briefings/1/edition",
    "/retention/deletion": "/retention/deletion?until=2024-06-30",
    "/devices/{device}": "/devices/DEVICE",
    "/devices/{device}/revoke": "/devices/DEVICE/revoke",
}
# What is no page: files, and what programs ask for.
NO_PAGES = {
    *("/static", "/healthz", "/openapi.json", "/v1/authority"),
    *("/devices/bundles/{number}/receipt", "/reference/{number}/file"),
    "/board/stream",
}


def routes() -> list[str]:
    """Every page that somebody who is signed in can ask for."""
    return [
        route
        for (method, route), rule in RULES.items()
        if method == "GET"
        and rule is not Door.PASSWORD_GIVEN
        and route not in NO_PAGES
        and not route.endswith((".csv", ".pdf"))
    ]


@pytest.fixture
def page(served: Served, database: Database, reference: Reference, car: Car) -> Iterator[Page]:
    """The administrator's tab, over a station that has something to show on every page."""
    car.clock.passes(60)
    for number in range(4):
        car.log("coffee-shop", rd=None if number else "0454", tag="12" if number > 1 else None)
    car.send()
    sends_standard_briefing(database, reference)
    saved(database, norwalk(station="Norwalk", rd_map=keeps_map(database)), None, car.clock.now())
    with chromium() as browser, console_in(browser, served.address) as page:
        page.goto("/sign-in")
        assert found(page) == []
        sign_in(page, served.password)
        yield page


def found(page: Page) -> list[str]:
    """What axe-core finds on this page: its rule, and where."""
    page.evaluate(AXE)
    results: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{page.url}: {violation['id']} ({violation['help']}) at {node['target']}"
        for violation in results["violations"]
        for node in violation["nodes"]
    ]


def test_nothing_is_found_on_any_page(page: Page, car: Car) -> None:
    wrong: list[str] = []
    for route in routes():
        path = PATHS.get(route, route).replace("DEVICE", car.device.identity().device)
        assert "{" not in path, f"say in PATHS what to ask for at {route}"
        page.emulate_media(media="screen", color_scheme="light")
        answer = page.goto(path)
        assert answer is not None
        assert answer.ok or route == "/quarantine/{number}", path  # nothing is put aside: the page of a refusal
        wrong += found(page)
        page.emulate_media(media="screen", color_scheme="dark")
        wrong += [f"dark {each}" for each in found(page)]
        page.emulate_media(media="print", color_scheme="light")
        wrong += [f"print {each}" for each in found(page)]
        page.emulate_media(media="screen")
        page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wrong.append(f"{path} is wider than a phone")
        page.set_viewport_size({"width": DESK["width"], "height": DESK["height"]})
    assert wrong == []


@pytest.mark.parametrize("polygons", [BOW_TIE, grid(["0450"])["0450"]], ids=["bad", "sound"])
def test_nothing_is_found_where_a_map_is_looked_at(page: Page, polygons: Polygons) -> None:
    page.goto("/reference/1/map/load")
    raw = file_of({"0450": polygons, "0451": grid(["0450", "0451"])["0451"]})
    page.get_by_label("GeoJSON file").set_input_files(FilePayload(name="rds.json", mimeType="", buffer=raw))
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("img").wait_for()
    wrong = found(page)
    page.emulate_media(media="screen", color_scheme="dark")
    wrong += found(page)
    page.emulate_media(media="print", color_scheme="light")
    assert wrong + found(page) == []


def test_what_a_screen_reader_or_an_eye_stumbles_over_would_be_found(page: Page) -> None:
    """The harness itself: a picture without words, grey on grey, a field without a label."""
    page.evaluate(
        """() => {
          const main = document.querySelector('main');
          main.append(document.createElement('img'), document.createElement('input'));
          main.querySelector('h1').style.color = '#aaa';  // CSSOM, which the page's policy lets pass
        }"""
    )
    rules = {each.split(": ")[1].split(" (")[0] for each in found(page)}
    assert rules >= {"image-alt", "label", "color-contrast"}
