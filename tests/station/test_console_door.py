"""What every answer of the console carries, and what is refused before any page is made."""

import re
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from consoles import Browser, Page, Served, serving_app
from places import ON_SQLITE_ALONE
from sqlalchemy import QueuePool
from sqlalchemy.exc import TimeoutError as PoolTimeout

from station.app import create_app
from station.console.door import CONTENT_SECURITY_POLICY, host_of
from station.database import Database
from station.permissions import RULES
from sync.reference import Reference

PAGES = [
    "/",
    "/worksheets",
    "/worksheets.csv",
    "/worksheets.pdf",
    "/quarantine",
    "/worksheets/2026-11-22/day/900001",
    "/quarantine/1",
]
PAGES += ["/account", "/people", "/people.csv", "/people/locked", "/people/import", "/people/admin"]
ANSWERS = [
    "/sign-in",
    "/sign-in/code",
    "/nothing",
    "/static/console.css",
    "/static/nothing",
    "/worksheets?on=x",
    "/sign-out",
    *PAGES,
]
TEMPLATES = Path(__file__).parent.parent.parent / "station" / "templates"


@pytest.mark.parametrize("path", ANSWERS)
def test_every_answer_carries_the_security_headers(browser: Browser, sergeant: Browser, path: str) -> None:
    for answer in (Browser(browser.address).get(path), sergeant.get(path)):
        assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == ("no-cache" if path == "/static/console.css" else "no-store")
    assert "unsafe" not in CONTENT_SECURITY_POLICY


@pytest.mark.parametrize("path", [path for path in ANSWERS if not path.startswith("/static")])
def test_no_page_has_inline_style_or_script_or_asks_another_host(sergeant: Browser, path: str) -> None:
    answer = sergeant.http.get(sergeant.address + path, timeout=30)
    if not answer.headers["content-type"].startswith("text/html"):
        return
    for tag, attributes in Page(answer.text).tags:
        assert tag != "style"
        assert tag != "script" or attributes.get("src", "")
        assert not any(name == "style" or name.startswith(("on", "hx-on")) for name in attributes)
        for name in ("href", "src", "action", "hx-get"):
            assert re.match(r"[/#](?!/)|$", attributes.get(name) or ""), (tag, attributes)


def test_no_template_turns_escaping_off() -> None:
    for template in TEMPLATES.iterdir():
        assert not re.search(r"\|\s*safe|autoescape", template.read_text("utf-8")), template


def test_a_part_of_a_page_leads_strangers_to_sign_in_as_a_whole(browser: Browser) -> None:
    for path in PAGES:
        assert browser.get(path).headers["location"].startswith("/sign-in")
        assert browser.get(path, **{"HX-Request": "true"}).headers["HX-Redirect"] == "/sign-in"


def test_every_form_without_its_token_is_refused(sergeant: Browser, served: Served) -> None:
    paths = [route for method, route in RULES if method == "POST" and not route.startswith(("/v1/", "/sign-in/"))]
    assert len(paths) > 10
    other = Page(Browser(served.address).get("/sign-in").text).fields
    for path in paths:
        for form in ({}, {"token": ""}, {"token": "0" * 64}, {"token": "é"}, other):
            typed = {**form, "name": "admin", "password": served.password}
            answer = sergeant.post(
                path.format(
                    number=1, name="900001", on="2026-11-25", watch="day", person="900001", device=1, part="areas"
                ),
                typed,
            )
            assert answer.status_code == 403, (path, form)
            assert "form is too old" in Page(answer.text).text
    assert sergeant.is_signed_in()


def test_a_form_without_any_cookie_is_refused(browser: Browser, served: Served) -> None:
    fields = Page(browser.get("/sign-in").text).fields
    browser.http.cookies.clear()
    assert browser.post("/sign-in", {**fields, "name": "admin", "password": served.password}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:1"},
    ],
)
def test_a_form_from_another_site_is_refused_even_with_its_token(sergeant: Browser, headers: dict[str, str]) -> None:
    fields = Page(sergeant.get("/worksheets").text).fields
    answer = sergeant.post("/sign-out", fields, **headers)
    assert answer.status_code == 403
    assert "another site" in Page(answer.text).text
    assert sergeant.is_signed_in()


