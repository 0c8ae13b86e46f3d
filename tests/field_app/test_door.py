"""The served app lets in only its own window on this machine."""

import http.client
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from programs import Program


@pytest.fixture(scope="module")
def launch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A served app's launch address."""
    car = Program("contact755", tmp_path_factory.mktemp("car"))
    with car.running("run", "--no-browser", "--port", "0") as (_, address):
        yield address


@dataclass(frozen=True)
class Reply:
    """What the app answered."""

    status: int
    headers: Message
    body: bytes


def ask(launch: str, path: str = "/", **headers: str) -> Reply:
    """Ask the app for something, with headers of the caller's choice (underscores stand for hyphens)."""
    parts = urlsplit(launch)
    with closing(http.client.HTTPConnection(parts.hostname or "", parts.port or 0, timeout=10)) as connection:
        connection.putrequest("GET", path, skip_host=True)
        for name, value in ({"Host": parts.netloc} | headers).items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        with closing(connection.getresponse()) as answer:
            is_socket = answer.status == 101
            return Reply(answer.status, answer.headers, b"" if is_socket else answer.read())


def cookie_of(launch: str) -> str:
    """The cookie that the launch address gives."""
    parts = urlsplit(launch)
    welcome = ask(launch, f"{parts.path}?{parts.query}")
    assert (welcome.status, welcome.headers.get("Location")) == (303, "/")
    cookie = welcome.headers.get("Set-Cookie") or ""
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    return cookie.partition(";")[0]


def test_without_the_launch_address_there_is_nothing_to_see(launch: str) -> None:
    for path in ("/", "/main.dart.js", "/contact755-keys.js", "/fonts/scripts.otf", "/?launch=wrong", "/?launch="):
        refused = ask(launch, path)
        assert refused.status == 403
        assert b"contact755 run" in refused.body
    assert ask(launch, Cookie="contact755=wrong").status == 403


@pytest.mark.parametrize("stranger", ['theme={"dark":true}', "a/b=1", "contact755=of another port", "=", ";;"])
def test_cookies_of_other_programs_on_this_machine_neither_help_nor_hinder(launch: str, stranger: str) -> None:
    own = cookie_of(launch)
    for both in (f"{stranger}; {own}", f"{own}; {stranger}"):
        assert ask(launch, Cookie=both).status == 200
    assert ask(launch, Cookie=stranger).status == 403


@pytest.mark.parametrize("host", ["station.example", "127.0.0.1", "127.0.0.1.example:80", "10.0.0.1:8750", ""])
def test_another_name_for_this_machine_is_refused_even_with_the_cookie(launch: str, host: str) -> None:
    assert ask(launch, Host=host, Cookie=cookie_of(launch)).status == 421


def test_the_page_may_load_nothing_from_elsewhere(launch: str) -> None:
    page = ask(launch, Cookie=cookie_of(launch))
    policy = page.headers.get("Content-Security-Policy") or ""
    assert page.status == 200
    assert "default-src 'self'" in policy
    assert "http" not in policy
    scripts = next(part for part in policy.split(";") if part.strip().startswith("script-src"))
    assert "'unsafe-inline'" not in scripts
    assert "'unsafe-eval'" not in scripts
    assert b"contact755-keys.js" in page.body
    assert ask(launch, "/fonts/scripts.otf", Cookie=cookie_of(launch)).status == 200


@pytest.mark.parametrize("origin", ["http://station.example", "null", "", "https://127.0.0.1"])
def test_a_socket_opens_only_for_our_own_page(launch: str, origin: str) -> None:
    upgrade = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec_WebSocket_Version": "13",
    }
    cookie = cookie_of(launch)
    own = f"http://{urlsplit(launch).netloc}"
    assert ask(launch, "/ws", Origin=origin, Cookie=cookie, **upgrade).status == 403
    assert ask(launch, "/ws", Origin=own, **upgrade).status == 403
    assert ask(launch, "/ws", Origin=own, Cookie=cookie, **upgrade).status == 101


def test_a_port_that_is_taken_is_told_in_a_sentence(launch: str, tmp_path: Path) -> None:
    said = Program("contact755", tmp_path)(
        "run", "--no-browser", "--port", launch.split(":")[2].split("/", maxsplit=1)[0]
    )
    assert said.code == 9
    assert "--port" in said.err
