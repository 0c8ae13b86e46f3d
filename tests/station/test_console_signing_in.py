"""Who gets in at the console, for how long, and who does not."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from authenticators import KNOWN_SECRET, PHONE
from consoles import Browser, Page, Served
from programs import Program, said_at_start, serving
from sqlalchemy import select

from station.accounts import No, open_again
from station.console.signing_in import own_address
from station.console.texts import NO_WORDS
from station.database import Database
from station.passwords import NOBODYS_HASH, hash_password, new_password
from station.people import ADMIN
from station.people_tables import AccountRow, SessionRow, TryRow
from station.tries import is_locked

START = datetime(2026, 11, 22, 22, 0, tzinfo=UTC)
MINUTE = 60
DAY = 24 * 60 * MINUTE
WRONG, LOCKED = NO_WORDS[No.WRONG], NO_WORDS[No.LOCKED]


def test_the_right_password_opens_the_worksheets(browser: Browser, served: Served) -> None:
    answer = browser.sign_in(served.password)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert browser.get("/").headers["location"] == "/worksheets"
    assert browser.is_signed_in()


def test_after_sign_in_the_page_that_was_asked_for_is_shown(browser: Browser, served: Served) -> None:
    asked = browser.get("/worksheets?on=2026-11-20&watch=pm")
    assert asked.status_code == 303
    page = Page(browser.get(asked.headers["location"]).text)
    answer = browser.post("/sign-in", {**page.fields, "name": ADMIN, "password": served.password})
    step = browser.get(answer.headers["location"]).headers["location"]
    assert step.startswith("/sign-in/code?next=")
    answer = browser.enter_code(step, PHONE.code(served.address, ADMIN))
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


@pytest.mark.usefixtures("dear_passwords")
def test_an_unknown_name_costs_as_much_work_as_a_known_one() -> None:
    """The hash that nobody's password fits has the parameters of a real one."""
    assert NOBODYS_HASH.split("$")[:4] == hash_password("x").split("$")[:4]


@pytest.mark.parametrize("name", ["admin", "900001"])
def test_five_wrong_tries_lock_a_name_until_released_whether_anybody_has_it(
    browser: Browser, served: Served, station755: Program, name: str
) -> None:
    assert [browser.sign_in("wrong", name).status_code for _ in range(5)] == [403] * 5
    for minutes in (0, 16, 60 * 24):
        served.clock.passes(minutes * MINUTE)
        locked = browser.sign_in(served.password, name)
        assert locked.status_code == 429
        assert LOCKED in Page(locked.text).text
    assert station755("release", name).out == f"{name}: released.\n"
    assert station755("release", name).out == f"{name}: neither locked nor closed.\n"
    assert browser.sign_in(served.password, name).status_code == (303 if name == "admin" else 403)


def test_signing_in_wipes_earlier_slips(browser: Browser, served: Served) -> None:
    for _ in range(3):
        for _ in range(4):
            browser.sign_in("wrong")
        assert browser.sign_in(served.password).status_code == 303
        browser.http.cookies.clear()


def test_the_right_password_alone_wipes_no_wrong_codes(browser: Browser, served: Served) -> None:
    """Whoever has stolen the password has five guesses at a code, not five for each time that they enter it."""
    form = {"name": ADMIN, "password": served.password}
    for _ in range(5):
        browser.post("/sign-in", {**Page(browser.get("/sign-in").text).fields, **form})
        wrong = browser.enter_code("/sign-in/code", "000000")
        assert wrong.status_code == 403
    locked = browser.enter_code("/sign-in/code", PHONE.code(served.address, ADMIN))
    assert locked.status_code == 429
    browser.http.cookies.clear()
    assert browser.sign_in(served.password).status_code == 429


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        ([], False),
        ([0, 1, 2, 3], False),
        ([0, 1, 2, 3, 4], True),
        ([0, 4, 8, 12, 15], False),
        ([0, 4, 8, 12, 14.999], True),
        ([0, 10, 11, 12, 13, 14], True),
    ],
)
def test_only_five_tries_within_fifteen_minutes_lock(minutes: list[float], expected: object) -> None:
    assert is_locked([START + timedelta(minutes=minute) for minute in minutes]) is expected


