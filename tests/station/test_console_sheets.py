"""What a sergeant reads at the console: exactly what stands, in words, and safe whatever anybody typed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from cars import Car
from consoles import Browser, Page, Served
from doubles import FixedClock, uuids
from programs import Program

from station.database import Database
from station.people import add_person
from station.roles import StationRole
from sync.records import Source

DAY = "/worksheets?on=2026-11-22"
SHEET = "/worksheets/2026-11-22/day/900001"


def local(typed: str) -> datetime:
    """A time in Norwalk."""
    return datetime.fromisoformat(typed).replace(tzinfo=ZoneInfo("America/Los_Angeles"))


def text(browser: Browser, path: str) -> str:
    """A page's words."""
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    return Page(answer.text).text


def test_the_first_page_is_today_in_the_stations_time_zone(sergeant: Browser, served: Served) -> None:
    assert "Worksheets · Sun 22 Nov 2026" in text(sergeant, "/worksheets")
    served.clock.at = local("2026-11-23T00:01")
    sergeant.sign_in(served.password)
    assert "Worksheets · Mon 23 Nov 2026" in text(sergeant, "/worksheets")


def test_a_day_lists_each_worksheet_with_its_sums(sergeant: Browser, make_car: Callable[..., Car]) -> None:
    car, night = make_car("car 42"), make_car("car 43", person="900002", watch="em", clock=FixedClock(ids=uuids(1000)))
    car.log("coffee-shop", "other", rd="0454", people=3, cards=2)
    night.log("block-watch", people=10)
    car.send()
    night.send()
    page = text(sergeant, DAY)
    assert "900001 Day 42A Deputy 2 6 4" in page
    assert "900002 Early mornings 42A Deputy 1 10 1" in page
    assert page.index("900002 Early mornings 42A") < page.index("900001 Day 42A")  # by watch, not by who has more
    assert "All 3 16 5 1" in page
    only = text(sergeant, f"{DAY}&watch=em")
    assert "900002" in only
    assert "900001" not in only


def test_a_worksheet_shows_exactly_the_contacts_that_stand(sergeant: Browser, car: Car) -> None:
    _kept, undone, wrong = (car.log(name, rd="0454")[0] for name in ("coffee-shop", "other", "business-owner"))
    right = car.logbook.correct(wrong, {"people": 4}).contact.id
    car.logbook.withdraw(undone, "mistake")
    car.send()
    html = sergeant.get(SHEET).text
    assert Page(html).rows() == 2
    assert right in html
    assert wrong not in html
    assert undone not in html
    assert "Corrected: people 1 → 4" in Page(html).text


def test_a_worksheet_names_everything_that_is_attested(sergeant: Browser, car: Car) -> None:
    car.log("coffee-shop", rd="0460", source=Source.CALL, tag="123", people=3, cards=2, minutes=15, note="Señal ☕")
    car.send()
    page = text(sergeant, SHEET)
    assert "14:32 call 123 0460 La Mirada Coffee shop or restaurant 3 2 15 Señal ☕ 755" in page
    for words in ("Norwalk Station", "Sun 22 Nov 2026", "Day", "900001", "42A", "Deputy", "not the official form"):
        assert words in page


def test_exceptions_come_first_in_words_and_lead_to_their_contacts(sergeant: Browser, car: Car) -> None:
    (contact,) = car.log("resident-outside", source=Source.CALL)
    car.send()
    html = sergeant.get(SHEET).text
    page = Page(html).text
    for reason in (
        "A call without a tag: 14:32",
        "A contact without an RD: 14:32",
        "number is not known at this station",
    ):
        assert page.index(reason) < page.index("Contacts cleared with code 755")
    assert html.count(f'href="#contact-{contact}"') == 2
    assert "900001, Day : No tag (1), No RD (1), Unknown number" in text(sergeant, DAY)


def test_a_contact_entered_later_shows_both_times(sergeant: Browser, car: Car) -> None:
    car.log("coffee-shop", rd="0454", claimed_at=local("2026-11-22T10:15"))
    car.log("other", rd="0454", claimed_at=local("2026-11-22T14:28"))
    car.send()
    page = text(sergeant, SHEET)
    assert "10:15 entered 14:32" in page
    assert "14:28 entered" not in page