def test_a_form_from_this_very_origin_is_taken(sergeant: Browser) -> None:
    fields = Page(sergeant.get("/worksheets").text).fields
    headers = {"Origin": sergeant.address, "Sec-Fetch-Site": "same-origin"}
    assert sergeant.post("/sign-out", fields, **headers).status_code == 303


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:80", "192.0.2.7", ""])
def test_a_console_on_loopback_answers_to_no_other_name(sergeant: Browser, host: str) -> None:
    answer = sergeant.get("/worksheets", Host=host)
    assert answer.status_code == 421
    assert "900001" not in answer.text
    assert sergeant.get("/healthz", Host=host).status_code == 200  # devices are known by signatures, not by names


def test_over_tls_the_certificate_says_the_name(database: Database, reference: Reference) -> None:
    with serving_app(create_app(database, reference, only_here=False)) as address:
        browser = Browser(address)
        answer = browser.get("/sign-in", Host="station.example", **{"X-Forwarded-Proto": "https"})
        assert answer.status_code == 200
        assert "Secure" in answer.headers["set-cookie"]
        browser.http.close()


@pytest.mark.parametrize(
    ("header", "host"),
    [("127.0.0.1:8755", "127.0.0.1"), ("localhost", "localhost"), ("[::1]:8755", "::1"), ("[::1]", "::1"), ("", "")],
)
def test_a_host_header_is_read_without_its_port(header: str, host: str) -> None:
    assert host_of(header) == host


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(browser: Browser) -> None:
    cookie = browser.get("/sign-in").headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Path=/" in cookie
    assert "Secure" not in cookie  # plain HTTP, which is spoken only on this machine
    assert "Domain" not in cookie
    assert "Max-Age" not in cookie  # it ends with the browser


def test_a_huge_form_is_refused_and_not_kept(browser: Browser) -> None:
    browser.get("/sign-in")
    assert browser.post("/sign-in", {"password": "x" * 10_000}).status_code == 413
    answer = browser.http.post(f"{browser.address}/sign-in", data=b"\xff\xfe=\xff", timeout=30)
    assert answer.status_code == 400


def test_problems_are_pages_at_the_console_and_problem_documents_for_devices(browser: Browser) -> None:
    for path, status in (("/nothing", 404), ("/sign-out", 405), ("/worksheets/2026-11-22", 404)):
        answer = browser.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    for path, status in (("/v1/nothing", 404), ("/v1/exchange", 405), ("/v2/exchange", 404), ("/v1", 404)):
        answer = browser.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        assert "content-security-policy" not in answer.headers
    assert browser.get("/healthz").json()["status"] == "ok"


@ON_SQLITE_ALONE  # a file can be moved away
def test_a_station_without_its_database_says_so_on_a_page(sergeant: Browser, tmp_path: Path) -> None:
    (tmp_path / "station" / "station.sqlite3").rename(tmp_path / "elsewhere")
    answer = sergeant.get("/worksheets")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert "cannot use its database" in Page(answer.text).text
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY


def test_a_station_with_no_connection_left_asks_to_try_later(sergeant: Browser, database: Database) -> None:
    """A fault would have to be looked for; this passes."""
    pool = database._engine.pool
    assert isinstance(pool, QueuePool)
    pool._timeout = 0.1  # a tenth of a second, for the sake of the test's time
    with ExitStack() as others:
        with suppress(PoolTimeout):
            while True:
                others.enter_context(database._engine.connect())
        answer = sergeant.get("/worksheets")
    assert (answer.status_code, "cannot use its database right now" in Page(answer.text).text) == (503, True)
    assert sergeant.is_signed_in()
