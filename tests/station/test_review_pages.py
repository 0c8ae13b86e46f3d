"""Reviewing at the console: found by area and state, decided one by one or the clean ones together, by who may."""

import pytest
from cars import Car
from consoles import Browser, Page, Served
from staff import browser_of

from station.chronicle import all_entries
from station.console.review_pages import notes_in
from station.database import Database
from station.roles import StationRole
from sync.reviews import ReviewNote

DAY = "/worksheets?on=2026-11-22"
SHEET = "/worksheets/2026-11-22/day/900011"


def text(browser: Browser, path: str) -> str:
    """A page's words."""
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    return Page(answer.text).text


def submit(browser: Browser, page: str, to: str, **fields: str) -> int:
    """Send the form of a page; the answer's status."""
    return browser.post(to, {**Page(browser.get(page).text).fields, **fields}).status_code


@pytest.mark.usefixtures("three_cars")
def test_worksheets_are_found_by_area_and_by_state(reviewer: Browser) -> None:
    assert all(number in text(reviewer, DAY) for number in ("900011", "900012", "900013"))
    page = text(reviewer, f"{DAY}&area=La+Mirada")
    assert ("900012 Day" in page, "900011" in page, "All 1" in page) == (True, False, True)
    assert submit(reviewer, SHEET, f"{SHEET}/approve") == 303
    page = text(reviewer, f"{DAY}&state=approved")
    assert ("900011 Day" in page, "900012" in page) == (True, False)
    assert "900011" not in text(reviewer, f"{DAY}&state=open&area=Norwalk")
    for query in ("area=Nowhere", "state=lost"):
        assert reviewer.get(f"{DAY}&{query}").status_code == 400


def test_the_clean_ones_are_approved_together_and_only_as_they_were_seen(
    reviewer: Browser, three_cars: list[Car]
) -> None:
    seen = Page(reviewer.get(DAY).text)
    assert "Approve 2 without exceptions" in seen.text
    three_cars[1].log("other", rd="0460")
    three_cars[1].send()
    forged = {"sheet.day.900013": "00" * 16}
    assert reviewer.post("/worksheets/approve", seen.fields | forged).status_code == 303
    sheets = [text(reviewer, SHEET.replace("900011", number)) for number in ("900011", "900012", "900013")]
    assert ["Review Approved" in sheet for sheet in sheets] == [True, False, False]


def test_a_captain_and_the_deputy_read_the_review_and_decide_nothing(
    reviewer: Browser, three_cars: list[Car], database: Database, served: Served
) -> None:
    (contact,) = [entry.contact.id for entry in three_cars[0].logbook.entries()]
    fields = {f"comment.{contact}": "Which door?", "reason.all": "RD missing; 0400 if the location is unknown"}
    assert submit(reviewer, f"{SHEET}/return", f"{SHEET}/return", **fields) == 303
    for role, number in ((StationRole.CAPTAIN, ""), (StationRole.DEPUTY, "900011")):
        other = browser_of(database, served, role, number)
        page = other.get(SHEET).text
        assert "Returned by 900003" in Page(page).text
        assert "Which door? · not answered yet" in Page(page).text
        assert "/approve" not in page
        assert other.get(f"{SHEET}/return").status_code == 403
        assert other.post(f"{SHEET}/approve", Page(page).fields).status_code == 403
        assert other.post("/worksheets/approve", Page(page).fields).status_code == 403


@pytest.mark.usefixtures("three_cars")
def test_a_form_without_its_token_or_over_another_worksheet_decides_nothing(reviewer: Browser) -> None:
    fields = Page(reviewer.get(SHEET).text).fields
    assert reviewer.post(f"{SHEET}/approve", {"mark": fields["mark"]}).status_code == 403
    other = SHEET.replace("900011", "900012")
    answer = reviewer.post(f"{other}/approve", fields)
    assert answer.status_code == 400
    assert "has changed since you opened it. Look at it again, then decide. Nothing was changed." in answer.text
    assert submit(reviewer, f"{SHEET}/return", f"{SHEET}/return") == 400  # nothing chosen
    assert submit(reviewer, f"{SHEET}/return", f"{SHEET}/return", **{"comment.x": "x"}) == 400
    assert "Review Open" in text(reviewer, SHEET)


def test_a_forms_fields_become_notes_of_what_was_said() -> None:
    form = {"token": "t", "reason.b": "R", "comment.b": " c ", "reason.a": "", "comment.a": "", "comment.all": "w"}
    assert notes_in(form) == [ReviewNote(None, "", "w"), ReviewNote("b", "R", "c")]


@pytest.mark.usefixtures("three_cars")
def test_looking_at_what_to_return_and_deciding_stand_in_the_audit(reviewer: Browser, database: Database) -> None:
    assert submit(reviewer, SHEET, f"{SHEET}/approve") == 303
    assert submit(reviewer, f"{SHEET}/return", f"{SHEET}/return", **{"comment.all": "Which corner?"}) == 303
    with database.reading() as session:
        told = [(entry.kind, entry.who, entry.whom) for entry in all_entries(session)]
    assert told[-4:] == [
        (kind, "900003", "900011")
        for kind in ("worksheets-read", "worksheet-approved", "worksheets-read", "worksheet-returned")
    ]
