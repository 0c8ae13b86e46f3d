"""The console over real HTTP, and a browser without JavaScript to read it with."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http import HTTPStatus
from urllib.parse import urlsplit

import requests
import uvicorn
from authenticators import KNOWN_SECRET, PHONE, has_authenticator
from doubles import FixedClock
from starlette.types import ASGIApp

from station.accounts import first_administrator
from station.app import create_app
from station.database import Database
from station.people import ADMIN
from station.references import standing_reference
from sync.reference import Reference

START_SECONDS_MAX = 30


@dataclass(frozen=True)
class Served:
    """A console that serves, with its clock and its administrator's password."""

    address: str
    clock: FixedClock
    password: str


@contextmanager
def serving_app(app: ASGIApp) -> Iterator[str]:
    """The application on a free loopback port; gives its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="warning", access_log=False, ws="none", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            give_up_at = time.monotonic() + START_SECONDS_MAX
            while not server.started:
                assert time.monotonic() < give_up_at
                time.sleep(0.01)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def served_station(database: Database, reference: Reference, clock: FixedClock) -> Iterator[Served]:
    """A station whose administrator has an authenticator, on the tests' phone."""
    with database.writing() as session:
        password = first_administrator(session, clock.now())
    assert password is not None
    has_authenticator(database, ADMIN)
    with database.reading() as session:
        standing = standing_reference(session, reference, clock.now())
    with serving_app(create_app(database, standing, clock.now)) as address:
        port = urlsplit(address).port
        PHONE.clocks[port] = clock
        PHONE.scans(address, ADMIN, KNOWN_SECRET)
        yield Served(address, clock, password)
        del PHONE.clocks[port]


def is_on_the_event_loop() -> bool:
    """Whether this runs where every request begins: what takes long there keeps all others waiting."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


class Page(HTMLParser):
    """What a page holds: its tags with their attributes, its fields, its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Keep words."""
        self.words.extend(data.split())

    @property
    def text(self) -> str:
        """The words, as they are read."""
        return " ".join(self.words)

    @property
    def fields(self) -> dict[str, str]:
        """The hidden fields of the page's form."""
        return {
            str(found["name"]): found.get("value") or ""
            for tag, found in self.tags
            if tag == "input" and found.get("type") == "hidden"
        }

    def rows(self) -> int:
        """How many contacts the page lists."""
        return sum(tag == "tr" and str(found.get("id", "")).startswith("contact-") for tag, found in self.tags)


@dataclass
class Browser:
    """A browser without JavaScript: keeps cookies, reads forms, follows redirects only when told to."""

    address: str
    http: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str, **headers: str) -> requests.Response:
        """Ask for a page."""
        return self.http.get(self.address + path, headers=headers, allow_redirects=False, timeout=30)

    def post(self, path: str, form: dict[str, str], **headers: str) -> requests.Response:
        """Send a form."""
        return self.http.post(self.address + path, data=form, headers=headers, allow_redirects=False, timeout=30)

    def sign_in(self, password: str, name: str = "admin", next_page: str = "/") -> requests.Response:
        """Fill in the sign-in page and what comes after it; the last answer, a redirect to the page asked for if all fits."""
        page = Page(self.get(f"/sign-in?next={next_page}").text)
        answer = self.post("/sign-in", {**page.fields, "name": name, "password": password})
        if answer.status_code != HTTPStatus.SEE_OTHER:
            return answer
        step = self.get(answer.headers["location"])
        where = step.headers.get("location", "")
        if where.startswith("/sign-in/code"):
            return self.enter_code(where, PHONE.code(self.address, name))
        if where.startswith("/sign-in/authenticator"):
            self.set_up(name)
            return self.get(next_page)
        return answer

    def enter_code(self, where: str, code: str) -> requests.Response:
        """Enter a code on the page that asks for one."""
        return self.post("/sign-in/code", {**Page(self.get(where).text).fields, "code": code})

    def set_up(self, name: str) -> requests.Response:
        """Set up the authenticator that is offered."""
        html = self.get("/sign-in/authenticator").text
        key = html.partition('id="key">')[2].partition("<")[0]
        PHONE.scans(self.address, name, key)
        return self.post("/sign-in/authenticator", {**Page(html).fields, "code": PHONE.code(self.address, name)})

    def is_signed_in(self) -> bool:
        """Whether the worksheets are shown."""
        return self.get("/worksheets").status_code == 200
