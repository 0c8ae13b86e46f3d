"""Retention in a real browser: a hold, a preview that says what it keeps, its end, and what is gone afterwards."""

from pathlib import Path

import pytest
from consoles import Served
from doubles import FixedClock
from handset import Handset, enrolled_handset
from keeping import DAYS, three_days
from playwright.sync_api import Page, expect
from sergeants import chromium, console_in, picture, sign_in, views_of
from windows import needs_browser

from station.database import Database
from station.desk import Desk
from sync.reference import Reference

pytestmark = [needs_browser, pytest.mark.timeout(300)]


@pytest.fixture
def handset(database: Database, desk: Desk, clock: FixedClock, reference: Reference) -> Handset:
    """A device that sent three days of records long ago."""
    handset = enrolled_handset(database, desk, clock)
    three_days(handset, database, reference)
    return handset


def look(page: Page) -> None:
    """Ask what would go."""
    page.goto("/retention")
    page.get_by_label("Everything up to").fill(str(DAYS[1]))
    page.get_by_role("button", name="See what would go").press("Enter")


def test_an_administrator_holds_looks_lifts_and_deletes_with_the_keyboard_alone(
    handset: Handset, served: Served, pictures: Path
) -> None:
    assert handset.sequence
    with chromium() as found, console_in(found, served.address) as page:
        sign_in(page, served.password)
        page.get_by_role("link", name="Retention", exact=True).press("Enter")
        page.get_by_label("Matter").press_sequentially("26-0815")
        page.get_by_label("Reason", exact=True).press_sequentially("Claim filed")
        page.get_by_label("Person").press_sequentially("900001")
        page.keyboard.press("Enter")
        expect(page.get_by_role("row", name="26-0815")).to_contain_text("In force")
        views_of(page, pictures, "retention")
        look(page)
        expect(page.get_by_role("row", name="A legal hold")).to_contain_text("14")
        expect(page.get_by_text("Nothing of that may be deleted now.")).to_be_visible()
        views_of(page, pictures, "deletion-held")
        page.goto("/retention")
        page.get_by_label("Why it is lifted").press_sequentially("Settled")
        page.keyboard.press("Enter")
        expect(page.get_by_role("row", name="26-0815")).to_contain_text("Settled")
        look(page)
        views_of(page, pictures, "deletion")
        page.get_by_label("On what authority").select_option(index=1)
        page.get_by_label("Its number, or why").press_sequentially("Resolution 12")
        page.keyboard.press("Enter")
        expect(page.get_by_role("row", name="12 records (8 contacts")).to_contain_text("Resolution 12")
        page.emulate_media(media="print")
        picture(page, pictures / "retention-print.png")
        page.emulate_media(media="screen")
        views_of(page, pictures, "retention-deleted")
        page.goto(f"/worksheets?on={DAYS[0]}")
        expect(page.get_by_text("900001")).to_have_count(0)
        page.goto(f"/worksheets?on={DAYS[2]}")
        expect(page.get_by_role("link", name="900001", exact=True)).to_be_visible()
