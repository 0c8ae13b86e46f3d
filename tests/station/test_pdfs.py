"""Worksheets as PDF: exactly what the pages show, on paper, the same bytes for the same data, and for whom it is."""

import io

import pytest
from cars import Car
from consoles import Browser, Page, Served
from pypdf import PdfReader
from staff import browser_of

from station.chronicle import all_entries
from station.console import pdf_pages
from station.database import Database
from station.pdfs import Column, Paper, Passage, pdf_of
from station.roles import StationRole
from sync.records import Source

DAY = "/worksheets.pdf?on=2026-11-22"
SHEET = f"{DAY}&watch=day&person=900011"


def read(browser: Browser, path: str) -> PdfReader:
    """A PDF."""
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    return PdfReader(io.BytesIO(answer.content))


def words(reader: PdfReader) -> list[str]:
    """What each page says, with single spaces."""
    return [" ".join(page.extract_text().split()) for page in reader.pages]


def test_a_worksheet_says_on_paper_what_its_page_says(reviewer: Browser, three_cars: list[Car]) -> None:
    car = three_cars[0]
    car.log("other", rd="0460", source=Source.CALL, tag="123", people=3, cards=2, minutes=15, note="Señal → ж <b>&amp;")
    (wrong,) = car.log("resident-outside")
    car.logbook.correct(wrong, {"people": 4})
    car.send()
    reader = read(reviewer, SHEET)
    (page,) = words(reader)
    for said in (
        "Norwalk Station · Day · Sun 22 Nov 2026 · 900011 · 42A",
        "14:32 obs 0454 Norwalk Coffee shop or restaurant 1 1 755",
        "14:32 call 123 0460 La Mirada Other 3 2 15 Señal → ж <b>&amp; 755",
        "Corrected: people 1 → 4",
        "A contact without an RD: 14:32",
        "3 contacts 8",
        "Role Deputy Review Open",
        "not the official form",
        "1 of 1",
    ):
        assert said in page, page
    assert "? stands for" not in page


def test_the_document_has_a_title_an_author_and_a_language(reviewer: Browser, three_cars: list[Car]) -> None:
    assert three_cars
    reader = read(reviewer, SHEET)
    assert reader.metadata is not None
    assert reader.metadata.title == "Worksheet 900011, Day, Sun 22 Nov 2026, Norwalk Station"
    assert reader.metadata.author == "Norwalk Station"
    assert str(reader.root_object["/Lang"]) == "en-US"
    assert (reader.pages[0].mediabox.width, reader.pages[0].mediabox.height) == (792, 612)


def test_the_same_data_are_the_same_bytes(reviewer: Browser, three_cars: list[Car]) -> None:
    first, again = reviewer.get(DAY).content, reviewer.get(DAY).content
    assert first == again
    three_cars[0].log("other", rd="0454")
    three_cars[0].send()
    assert reviewer.get(DAY).content != first


@pytest.mark.usefixtures("three_cars")
def test_a_day_holds_the_worksheets_that_its_page_lists_each_from_a_new_page_on(reviewer: Browser) -> None:
    for query, people in (
        ("", ["900011", "900012", "900013"]),
        ("&area=La+Mirada", ["900012"]),
        ("&state=open&watch=day", ["900011", "900012", "900013"]),
    ):
        reader = read(reviewer, DAY + query)
        assert [number for page in words(reader) for number in people if f"Worksheet · {number}" in page] == people
        assert len(reader.pages) == len(people)
        link = f"/worksheets.pdf?on=2026-11-22{query}"
        shown = Page(reviewer.get(link.replace("worksheets.pdf", "worksheets")).text)
        assert any(str(found.get("href")).startswith("/worksheets.pdf?on=2026-11-22") for _, found in shown.tags)
    assert reviewer.get(f"{DAY}&state=approved").status_code == 404
    assert reviewer.get(f"{DAY}&watch=em").status_code == 404