def test_four_slips_and_then_one_after_a_quarter_of_an_hour_lock_nobody(browser: Browser, served: Served) -> None:
    for _ in range(4):
        browser.sign_in("wrong")
    served.clock.passes(15 * MINUTE)
    assert browser.sign_in("wrong").status_code == 403
    assert browser.sign_in(served.password).status_code == 303


def test_a_code_works_once(browser: Browser, served: Served) -> None:
    form = {"name": ADMIN, "password": served.password}
    used = PHONE.code(served.address, ADMIN)
    for code, status in ((used, 303), (used, 403), (PHONE.code(served.address, ADMIN), 303)):
        browser.http.cookies.clear()
        browser.post("/sign-in", {**Page(browser.get("/sign-in").text).fields, **form})
        assert browser.enter_code("/sign-in/code", f"{code[:3]} {code[3:]}").status_code == status


def test_a_clock_that_was_ahead_and_is_put_right_locks_nobody_out(browser: Browser, served: Served) -> None:
    served.clock.passes(3 * DAY)
    assert browser.sign_in(served.password).status_code == 303
    served.clock.passes(-3 * DAY)
    PHONE.scans(served.address, ADMIN, KNOWN_SECRET)
    used = PHONE.code(served.address, ADMIN)
    for code, status in ((used, 303), (used, 403), (PHONE.code(served.address, ADMIN), 303)):
        browser.http.cookies.clear()
        form = {**Page(browser.get("/sign-in").text).fields, "name": ADMIN, "password": served.password}
        browser.post("/sign-in", form)
        assert browser.enter_code("/sign-in/code", code).status_code == status


def test_an_account_that_nobody_used_for_ninety_days_is_closed_until_it_is_opened_again(
    browser: Browser, served: Served, database: Database
) -> None:
    served.clock.passes(90 * DAY - 1)
    assert browser.sign_in(served.password).status_code == 303
    browser.http.cookies.clear()
    served.clock.passes(90 * DAY)
    assert "is closed" in Page(browser.sign_in(served.password).text).text
    assert "is closed" not in Page(browser.sign_in("wrong").text).text  # said only to who knows the password
    with database.writing() as session:
        assert open_again(session, ADMIN, served.clock.now(), "900010")
    assert browser.sign_in(served.password).status_code == 303


def test_what_happens_with_accounts_is_told_once_and_without_numbers(
    browser: Browser, served: Served, station755: Program, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "station755"):
        for _ in range(5):
            browser.sign_in("wrong")
        station755("release", ADMIN)
        browser.sign_in(served.password)
    assert caplog.messages == ["sign-in-refused"] * 5 + ["locked", "signed-in"]


def test_what_was_typed_as_a_name_is_not_kept(browser: Browser, database: Database) -> None:
    browser.sign_in("x", name="my-secret-by-mistake")
    with database.reading() as session:
        (mark,) = session.scalars(select(TryRow.name_mark)).all()
    assert "secret" not in mark


def test_the_database_holds_argon2id_hashes_and_no_secret(
    dear_passwords: None, sergeant: Browser, served: Served, database: Database
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


def test_the_last_administrator_with_a_lost_phone_is_let_in_by_a_command(
    browser: Browser, served: Served, station755: Program
) -> None:
    fresh = station755("admin-password", "--new-authenticator").out.strip()
    browser.post("/sign-in", {**Page(browser.get("/sign-in").text).fields, "name": ADMIN, "password": fresh})
    assert browser.get("/").headers["location"] == "/sign-in/authenticator"
    assert browser.set_up(ADMIN).status_code == 200
    assert browser.is_signed_in()
