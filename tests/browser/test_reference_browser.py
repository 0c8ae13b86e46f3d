"""The forms of the reference data in a real browser, on each database: changed, previewed, saved, and gone by."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from consoles import Served
from playwright.sync_api import Browser, Page, expect
from sergeants import console_in, sign_in, views_of
from windows import needs_browser

pytestmark = needs_browser


@pytest.fixture
def page(console_browser: Browser, served: Served) -> Iterator[Page]:
    """The administrator's tab."""
    with console_in(console_browser, served.address) as page:
        sign_in(page, served.password)
        yield page


def test_a_setting_is_retired_and_another_offered(page: Page, pictures: Path) -> None:
    page.get_by_role("link", name="Reference data").click()
    page.get_by_role("link", name="Settings", exact=True).click()
    field = page.get_by_label("Settings", exact=True)
    expect(field).to_have_value(re.compile(r"coffee-shop \| Coffee shop or restaurant"))
    lines = [line for line in field.input_value().splitlines() if not line.startswith("coffee-shop")]
    field.fill("\n".join([*lines, "Park | Park"]))
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("alert")).to_contain_text("settings, number 8: name must be lower-case letters")
    views_of(page, pictures, "reference-problems")
    page.get_by_label("Settings", exact=True).fill("\n".join([*lines, "park | Park"]))
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("status")).to_contain_text("Settings: park")
    views_of(page, pictures, "reference-preview")
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Reference data: Version 2")
    views_of(page, pictures, "reference-version")
    page.get_by_role("link", name="All versions").click()
    expect(page.get_by_role("row").nth(1)).to_contain_text("Valid now")
    views_of(page, pictures, "reference-versions")
