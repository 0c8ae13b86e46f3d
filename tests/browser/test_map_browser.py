"""The map of the RDs in a real browser, on each database: loaded, a bad file, previewed, saved, and seen."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from consoles import Served
from documents import norwalk
from playwright.sync_api import Browser, FilePayload, Page, expect
from sergeants import console_in, picture, sign_in, views_of
from shapes import BOW_TIE, file_of, grid
from windows import needs_browser

from station.references import rds_of

pytestmark = needs_browser


@pytest.fixture
def page(console_browser: Browser, served: Served) -> Iterator[Page]:
    """The administrator's tab."""
    with console_in(console_browser, served.address) as page:
        sign_in(page, served.password)
        yield page


def choose(page: Page, raw: bytes) -> None:
    """Choose a file and look at it."""
    page.get_by_label("GeoJSON file").set_input_files(FilePayload(name="rds.json", mimeType="", buffer=raw))
    page.get_by_role("button", name="Preview").click()


def test_a_countys_file_becomes_the_map_of_a_version(page: Page, pictures: Path) -> None:
    pictures.mkdir(exist_ok=True)
    rds = [rd for rd in rds_of(norwalk()) if rd != "0472"]
    page.get_by_role("link", name="Reference data").click()
    page.get_by_role("link", name="Map of the RDs").click()
    views_of(page, pictures, "map-form")
    choose(page, file_of({**grid(rds), "0457": BOW_TIE}))
    expect(page.get_by_role("alert")).to_contain_text("RD 0457 crosses itself at longitude")
    expect(page.get_by_role("row", name="0457")).to_contain_text("See above")
    expect(page.get_by_role("button", name="Save")).to_have_count(0)
    views_of(page, pictures, "map-bad")
    choose(page, file_of({**grid(rds), "1574": BOW_TIE}))
    expect(page.get_by_role("img", name="The shapes of the RDs")).to_be_visible()
    expect(page.get_by_role("row", name="0450")).to_contain_text("1.03")
    expect(page.get_by_text("Not in the station's list, and left out: RD 1574.")).to_be_visible()
    views_of(page, pictures, "map-preview")
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Map of the RDs: Version 2")
    views_of(page, pictures, "map-seen")
    page.emulate_media(media="print")
    picture(page, pictures / "map-seen-print.png")
    page.emulate_media(media="screen")
    page.get_by_role("link", name="Version 2").click()
    expect(page.get_by_role("row", name="Map of the RDs")).to_be_visible()
    views_of(page, pictures, "map-version")