@pytest.mark.parametrize(
    ("boot", "words"),
    [
        ("boot-1", "The device's clock was 1 d 2 h ahead; this time is sure to 2 min"),
        ("boot-2", "The device's clock was 1 d 2 h ahead; nobody can tell how sure this time is"),
    ],
)
def test_a_corrected_time_says_by_how_much_and_how_sure_it_is(
    boot: str, words: str, sergeant: Browser, make_car: Callable[..., Car], clock: FixedClock
) -> None:
    car = make_car(clock=FixedClock(at=clock.at + timedelta(days=1, hours=2)))
    car.log("coffee-shop")
    for ticking in (car.clock, clock):
        ticking.passes(600)
    car.clock.boot_name = boot
    assert not car.send().still_ready
    page = text(sergeant, SHEET)
    assert words in page
    assert "14:32" in page


def test_whatever_a_note_says_it_is_only_text(sergeant: Browser, car: Car) -> None:
    note = "</td><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}\"'&amp;"
    car.log("other", rd="0454", note=note)
    car.send()
    html = sergeant.get(SHEET).text
    assert "<script>alert" not in html
    assert "<img" not in html
    assert note in Page(html).text
    assert "49" not in Page(html).text


def test_the_csv_is_the_commands_own(sergeant: Browser, car: Car, station755: Program) -> None:
    car.log("coffee-shop", "other", rd="0454", note="=1+1")
    car.send()
    for query, typed in (
        ("", []),
        ("&watch=day", ["--watch", "day"]),
        ("&watch=day&person=900001", ["--watch", "day", "--person", "900001"]),
        ("&watch=em", ["--watch", "em"]),
    ):
        answer = sergeant.get(f"/worksheets.csv?on=2026-11-22{query}")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert answer.headers["content-disposition"].startswith('attachment; filename="worksheets-2026-11-22')
        said = station755("worksheets", "--on", "2026-11-22", "--csv", *typed)
        assert answer.text.replace("\r\n", "\n") == said.out


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/worksheets?on=yesterday", 400),
        ("/worksheets?on=20261122", 400),
        ("/worksheets?on=0001-01-01", 400),
        ("/worksheets?on=9999-12-31", 400),
        ("/worksheets?watch=night", 400),
        ("/worksheets.csv?on=x", 400),
        ("/worksheets.csv?person=smith", 400),
        ("/worksheets/2026-11-31/day/900001", 404),
        ("/worksheets/2026-11-22/night/900001", 404),
        ("/worksheets/2026-11-22/day/smith", 404),
        ("/worksheets/2026-11-22/day/900009", 404),
        ("/worksheets/2026-11-22/day", 404),
        ("/worksheets/%3Cscript%3E/day/900001", 404),
    ],
)
def test_what_cannot_be_shown_is_said_on_a_page(sergeant: Browser, path: str, status: int) -> None:
    answer = sergeant.get(path)
    assert answer.status_code == status
    assert "<script>" not in answer.text
    assert "To the worksheets" in Page(answer.text).text


def test_someone_who_is_known_and_logged_nothing_has_an_empty_worksheet(
    sergeant: Browser, database: Database, served: Served
) -> None:
    with database.writing() as session:
        add_person(session, "900009", StationRole.DEPUTY, served.clock.now())
    assert "No contacts on this worksheet." in text(sergeant, "/worksheets/2026-11-22/day/900009")
    assert "No contacts on Sun 22 Nov 2026 on this watch." in text(sergeant, f"{DAY}&watch=pm")


def test_the_days_before_and_after_are_one_step_away(sergeant: Browser) -> None:
    html = sergeant.get("/worksheets?on=2026-03-01&watch=pm").text
    assert 'href="/worksheets?on=2026-02-28&amp;watch=pm" rel="prev"' in html
    assert 'href="/worksheets?on=2026-03-02&amp;watch=pm" rel="next"' in html
