"""Retention at the console: a hold that keeps, a preview that tells, a deletion that was seen before; and every page after it."""

from datetime import date, timedelta

import pytest
from consoles import Browser, Page, Served
from doubles import FixedClock
from handset import Handset, Sheet, enrolled_handset, hand_in
from keeping import DAYS, FIRST, TODAY, at, three_days
from staff import browser_of

from station.console import retention_pages
from station.console.words import day_words
from station.database import Database
from station.desk import Desk
from station.permissions import RULES, Door
from station.roles import StationRole
from sync.canonical import JsonObject
from sync.reference import Reference

PREVIEW = f"/retention/deletion?until={DAYS[1]}"
WHY = {"why": "board", "reason": "Resolution 12"}


@pytest.fixture
def handset(database: Database, desk: Desk, clock: FixedClock) -> Handset:
    """An enrolled device."""
    return enrolled_handset(database, desk, clock)


@pytest.fixture
def days(handset: Handset, database: Database, reference: Reference) -> list[list[JsonObject]]:
    """Three days of long ago."""
    return three_days(handset, database, reference)


@pytest.fixture
def administrator(database: Database, served: Served, days: list[list[JsonObject]]) -> Browser:
    """An administrator's browser; long after those days."""
    assert served.clock.now() == TODAY, days
    return browser_of(database, served, StationRole.ADMINISTRATOR)


def text(browser: Browser, path: str) -> str:
    """A page's words."""
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    return Page(answer.text).text


def submit(browser: Browser, page: str, to: str, **fields: str) -> tuple[int, str]:
    """Send a form with a page's hidden fields; the status, and the words of the answer."""
    answer = browser.post(to, {**Page(browser.get(page).text).fields, **fields})
    return answer.status_code, Page(answer.text).text


def test_a_hold_keeps_until_it_is_lifted_and_then_what_was_shown_is_deleted(
    administrator: Browser, database: Database, reference: Reference
) -> None:
    page = text(administrator, "/retention")
    assert f"Oldest worksheet {day_words(DAYS[0])}" in page
    assert f"May be deleted up to {day_words(date(2024, 11, 21))}" in page
    hold = {"matter": "26-0815", "person": "900001", "from": str(DAYS[0])}
    assert submit(administrator, "/retention", "/retention/holds", reason="Claim filed", **hold)[0] == 303
    assert "1 26-0815 person 900001, 2023-03-06 to … Claim filed" in text(administrator, "/retention")
    seen = text(administrator, PREVIEW)
    assert "A legal hold 14 Hold 1: 26-0815 (person 900001, 2023-03-06 to …) 14" in seen
    assert "Nothing of that may be deleted now." in seen
    assert submit(administrator, "/retention", "/retention/holds/1/lift", reason="Settled")[0] == 303
    seen = text(administrator, PREVIEW)
    assert "Worksheets 2 Contacts 8 Records in all 14" in seen
    assert submit(administrator, PREVIEW, "/retention/deletion", **WHY)[0] == 303
    assert [len(Sheet(database, reference).lines(day)) for day in DAYS] == [0, 0, 2]
    page = text(administrator, "/retention")
    assert "up to 2023-03-07: 12 records (8 contacts, 2 worksheets)" in page
    assert f"Oldest worksheet {day_words(DAYS[2])}" in page
    assert "Records deleted" in text(administrator, "/audit")


def test_one_record_is_deleted_with_its_worksheet(
    administrator: Browser, days: list[list[JsonObject]], database: Database, reference: Reference
) -> None:
    page = f"/retention/deletion?record={days[1][0]['id']}"
    assert "Records in all 6" in text(administrator, page)
    assert submit(administrator, page, "/retention/deletion", **WHY)[0] == 303
    assert [len(Sheet(database, reference).lines(day)) for day in DAYS] == [2, 0, 2]


def test_nothing_is_deleted_that_was_not_seen(
    administrator: Browser, handset: Handset, database: Database, reference: Reference
) -> None:
    seen = Page(administrator.get(PREVIEW).text).fields
    assert submit(administrator, "/retention", "/retention/holds", matter="m", reason="r", person="900001")[0] == 303
    answer = administrator.post("/retention/deletion", {**seen, **WHY})
    assert answer.status_code == 400
    assert "has changed since you saw it" in Page(answer.text).text
    assert len(Sheet(database, reference).lines(DAYS[0])) == 2


