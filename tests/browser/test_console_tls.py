"""Signing in to the console in a real browser, over TLS and over plain HTTP on this machine."""

from pathlib import Path

import pytest
from certificates import certificate, key_print
from playwright.sync_api import Browser, Error, Page, expect
from programs import Program, serving
from sergeants import chromium, console_in, sign_in
from windows import needs_browser

from station.console.visits import COOKIE

pytestmark = needs_browser


@pytest.fixture
def tls(tmp_path: Path) -> tuple[list[str], str]:
    """What `serve` is told to serve over TLS, and what a browser is told to trust that key and no other."""
    chain, private_key = certificate(tmp_path / "tls")
    typed = ["serve", "--port", "0", "--certificate", str(chain), "--private-key", str(private_key)]
    return typed, f"--ignore-certificate-errors-spki-list={key_print(chain)}"


def cookie_of(page: Page) -> dict[str, object]:
    """The one cookie that the console has set."""
    (cookie,) = page.context.cookies()
    return dict(cookie)


def is_kept_from_scripts_and_other_sites(page: Page) -> bool:
    """Whether scripts cannot read the session's cookie, other sites cannot use it, and it ends with the browser."""
    cookie = cookie_of(page)
    assert cookie["name"] == COOKIE
    assert page.evaluate("document.cookie") == ""
    return (cookie["httpOnly"], cookie["sameSite"], cookie["expires"]) == (True, "Strict", -1)


def test_over_tls_the_session_is_for_tls_alone(station755: Program, tls: tuple[list[str], str]) -> None:
    typed, trust = tls
    with station755.running(*typed) as (_, address), chromium(trust) as browser:
        assert address.startswith("https://127.0.0.1:")
        with console_in(browser, address) as page:
            asked: list[str] = []
            page.on("request", lambda request: asked.append(request.url))
            sign_in(page, station755("admin-password").out.strip())
            assert cookie_of(page)["secure"] is True
            assert is_kept_from_scripts_and_other_sites(page)
            secret = cookie_of(page)["value"]
            page.get_by_role("button", name="Sign out").click()
            expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
            assert cookie_of(page)["value"] != secret
            assert all(url.startswith(f"{address}/") for url in asked)


def test_a_browser_that_does_not_know_the_certificate_shows_nothing(
    station755: Program, tls: tuple[list[str], str]
) -> None:
    typed, _ = tls
    with station755.running(*typed) as (_, address), chromium() as browser, console_in(browser, address) as page:
        assert address.startswith("https://")
        with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
            page.goto("/")


def signs_in_by_plain_http(browser: Browser, address: str, password: str) -> None:
    """Sign in; the cookie can be used without TLS, and is kept as closely otherwise."""
    with console_in(browser, address) as page:
        sign_in(page, password)
        assert cookie_of(page)["secure"] is False
        assert is_kept_from_scripts_and_other_sites(page)


def test_over_plain_http_the_console_answers_on_this_machine_only(station755: Program) -> None:
    password = station755("admin-password").out.strip()
    elsewhere = "--host-resolver-rules=MAP station.example 127.0.0.1"  # a name that somebody else gave this machine
    with serving(station755) as address, chromium(elsewhere) as browser:
        signs_in_by_plain_http(browser, address, password)
        signs_in_by_plain_http(browser, address.replace("127.0.0.1", "localhost"), password)
        page = browser.new_page()  # where the browser says that it trusts nothing from such an address
        answer = page.goto(address.replace("127.0.0.1", "station.example"))
        assert answer is not None
        assert answer.status == 421
        expect(page.get_by_role("main")).to_contain_text("The console answers on this machine only")
        assert page.context.cookies() == []
