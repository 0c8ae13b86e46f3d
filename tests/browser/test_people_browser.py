"""People and signing in, in a real browser: a person's first day, and every page by day, at night, narrow and on paper."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from consoles import Served
from places import ON_SQLITE_ALONE
from playwright.sync_api import Browser, Page, expect
from sergeants import console_in, second_factor, sign_in, views_of
from staff import make_account
from windows import needs_browser

from station.database import Database
from station.people_tables import AccountRow
from station.roles import StationRole

NUMBER = "900041"
OWN = "odd socks in the garden"
ROSTER = (
    b"number,role,state\n900001,deputy,active\n900002,sergeant,active\n900041,deputy,active\n900003,volunteer,left\n"
)
pytestmark = needs_browser


@pytest.fixture
def page(console_browser: Browser, served: Served) -> Iterator[Page]:
    """A tab where nobody is signed in."""
    with console_in(console_browser, served.address) as page:
        yield page


def test_an_administrator_adds_a_deputy_who_signs_in_for_the_first_time(
    page: Page, console_browser: Browser, served: Served, pictures: Path
) -> None:
    sign_in(page, served.password)
    page.get_by_role("link", name="People").click()
    page.get_by_label("Number", exact=True).fill(NUMBER)
    page.get_by_role("button", name="Add").click()
    views_of(page, pictures, "people-person")
    page.get_by_role("button", name="Give a password").click()
    given = page.locator("#password").inner_text()
    views_of(page, pictures, "people-given")
    with console_in(console_browser, served.address) as theirs:
        theirs.goto("/worksheets?on=2026-11-20")
        views_of(theirs, pictures, "people-sign-in")
        theirs.get_by_label("Number").fill(NUMBER)
        theirs.get_by_label("Password").fill(given)
        theirs.get_by_role("button", name="Agree and sign in").click()
        theirs.get_by_label("New password", exact=True).fill("password1")
        theirs.get_by_label("New password, again").fill("password1")
        theirs.get_by_role("button", name="Save password").click()
        expect(theirs.get_by_role("alert")).to_contain_text("guessed first")
        views_of(theirs, pictures, "people-own-password")
        theirs.get_by_label("New password", exact=True).fill(OWN)
        theirs.get_by_label("New password, again").fill(OWN)
        theirs.get_by_role("button", name="Save password").click()
        expect(theirs.get_by_role("img", name="QR code")).to_be_visible()
        views_of(theirs, pictures, "people-authenticator")
        second_factor(theirs, NUMBER)
        expect(theirs.get_by_role("heading", level=1)).to_have_text("Worksheets · Fri 20 Nov 2026")
        expect(theirs.get_by_role("link", name="Quarantine")).to_have_count(0)
        views_of(theirs, pictures, "people-deputys-day")
        theirs.get_by_role("link", name="Your account").click()
        views_of(theirs, pictures, "people-account")
        theirs.get_by_role("button", name="New recovery codes").click()
        views_of(theirs, pictures, "people-recovery-codes")
        theirs.pdf(path=pictures / "people-recovery-codes.pdf", prefer_css_page_size=True)
        theirs.goto("/people")
        expect(theirs.get_by_role("main")).to_contain_text("This page is not for a deputy")
        views_of(theirs, pictures, "people-refused")


@ON_SQLITE_ALONE  # pages look alike on each
def test_a_code_is_asked_for_and_a_pause_needs_only_the_password(page: Page, served: Served, pictures: Path) -> None:
    page.goto("/")
    page.get_by_label("Number").fill("admin")
    page.get_by_label("Password").fill(served.password)
    page.keyboard.press("Enter")
    page.get_by_label("Code", exact=True).fill("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("does not fit")
    views_of(page, pictures, "people-code")
    second_factor(page, "admin")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Worksheets")
    served.clock.passes(31 * 60)
    page.reload()
    expect(page.get_by_label("Password")).to_be_focused()
    views_of(page, pictures, "people-idle")
    page.keyboard.type(served.password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Worksheets")


def test_a_locked_number_is_released_on_a_page(
    page: Page, console_browser: Browser, served: Served, database: Database, pictures: Path
) -> None:
    make_account(database, served, StationRole.DEPUTY, NUMBER)
    for place, role in enumerate(StationRole):
        make_account(database, served, role, f"90001{place}")
    with database.writing() as session:
        session.get_one(AccountRow, "900012").active_at -= timedelta(days=100)
    with console_in(console_browser, served.address) as theirs:
        for _ in range(6):
            theirs.goto("/sign-in")
            theirs.get_by_label("Number").fill(NUMBER)
            theirs.get_by_label("Password").fill("wrong")
            theirs.keyboard.press("Enter")
            expect(theirs.get_by_role("alert")).to_be_visible()
        expect(theirs.get_by_role("alert")).to_contain_text("This number is locked")
        views_of(theirs, pictures, "people-locked-out")
    sign_in(page, served.password)
    page.goto("/people")
    views_of(page, pictures, "people-people")
    page.pdf(path=pictures / "people-people.pdf", prefer_css_page_size=True)
    page.get_by_role("link", name="Locked after wrong tries").click()
    views_of(page, pictures, "people-locked")
    page.get_by_role("button", name=f"Release {NUMBER}").click()
    expect(page.get_by_role("main")).to_contain_text("No number is locked.")
    page.get_by_role("link", name="Audit").click()
    expect(page.get_by_role("row", name="Lock released")).to_contain_text(NUMBER)
    views_of(page, pictures, "people-audit")
    page.get_by_label("Kind").select_option(label="Sign-in refused")
    page.get_by_label("Person").fill(NUMBER)
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("table").get_by_text("Sign-in refused")).to_have_count(6)


@ON_SQLITE_ALONE
def test_a_roster_is_chosen_looked_at_and_imported(page: Page, served: Served, pictures: Path, tmp_path: Path) -> None:
    sign_in(page, served.password)
    page.goto("/people/import")
    file = tmp_path / "roster.csv"
    file.write_bytes(ROSTER + b"Smith,deputy,\n")
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Show what would change").click()
    expect(page.get_by_role("alert")).to_contain_text("Line 6: 'Smith' is not a person's number")
    views_of(page, pictures, "people-bad-roster")
    file.write_bytes(ROSTER)
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Show what would change").click()
    views_of(page, pictures, "people-preview")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("Imported: 4 added.")
    page.get_by_role("link", name="All people").click()
    expect(page.get_by_role("row", name="900003")).to_contain_text("Has left")
