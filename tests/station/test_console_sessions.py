"""How long somebody stays signed in at the console, and what it takes to go on."""

from consoles import Browser, Page, Served
from sqlalchemy import select
from staff import make_account

from station.database import Database
from station.passwords import hash_password
from station.people import ADMIN
from station.people_tables import AccountRow, SessionRow
from station.roles import StationRole

MINUTE = 60


def test_a_session_ends_after_thirty_idle_minutes(sergeant: Browser, served: Served) -> None:
    for _ in range(3):
        served.clock.passes(29 * MINUTE)
        assert sergeant.is_signed_in()
    served.clock.passes(30 * MINUTE)
    assert not sergeant.is_signed_in()


def test_after_idle_minutes_the_password_is_enough_and_after_twelve_hours_it_is_not(
    sergeant: Browser, served: Served
) -> None:
    form = {"name": ADMIN, "password": served.password}
    for hours, status in ((1, 200), (11, 303)):
        served.clock.passes(hours * 60 * MINUTE)
        page = Page(sergeant.get("/sign-in").text)
        assert ("You were away" in page.text) is (status == 200)
        assert sergeant.post("/sign-in", {**page.fields, **form}).status_code == 303
        assert sergeant.get("/worksheets").status_code == status
    assert sergeant.get("/worksheets").headers["location"].startswith("/sign-in/code")


def test_somebody_elses_idle_session_spares_nobody_the_code(
    sergeant: Browser, served: Served, database: Database
) -> None:
    make_account(database, served, StationRole.DEPUTY)
    with database.writing() as session:
        session.get_one(AccountRow, "900002").password_hash = hash_password("odd socks")
    served.clock.passes(31 * MINUTE)
    fields = Page(sergeant.get("/sign-in").text).fields
    sergeant.post("/sign-in", {**fields, "name": "900002", "password": "odd socks"})
    assert sergeant.get("/worksheets").headers["location"].startswith("/sign-in/code")


def test_a_session_that_stops_at_the_code_is_over_soon(browser: Browser, served: Served) -> None:
    form = {"name": ADMIN, "password": served.password}
    browser.post("/sign-in", {**Page(browser.get("/sign-in").text).fields, **form})
    for _ in range(2):
        served.clock.passes(10 * MINUTE - 1)
        assert browser.get("/sign-in/code").status_code == 200
    served.clock.passes(2)
    assert browser.get("/sign-in/code").headers["location"] == "/sign-in"


def test_a_session_ends_after_twelve_hours_however_busy(sergeant: Browser, served: Served) -> None:
    for _ in range(36):
        assert sergeant.is_signed_in()
        served.clock.passes(20 * MINUTE)
    assert not sergeant.is_signed_in()


def test_sign_out_ends_the_session_at_the_station_too(sergeant: Browser, served: Served, database: Database) -> None:
    stolen = dict(sergeant.http.cookies)
    page = Page(sergeant.get("/worksheets").text)
    assert sergeant.post("/sign-out", page.fields).headers["location"] == "/sign-in"
    assert not sergeant.is_signed_in()
    sergeant.http.cookies.update(stolen)
    assert not sergeant.is_signed_in()
    with database.reading() as session:
        assert session.scalars(select(SessionRow)).all() == []


def test_a_secret_planted_before_sign_in_opens_nothing_afterwards(browser: Browser, served: Served) -> None:
    browser.get("/sign-in")
    planted = dict(browser.http.cookies)
    assert browser.sign_in(served.password).status_code == 303
    assert dict(browser.http.cookies) != planted
    browser.http.cookies.update(planted)
    assert not browser.is_signed_in()
