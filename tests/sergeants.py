"""The console's pages in a real browser, as a sergeant uses them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from authenticators import PHONE
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect, sync_playwright
from windows import CHROMIUM

from bench.chromium import OPTIONS


@contextmanager
def chromium(*options: str) -> Iterator[Browser]:
    """A browser without any window yet; `options` are Chromium's own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=[*OPTIONS, *options])
        try:
            yield browser
        finally:
            browser.close()


@pytest.fixture(scope="module")
def console_browser() -> Iterator[Browser]:
    """One browser for all tests of a file; each tab has a profile of its own."""
    with chromium() as browser:
        yield browser


@contextmanager
def console_in(browser: Browser | None, address: str) -> Iterator[Page]:
    """A tab for the console at this address, under a profile of its own that shares nothing with others.

    It asks nobody but the station, and is told of no fault: a style or script that is stopped would be one.
    """
    assert browser is not None
    profile = browser.new_context(base_url=address, viewport={"width": 1280, "height": 800})
    asked: list[str] = []
    faults: list[str] = []
    try:
        page = profile.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.on("console", lambda said: faults.append(said.text) if is_fault(said) else None)
        yield page
    finally:
        profile.close()
    assert [url for url in asked if not url.startswith(f"{address}/")] == []
    assert faults == []


def is_fault(said: ConsoleMessage) -> bool:
    """Whether a browser's message is about a fault: a page that is refused on purpose is none."""
    return said.type == "error" and not said.text.startswith(
        "Failed to load resource: the server responded with a status of 4"
    )


def sign_in(page: Page, password: str, name: str = "admin") -> None:
    """Sign in as a person does, with the keyboard alone; the authenticator is set up if it has to be."""
    page.goto("/")
    number = page.get_by_label("Number")
    if number.input_value() != name:  # it stands there already for who was away only
        expect(number).to_be_focused()
        page.keyboard.type(name)
        page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")
    second_factor(page, name)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Worksheets")


def second_factor(page: Page, name: str) -> None:
    """Enter a code of the authenticator, or set one up, if the page asks for it."""
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Sign in")
    title = page.get_by_role("heading", level=1).inner_text()
    if title == "Set up your authenticator":
        PHONE.scans(page.url, name, page.locator("#key").inner_text())
    elif title != "Authenticator code":
        return
    expect(page.get_by_label("Code", exact=True)).to_be_focused()
    page.keyboard.type(PHONE.code(page.url, name))
    page.keyboard.press("Enter")
    if title != "Authenticator code":
        expect(page.get_by_role("heading", level=1)).to_have_text("Your recovery codes")
        page.get_by_role("link", name="Go on").click()


def open_worksheet(page: Page, on: date, watch: str, person: str) -> Locator:
    """Choose a date and a watch, and open a person's worksheet; its contacts."""
    page.get_by_label("Date").fill(on.isoformat())
    page.get_by_label("Watch").select_option(label=watch)
    page.get_by_role("row", name=f"{person} {watch}").get_by_role("link", name=person).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Worksheet · {person}")
    return page.locator("tbody tr")


def picture(page: Page, path: Path) -> None:
    """Keep a picture of the whole page, to be looked at."""
    page.screenshot(path=path, full_page=True)


def views_of(page: Page, folder: Path, name: str) -> None:
    """The page that is open, by day and at night, wide and on a phone; it fits its window each time."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for shape, width in (("desk", 1280), ("phone", 360)):
            page.set_viewport_size({"width": width, "height": 800})
            assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"), (
                name
            )
            picture(page, folder / f"{name}-{scheme}-{shape}.png")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(color_scheme="light")
