"""The pages of the cards: seen and written by sergeants and above, told to the audit, and nothing is moved twice."""

import csv
import io

import pytest
from cars import Car
from consoles import Browser, Page, Served
from documents import norwalk, saved
from doubles import FixedClock
from examples import CARD_COUNT
from staff import browser_of

from field_app.stamps import stamp_of
from station.card_stock import reserve
from station.chronicle import all_entries
from station.console.card_pages import cards_in
from station.console.refusals import NotShown
from station.database import Database
from station.roles import StationRole
from sync.records import CardCount


def counted(car: Car, cards: int) -> None:
    """Somebody in the car counts."""

    def make(sequence: int) -> CardCount:
        return CardCount(**stamp_of(car.clock, car.device, "900001", sequence), unit=CARD_COUNT.unit, cards=cards)

    car.store.add([make])


@pytest.fixture
def sergeant(database: Database, served: Served) -> Browser:
    """A sergeant's browser."""
    return browser_of(database, served, StationRole.SERGEANT)


@pytest.fixture
def low_car(car: Car) -> Car:
    """A car that had thirty cards and handed out eighteen."""
    counted(car, 30)
    car.clock.passes(600)
    for _ in range(6):
        car.log("coffee-shop", rd="0454", cards=3)
    car.send()
    return car


def text(browser: Browser, path: str = "/cards") -> str:
    """A page's words."""
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    return Page(answer.text).text


def submit(browser: Browser, page: str, to: str, **fields: str) -> int:
    """Send a form of a page; the answer's status."""
    return browser.post(to, {**Page(browser.get(page).text).fields, **fields}).status_code


@pytest.mark.usefixtures("low_car")
def test_a_car_that_runs_out_comes_first_with_what_is_known_of_it(sergeant: Browser) -> None:
    page = text(sergeant)
    assert "To fill or count first 42A : 12 (Low)" in page
    assert "42A 12 about 1 to 10 days 30, Sun 22 Nov 14:32 18 0 2.6" in page
    assert submit(sergeant, "/cards", "/cards/low", cards="12") == 303
    assert "To fill or count first" not in text(sergeant)


@pytest.mark.usefixtures("car")
def test_without_cards_the_page_says_so(sergeant: Browser) -> None:
    page = text(sergeant)
    assert "No unit counted, handed out or got cards" in page
    assert "Reserve of the station: 0" in page


def test_cards_come_and_go_into_cars_and_a_mistake_is_taken_back(
    sergeant: Browser, low_car: Car, database: Database
) -> None:
    assert submit(sergeant, "/cards", "/cards/received", cards="200") == 303
    low_car.clock.passes(60)
    sheet = Page(sergeant.get("/cards/fill").text)
    assert "42A Low 12 about 1 to 10 days 30" in sheet.text  # thirty more last two weeks
    form = {**sheet.fields, "cards.42A": "30", "unit": "43b", "cards": "10"}
    for _ in range(2):  # a finger that lands twice
        assert sergeant.post("/cards/fill", form).status_code == 303
    page = text(sergeant)
    assert "42A 42 " in page
    assert "Reserve of the station: 160" in page
    assert "3 Sun 22 Nov 14:43 Put into 43B 10 900003" in page
    assert submit(sergeant, "/cards", "/cards/moves/2/take-back") == 303
    page = text(sergeant)
    assert "Took back entry 2 (put into 42A) -30 900003" in page
    assert "Put into 42A 30 900003 taken back" in page
    assert "42A 12 " in page
    with database.reading() as session:
        told = [(entry.kind, entry.who, entry.whom) for entry in all_entries(session)][-4:]
        assert reserve(session) == 190
    assert told == [
        ("cards-received", "900003", ""),
        ("cards-put-in", "900003", "42A"),
        ("cards-put-in", "900003", "43B"),
        ("cards-taken-back", "900003", "42A"),
    ]