def test_a_long_worksheet_goes_on_under_the_same_headings_with_every_contact(
    reviewer: Browser, three_cars: list[Car]
) -> None:
    for place in range(60):
        three_cars[0].log("other", rd="0454", note=f"place {place}, " + "W" * 200)
    (wide,) = three_cars[0].log("other", rd="0454", note="W" * 500)
    three_cars[0].logbook.correct(wide, {"note": "M" * 500})
    three_cars[0].send()
    pages = words(read(reviewer, SHEET))
    assert len(pages) > 2
    for number, page in enumerate(pages, 1):
        assert "Time Source Tag RD Area Setting People Cards Min Note Code Flags" in page
        assert page.count("900011") >= 2
        assert f"{number} of {len(pages)}" in page
    whole = " ".join(pages)
    assert all(f"place {place}," in whole for place in range(60))
    assert (whole.count("M"), "62 contacts" in pages[-1]) >= (1_000, True)


def test_no_fact_is_too_long_for_a_page() -> None:
    """Each part of it can be broken, whatever a device sends."""
    facts = (("Unit", ", ".join(["42A"] * 5_000)), ("Role", ""), ("Review", ""), ("Signed", "W" * 5_000))
    passages = (Passage("Reviews", ("M" * 50_000,)),)
    column = Column("Note", 100.0, is_number=True)
    paper = Paper(
        "Worksheet", "W " * 900, facts, passages, "Contacts", (Column("Time", 60), column), (), ("", ""), ("",)
    )
    pages = words(PdfReader(io.BytesIO(pdf_of([paper._replace(rows=(("14:32", "x " * 9_000),))], "T", "A", "en-US"))))
    whole = " ".join(pages)
    assert (whole.count("42A"), whole.count("M") >= 50_000, whole.count("x")) == (5_000, True, 9_000)


def test_what_the_font_lacks_is_a_question_mark_and_said(reviewer: Browser, three_cars: list[Car]) -> None:
    three_cars[0].log("other", rd="0454", note="커피 ok שלום")
    three_cars[0].send()
    (page,) = words(read(reviewer, SHEET))
    assert "?? ok ????" in page
    assert "? stands for a character that this paper's font lacks" in page


@pytest.mark.usefixtures("three_cars")
def test_a_deputy_has_their_own_and_nobody_elses(database: Database, served: Served) -> None:
    deputy = browser_of(database, served, StationRole.DEPUTY, "900012")
    for path in (DAY, f"{DAY}&watch=day&person=900012"):
        (page,) = words(read(deputy, path))
        assert "900012" in page
        assert "900011" not in page
    for path in (SHEET, f"{DAY}&person=900011"):
        assert deputy.get(path).status_code == 403


@pytest.mark.usefixtures("three_cars")
def test_each_pdf_is_told_to_the_audit(database: Database, reviewer: Browser) -> None:
    assert reviewer.get(SHEET).status_code == 200
    assert reviewer.get(DAY).status_code == 200
    with database.reading() as session:
        told = [(entry.kind, entry.who, entry.whom, entry.details) for entry in all_entries(session)][-2:]
    assert told == [
        ("worksheets-exported", "900003", "900011", "2026-11-22 day"),
        ("worksheets-exported", "900003", "", "2026-11-22"),
    ]


@pytest.mark.usefixtures("three_cars")
def test_more_than_a_pdf_holds_is_refused_with_what_to_do(reviewer: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_pages, "CONTACTS_MAX", 2)
    answer = reviewer.get(DAY)
    assert answer.status_code == 400
    assert "choose a watch, an area or a state first" in Page(answer.text).text
    assert reviewer.get(SHEET).status_code == 200


@pytest.mark.parametrize(
    ("query", "status"),
    [("?on=x", 400), ("?person=smith", 400), ("?watch=night", 400), ("?on=2026-11-22&watch=day&person=900099", 404)],
)
def test_what_cannot_be_had_is_said_on_a_page(reviewer: Browser, query: str, status: int) -> None:
    answer = reviewer.get(f"/worksheets.pdf{query}")
    assert answer.status_code == status
    assert "To the worksheets" in Page(answer.text).text