@pytest.mark.parametrize(
    ("page", "to", "fields", "words"),
    [
        (PREVIEW, "/retention/deletion", {"why": "", "reason": "x"}, "on what authority"),
        (PREVIEW, "/retention/deletion", {"why": "fun", "reason": "x"}, "on what authority"),
        (PREVIEW, "/retention/deletion", {"why": "board", "reason": " "}, "Say why"),
        (PREVIEW, "/retention/deletion", {"why": "board", "reason": "x" * 201}, "Say why"),
        (PREVIEW, "/retention/deletion", {"record": "x", **WHY}, "not both"),
        ("/retention", "/retention/holds", {"matter": "", "reason": "x"}, "names its matter"),
        ("/retention", "/retention/holds", {"matter": "m", "reason": "x", "person": "9"}, "not a person's number"),
        ("/retention", "/retention/holds", {"matter": "m", "reason": "x", "from": "March"}, "is not a date"),
        ("/retention", "/retention/holds/7/lift", {"reason": "x"}, "no hold 7"),
        ("/retention", "/retention/holds/999999999999/lift", {"reason": "x"}, "no hold"),
    ],
)
def test_a_form_that_cannot_be_taken_says_why_and_changes_nothing(
    administrator: Browser, page: str, to: str, fields: dict[str, str], words: str
) -> None:
    status, said = submit(administrator, page, to, **fields)
    assert (status, words in said) == (400, True), said
    assert "Records in all 14" in text(administrator, PREVIEW)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "Write a day"),
        ("?until=2024-11-22", "The last day that may be deleted is 2024-11-21"),
        ("?until=2023-02-30", "is not a date"),
        ("?record=7", "is not an id"),
        ("?record=01920000-0000-7000-8000-00000000ffff", "no record of this id"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_in_a_sentence(administrator: Browser, query: str, words: str) -> None:
    answer = administrator.get(f"/retention/deletion{query}")
    assert (answer.status_code, words in Page(answer.text).text) == (400, True)


def test_a_page_looks_at_a_bounded_number_of_worksheets(
    administrator: Browser, handset: Handset, monkeypatch: pytest.MonkeyPatch, database: Database, reference: Reference
) -> None:
    monkeypatch.setattr(retention_pages, "SHEETS_AT_ONCE_MAX", 1)
    seen = text(administrator, PREVIEW)
    assert "That is more than a page looks at once." in seen
    assert f"Everything up to {day_words(DAYS[0])}" in seen
    assert submit(administrator, PREVIEW, "/retention/deletion", **WHY)[0] == 303
    assert [len(Sheet(database, reference).lines(day)) for day in DAYS] == [0, 2, 2]


def test_nobody_else_has_the_pages_or_is_offered_them(
    administrator: Browser, database: Database, served: Served
) -> None:
    assert "Retention" in text(administrator, "/worksheets")
    for role in (StationRole.DEPUTY, StationRole.SERGEANT, StationRole.CAPTAIN):
        visitor = browser_of(database, served, role)
        assert "Retention" not in text(visitor, "/worksheets")
        assert visitor.get("/retention").status_code == visitor.get(PREVIEW).status_code == 403
        assert visitor.post("/retention/deletion", {}).status_code == 403


def test_every_page_goes_on_and_shows_nothing_of_what_was_deleted(
    administrator: Browser, handset: Handset, days: list[list[JsonObject]]
) -> None:
    at(handset, FIRST + timedelta(days=2))
    hand_in(
        handset, handset.contact(corrects=days[0][0]["id"], note="late")
    )  # of what will be deleted; young enough to go
    at(handset, TODAY)
    hand_in(handset, handset.contact(corrects=days[0][3]["id"], note="young"))
    assert submit(administrator, PREVIEW, "/retention/deletion", **WHY)[0] == 303
    for day in DAYS:
        places = {"on": str(day), "watch": "day", "person": "900001", "number": "1", "part": "areas", "name": "900001"}
        for (method, route), rule in RULES.items():
            if method != "GET" or rule is Door.PASSWORD_GIVEN or route in {"/static", "/board/stream"}:
                continue
            path = route.format(**places, device=handset.device) + f"?on={day}"
            answer = administrator.get(path)
            assert answer.status_code < 500, path
            assert b"beta" not in answer.content, path
    assert "young" in text(administrator, f"/worksheets/{TODAY.date()}/day/900001")
