"""The console in a real browser: what it loads, how it reads by day, at night, on paper and on a narrow screen."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cars import Car
from consoles import Served
from places import ON_SQLITE_ALONE
from playwright.sync_api import Page, Request, Route, expect, sync_playwright
from sergeants import picture, sign_in
from windows import CHROMIUM, needs_browser

from bench.chromium import OPTIONS
from sync.records import Source

DESK = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
SHEET = "/worksheets/2026-11-22/day/900001"
DAY = "/worksheets?on=2026-11-22"
pytestmark = [needs_browser, ON_SQLITE_ALONE]  # pages look alike on each


@pytest.fixture
def page(served: Served, tmp_path: Path) -> Iterator[Page]:
    """A tab of a fresh browser profile. Whatever it asks of anybody but the station fails the test."""
    asked: list[str] = []
    faults: list[str] = []

    def remember(request: Request) -> None:
        asked.append(request.url)

    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "profile",
            executable_path=CHROMIUM,
            headless=True,
            args=OPTIONS,
            base_url=served.address,
            viewport={"width": DESK["width"], "height": DESK["height"]},
        )
        context.on("request", remember)
        page = context.pages[0]
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        yield page
        context.close()
    assert asked
    assert [url for url in asked if not url.startswith(f"{served.address}/")] == []
    assert faults == []  # a blocked style or script would be told here


@pytest.fixture
def full_sheet(car: Car) -> None:
    """A worksheet of 25 contacts with everything that can stand on one."""
    settings = ["resident-outside", "business-owner", "coffee-shop", "block-watch", "counter-report"]
    for number in range(24):
        car.clock.passes(60)
        is_call = number % 4 == 1
        car.log(
            settings[number % 5],
            rd=None if number == 7 else ["0454", "0460", "0490"][number % 3],
            source=Source.CALL if is_call and number % 5 != 4 else None,
            tag="123" if is_call and number != 13 else None,
            people=1 + number % 4,
            cards=number % 3,
            minutes=5 if number % 2 else None,
            note=[None, "Asked about porch lights and a parked trailer", "Señal rota, avisar a la ciudad"][number % 3],
            claimed_at=car.clock.now() - timedelta(hours=3) if number == 3 else None,
        )
    (wrong,) = car.log("business-owner", rd="0454")
    car.logbook.correct(wrong, {"people": 4, "rd": "0451"})
    car.send()


def is_cut(page: Page) -> bool:
    """Whether the page is wider than its window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@pytest.mark.usefixtures("full_sheet")
def test_the_sergeant_signs_in_and_reads_the_worksheet(page: Page, served: Served, pictures: Path) -> None:
    """By day, at night and on a phone; every page fits its window."""
    page.goto("/")
    picture(page, pictures / "console-sign-in.png")
    sign_in(page, served.password)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for width, window in (("desk", DESK), ("phone", PHONE)):
            page.set_viewport_size({"width": window["width"], "height": window["height"]})
            for name, path in (("day", DAY), ("sheet", SHEET), ("none", "/worksheets?on=2026-11-01")):
                page.goto(path)
                assert not is_cut(page), (name, width)
                picture(page, pictures / f"console-{name}-{scheme}-{width}.png")
    page.goto(SHEET)
    assert page.get_by_role("table").get_by_role("row").count() == 27  # a head, 25 contacts, a foot
    assert page.evaluate("document.fonts.check('15px Inter')")


@pytest.mark.usefixtures("full_sheet")
def test_a_worksheet_of_25_contacts_prints_on_one_page(page: Page, served: Served, pictures: Path) -> None:
    sign_in(page, served.password)
    page.emulate_media(color_scheme="dark")
    page.goto(SHEET)
    printed = page.pdf(path=pictures / "console-sheet.pdf", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    page.emulate_media(media="print")
    shown = page.evaluate(
        "[getComputedStyle(document.documentElement), getComputedStyle(document.body)].map(s => [s.backgroundColor, s.color])"
    )
    assert shown[0] == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    expect(page.get_by_role("table")).to_be_visible()


@pytest.mark.usefixtures("full_sheet")
def test_choosing_a_date_changes_the_list_without_loading_the_page_again(page: Page, served: Served) -> None:
    sign_in(page, served.password)
    page.goto(DAY)
    page.evaluate("window.isSamePage = true")
    page.get_by_label("Date").fill("2026-11-21")
    expect(page.get_by_role("heading", level=1)).to_have_text("Worksheets · Sat 21 Nov 2026")
    page.get_by_label("Watch").select_option("pm")
    expect(page).to_have_url(re.compile(r"on=2026-11-21&watch=pm&area=&state=$"))
    assert page.evaluate("window.isSamePage")
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "900001" not in kept  # no copy of a page stays in the browser
    page.evaluate("history.back()")
    expect(page.get_by_label("Watch")).to_have_value("")
    page.evaluate("history.back()")
    expect(page.get_by_role("link", name="900001").first).to_be_visible()


@pytest.mark.usefixtures("full_sheet")
def test_back_pressed_while_the_page_before_is_still_loading_leads_two_days_back(page: Page, served: Served) -> None:
    sign_in(page, served.password)
    page.goto(DAY)
    for day in ("2026-11-21", "2026-11-20"):
        page.get_by_label("Date").fill(day)
        expect(page).to_have_url(re.compile(f"on={day}"))
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/htmx.min.js", hold)
    page.evaluate("history.back()")
    expect(page.get_by_label("Date")).to_have_value("2026-11-21")
    page.evaluate("history.back()")
    expect(page).to_have_url(re.compile("on=2026-11-22$"))
    for route in held:
        route.continue_()
    page.unroute("**/htmx.min.js")
    expect(page.get_by_role("link", name="900001").first).to_be_visible()


def test_when_the_session_is_over_choosing_a_date_leads_to_sign_in(page: Page, served: Served) -> None:
    sign_in(page, served.password)
    served.clock.passes(31 * 60)
    page.get_by_label("Watch").select_option("pm")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_the_first_key_leads_past_the_rail(page: Page, served: Served) -> None:
    sign_in(page, served.password)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


def test_signing_out_leaves_nothing_behind(page: Page, served: Served) -> None:
    sign_in(page, served.password)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