def test_a_unit_counts_by_the_reference_data_of_today_not_by_those_of_the_stations_start(
    sergeant: Browser, database: Database, clock: FixedClock
) -> None:
    assert submit(sergeant, "/cards", "/cards/received", cards="200") == 303
    assert submit(sergeant, "/cards/fill", "/cards/fill", unit="40-1", cards="5") == 400
    saved(database, norwalk(unit_pattern="[0-9]{2}-[0-9]"), None, clock.now())
    assert submit(sergeant, "/cards/fill", "/cards/fill", unit="40-1", cards="5") == 303


def test_a_form_that_was_written_down_and_has_other_numbers_now_is_refused_and_adds_nothing(sergeant: Browser) -> None:
    for page, to, first, others in (
        ("/cards", "/cards/received", {"cards": "400"}, [{"cards": "40"}]),
        (
            "/cards/fill",
            "/cards/fill",
            {"cards.42A": "30"},
            [{"cards.42A": "3"}, {"cards.43A": "30"}, {"cards.44A": "1"}],
        ),
    ):
        form = Page(sergeant.get(page).text).fields
        assert sergeant.post(to, {**form, **first}).status_code == 303
        for other in others:
            answer = sergeant.post(to, {**form, **other})
            assert answer.status_code == 400
            assert "written down already with other numbers" in Page(answer.text).text
        assert sergeant.post(to, {**form, **first}).status_code == 303
    assert "Reserve of the station: 370" in text(sergeant)


@pytest.mark.usefixtures("low_car")
def test_what_cannot_be_is_refused_in_a_sentence_and_nothing_is_lost(sergeant: Browser) -> None:
    for to, fields, words in (
        ("/cards/fill", {"cards.42A": "5"}, "the reserve has 0 by the book"),
        ("/cards/fill", {}, "at least one car"),
        ("/cards/fill", {"cards.42A": "many"}, "is not a number of cards"),
        ("/cards/fill", {"unit": "43A"}, "the other unit and its cards"),
        ("/cards/fill", {"unit": "42a", "cards": "1", "cards.42A": "2"}, "each unit once"),
        ("/cards/received", {"cards": "-4"}, "is not a number of cards"),
        ("/cards/received", {"cards": "0"}, "a number from 1"),
        ("/cards/received", {"cards": "5", "form": "x"}, "Open the page again"),
        ("/cards/low", {"cards": "10000"}, "a number from 0 to 9999"),
        ("/cards/moves/9/take-back", {}, "no such entry"),
    ):
        answer = sergeant.post(to, {**Page(sergeant.get("/cards").text).fields, **fields})
        assert answer.status_code == 400, to
        assert words in Page(answer.text).text, to
    assert sergeant.post("/cards/moves/x/take-back", {}).status_code == 404
    assert "Nothing was written down yet" in text(sergeant)


@pytest.mark.usefixtures("low_car")
def test_the_csv_has_every_car_and_its_taking_is_told(sergeant: Browser, database: Database) -> None:
    answer = sergeant.get("/cards.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    (row,) = csv.DictReader(io.StringIO(answer.text, newline=""))
    assert (row["unit"], row["left"], row["low"], row["counted"], row["handed_out_since"]) == (
        "42A",
        "12",
        "low",
        "30",
        "18",
    )
    assert float(row["days_from"]) < 5 < float(row["days_to"])
    with database.reading() as session:
        assert [entry.kind for entry in all_entries(session)][-1] == "cards-exported"


@pytest.mark.parametrize("role", [StationRole.DEPUTY, StationRole.VOLUNTEER])
def test_deputies_and_volunteers_have_no_business_there(database: Database, served: Served, role: StationRole) -> None:
    visitor = browser_of(database, served, role)
    for path in ("/cards", "/cards.csv", "/cards/fill"):
        assert visitor.get(path).status_code == 403
    assert ">Cards<" not in visitor.get("/worksheets").text


def test_a_forms_lines_become_cards_by_unit() -> None:
    form = {"token": "t", "cards.42A": " 30 ", "cards.43A": "", "cards.44A": "0", "unit": "45a", "cards": "7"}
    assert cards_in(form) == {"42A": 30, "45A": 7}
    with pytest.raises(NotShown):
        cards_in({"cards.42A": "1" * 20})
