"""Somebody's first sign-in: the password they were given, their own, the authenticator, the recovery codes."""

import re

import pytest
from consoles import Browser, Page, Served

from station.console.texts import TEXTS
from station.database import Database
from station.passwords import password_problem
from station.people import add_person
from station.roles import StationRole

NUMBER = "900041"
OWN = "odd socks in the garden"


@pytest.fixture
def given(sergeant: Browser, served: Served, database: Database) -> str:
    """The password that an administrator gave a deputy."""
    with database.writing() as session:
        add_person(session, NUMBER, StationRole.DEPUTY, served.clock.now())
    page = sergeant.post(f"/people/{NUMBER}/password", Page(sergeant.get(f"/people/{NUMBER}").text).fields)
    return page.text.partition('id="password">')[2].partition("<")[0]


@pytest.fixture
def deputy(served: Served) -> Browser:
    """A deputy's browser."""
    browser = Browser(served.address)
    browser.http.trust_env = False
    return browser


def choose(browser: Browser, fresh: str, again: str | None = None) -> str:
    """Choose an own password; what the page says, or where it leads."""
    fields = Page(browser.get("/sign-in/password").text).fields
    form = {**fields, "new_password": fresh, "new_password_again": fresh if again is None else again}
    answer = browser.post("/sign-in/password", form)
    return answer.headers.get("location") or Page(answer.text).text


def first_sign_in(browser: Browser, given: str) -> list[str]:
    """All of it; the recovery codes."""
    browser.sign_in(given, NUMBER)
    assert choose(browser, OWN) == "/"
    page = browser.set_up(NUMBER)
    return re.findall(r'<code class="secret">(.*?)</code>', page.text)


def test_the_first_sign_in_asks_for_an_own_password_and_an_authenticator(deputy: Browser, given: str) -> None:
    deputy.sign_in(given, NUMBER)
    assert deputy.get("/worksheets").headers["location"].startswith("/sign-in/password")
    assert TEXTS["not_the_same"] in choose(deputy, OWN, "odd sock in the garden")
    assert TEXTS["same_as_before"] in choose(deputy, given)
    assert choose(deputy, OWN) == "/"
    assert deputy.get("/worksheets").headers["location"].startswith("/sign-in/authenticator")
    wrong = deputy.post(
        "/sign-in/authenticator", {**Page(deputy.get("/sign-in/authenticator").text).fields, "code": "1"}
    )
    assert wrong.status_code == 403
    assert deputy.set_up(NUMBER).status_code == 200
    assert deputy.is_signed_in()
    deputy.http.cookies.clear()
    assert deputy.sign_in(given, NUMBER).status_code == 403
    assert deputy.sign_in(OWN, NUMBER).status_code == 303
    assert deputy.is_signed_in()


def test_a_recovery_code_signs_in_once(deputy: Browser, given: str, served: Served) -> None:
    codes = first_sign_in(deputy, given)
    assert len(set(codes)) == 8
    for code, status in ((codes[0], 303), (codes[0], 403), (codes[1].upper().replace("-", " "), 303)):
        deputy.http.cookies.clear()
        fields = Page(deputy.get("/sign-in").text).fields
        deputy.post("/sign-in", {**fields, "name": NUMBER, "password": OWN})
        assert deputy.enter_code("/sign-in/code", code).status_code == status
    assert "Recovery codes left 6 of 8" in Page(deputy.get("/account").text).text
    made = deputy.post("/account/recovery-codes", Page(deputy.get("/account").text).fields)
    assert codes[2] not in made.text
    assert "Recovery codes left 8 of 8" in Page(deputy.get("/account").text).text


def test_changing_the_password_needs_the_old_one_and_ends_other_sessions(
    deputy: Browser, given: str, served: Served
) -> None:
    first_sign_in(deputy, given)
    elsewhere = Browser(served.address)
    elsewhere.http.trust_env = False
    assert elsewhere.sign_in(OWN, NUMBER).status_code == 303
    fresh = "a kettle on the roof"
    for old, new, status in ((given, fresh, 403), (OWN, "12345678", 400), (OWN, fresh, 200)):
        form = {"old_password": old, "new_password": new, "new_password_again": new}
        answer = deputy.post("/account/password", {**Page(deputy.get("/account").text).fields, **form})
        assert answer.status_code == status, answer.text
    assert deputy.is_signed_in()
    assert not elsewhere.is_signed_in()
    elsewhere.http.cookies.clear()
    assert elsewhere.sign_in(OWN, NUMBER).status_code == 403
    assert elsewhere.sign_in(fresh, NUMBER).status_code == 303


def test_the_page_that_comes_back_from_changing_the_password_can_be_gone_on_with(deputy: Browser, given: str) -> None:
    first_sign_in(deputy, given)
    page = deputy.get("/account")
    fresh = "a kettle on the roof"
    for old, new, status in (("odd hats", fresh, 403), (OWN, "12345678", 400), (OWN, fresh, 200)):
        form = {"old_password": old, "new_password": new, "new_password_again": new}
        page = deputy.post("/account/password", {**Page(page.text).fields, **form})
        assert page.status_code == status, page.text
    assert deputy.post("/sign-out", Page(page.text).fields).headers["location"] == "/sign-in"
    assert not deputy.is_signed_in()


def key_offered(browser: Browser) -> str:
    """The key that the page of the authenticator shows."""
    return browser.get("/sign-in/authenticator").text.partition('id="key">')[2].partition("<")[0]


def test_each_browser_is_offered_a_secret_of_its_own_and_the_first_to_be_set_up_counts(
    deputy: Browser, given: str, served: Served
) -> None:
    deputy.sign_in(given, NUMBER)
    choose(deputy, OWN)
    other = Browser(served.address)
    other.http.trust_env = False
    fields = Page(other.get("/sign-in").text).fields
    other.post("/sign-in", {**fields, "name": NUMBER, "password": OWN})
    assert key_offered(deputy) == key_offered(deputy) != key_offered(other)
    assert other.set_up(NUMBER).status_code == 200
    assert deputy.get("/sign-in/authenticator").headers["location"] == "/sign-in/code"


@pytest.mark.parametrize(
    "password",
    ["", "1234567", "passwort", "12345678", "aaaaaaaa", "qwertyuiop", "norwalk755", "Sheriff1", "900041ab", "x900041x!",
     "contact755", "iloveyou1", "abcdefgh", "2026-11-22", "x" * 201],
)  # fmt: skip
def test_passwords_that_are_guessed_first_are_refused(password: str) -> None:
    assert password_problem(password, NUMBER, "Norwalk Station") is not None


@pytest.mark.parametrize("password", ["odd socks", "kq7-Wm2z", "señal rota ☕", "x1" + "lamp kettle roof " * 11])
def test_other_passwords_of_eight_characters_are_taken_whatever_they_are_made_of(password: str) -> None:
    assert password_problem(password, NUMBER, "Norwalk Station") is None
