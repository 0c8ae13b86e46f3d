"""Who gets in at the console, for how long, and who does not."""

from datetime import UTC, datetime, timedelta

import pytest
from consoles import Browser, Page, Served
from programs import Program, said_at_start, serving
from sqlalchemy import select

from station.accounts import locked_until
from station.console.signing_in import WRONG, own_address
from station.database import Database
from station.passwords import NOBODYS_HASH, hash_password, new_password
from station.tables import AccountRow, SessionRow, TryRow

START = datetime(2026, 11, 22, 22, 0, tzinfo=UTC)
MINUTE = 60


def test_the_right_password_opens_the_worksheets(browser: Browser, served: Served) -> None:
    answer = browser.sign_in(served.password)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert browser.get("/").headers["location"] == "/worksheets"
    assert browser.is_signed_in()


def test_after_sign_in_the_page_that_was_asked_for_is_shown(browser: Browser, served: Served) -> None:
    asked = browser.get("/worksheets?on=2026-11-20&watch=pm")
    assert asked.status_code == 303
    page = Page(browser.get(asked.headers["location"]).text)
    answer = browser.post("/sign-in", {**page.fields, "name": "admin", "password": served.password})
    assert answer.headers["location"] == "/worksheets?on=2026-11-20&watch=pm"


@pytest.mark.parametrize(
    "address", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "", "x"]
)
def test_sign_in_leads_only_to_the_consoles_own_pages(address: str) -> None:
    assert own_address(address) == "/"


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(browser: Browser) -> None:
    answers = [browser.sign_in("wrong"), browser.sign_in("wrong", name="900001"), browser.sign_in("", name="x" * 500)]
    assert [answer.status_code for answer in answers] == [403] * 3
    assert all(WRONG in Page(answer.text).text for answer in answers)
    assert not browser.is_signed_in()


def test_an_unknown_name_costs_as_much_work_as_a_known_one() -> None:
    """The hash that nobody's password fits has the parameters of a real one."""
    assert NOBODYS_HASH.split("$")[:4] == hash_password("x").split("$")[:4]


@pytest.mark.parametrize("name", ["admin", "900001"])
def test_five_wrong_tries_lock_a_name_for_fifteen_minutes_whether_anybody_has_it(
    browser: Browser, served: Served, name: str
) -> None:
    assert [browser.sign_in("wrong", name).status_code for _ in range(5)] == [403] * 5
    locked = browser.sign_in(served.password, name)
    assert locked.status_code == 429
    assert "This name is locked; try again in 15 minutes." in Page(locked.text).text
    served.clock.passes(14 * MINUTE + 1)
    assert "try again in 1 minute." in Page(browser.sign_in(served.password, name).text).text
    served.clock.passes(MINUTE)
    assert browser.sign_in(served.password, name).status_code == (303 if name == "admin" else 403)


def test_the_right_password_wipes_earlier_slips(browser: Browser, served: Served) -> None:
    for _ in range(3):
        for _ in range(4):
            browser.sign_in("wrong")
        assert browser.sign_in(served.password).status_code == 303


@pytest.mark.parametrize(
    ("minutes", "locked_at"),
    [
        ([], None),
        ([0, 1, 2, 3], None),
        ([0, 1, 2, 3, 4], 19),
        ([0, 4, 8, 12, 15], None),
        ([0, 10, 11, 12, 13, 14], 29),
    ],
)
def test_only_five_tries_within_fifteen_minutes_lock(minutes: list[int], locked_at: int | None) -> None:
    expected = None if locked_at is None else START + timedelta(minutes=locked_at)
    assert locked_until([START + timedelta(minutes=minute) for minute in minutes]) == expected


def test_what_was_typed_as_a_name_is_not_kept(browser: Browser, database: Database) -> None:
    browser.sign_in("x", name="my-secret-by-mistake")
    with database.reading() as session:
        (mark,) = session.scalars(select(TryRow.name_mark)).all()
    assert "secret" not in mark


def test_a_session_ends_after_thirty_idle_minutes(sergeant: Browser, served: Served) -> None:
    for _ in range(3):
        served.clock.passes(29 * MINUTE)
        assert sergeant.is_signed_in()
    served.clock.passes(30 * MINUTE)
    assert not sergeant.is_signed_in()


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


def test_the_database_holds_argon2id_hashes_and_no_secret(
    sergeant: Browser, served: Served, database: Database
) -> None:
    with database.reading() as session:
        (password_hash,) = session.scalars(select(AccountRow.password_hash)).all()
        (secret_hash,) = session.scalars(select(SessionRow.secret_hash)).all()
    assert password_hash.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert served.password not in password_hash
    assert secret_hash not in sergeant.http.cookies.values()


def test_passwords_are_long_and_never_the_same() -> None:
    made = {new_password() for _ in range(100)}
    assert len(made) == 100
    assert all(len(password.replace("-", "")) == 20 for password in made)


def test_the_first_start_prints_the_password_once_and_never_again(station755: Program) -> None:
    process = station755.start("serve", "--port", "0")
    assert process.stdout is not None
    serves, sign_in, once = (process.stdout.readline() for _ in range(3))
    process.terminate()
    process.communicate(timeout=30)
    address = serves.split()[4]
    assert address.startswith("http://127.0.0.1:")
    assert sign_in.startswith("First start: sign in there as admin with the password ")
    assert "only this once" in once
    with serving(station755) as address:
        assert Browser(address).sign_in(sign_in.split()[-1]).status_code == 303
    process = station755.start("serve", "--port", "0", "--json")
    assert said_at_start(process)["admin_password"] is None
    process.terminate()
    process.communicate(timeout=30)


def test_the_first_start_tells_a_program_the_password(station755: Program) -> None:
    process = station755.start("serve", "--port", "0", "--json")
    said = said_at_start(process)
    try:
        assert Browser(said["address"]).sign_in(said["admin_password"]).status_code == 303
    finally:
        process.terminate()
        process.communicate(timeout=30)


def test_a_new_admin_password_ends_the_old_one_its_sessions_and_any_lock(
    sergeant: Browser, served: Served, station755: Program
) -> None:
    for _ in range(5):
        sergeant.sign_in("wrong")
    assert sergeant.sign_in(served.password).status_code == 429
    sergeant.http.cookies.clear()
    fresh = station755("admin-password").out.strip()
    assert sergeant.sign_in(served.password).status_code == 403
    assert sergeant.sign_in(fresh).status_code == 303
    fresher = station755("admin-password", "--json").json["admin_password"]
    assert fresher not in {fresh, served.password}
    assert not sergeant.is_signed_in()
