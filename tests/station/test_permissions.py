"""Who may do what: every route as every role and signed out, from the station's own list of routes."""

from collections.abc import Callable

import pytest
import requests
from cars import Car
from consoles import Browser, Page, Served
from doubles import FixedClock, uuids
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from places import ON_SQLITE_ALONE
from staff import NUMBERS, browser_of
from starlette.routing import Mount

from station import sessions
from station.app import create_app
from station.clocks import now
from station.console.app import console_app
from station.console.pages import Pages
from station.console.visits import COOKIE
from station.database import Database
from station.people import ADMIN
from station.people_tables import AccountRow
from station.permissions import RULES, Door, Reach, reach_of
from station.roles import StationRole
from sync.reference import Reference

PLACES = {
    "on": "2026-11-22",
    "watch": "day",
    "number": "1",
    "part": "areas",
    "name": "900001",
    "device": "019200a0-0000-7000-8000-000000000001",
}
PEOPLE = [None, *StationRole]


def routes_of(app: FastAPI) -> list[tuple[str, str]]:
    """Every route of an application: its method and its path."""
    found = []
    for route in iter_route_contexts(app.routes):
        original = route.original_route
        if isinstance(original, Mount):
            found.append(("GET", original.path))
        else:
            found += [(method, str(route.path)) for method in route.methods or ()]
    return found


def all_routes(database: Database, reference: Reference) -> list[tuple[str, str]]:
    """Every route of the station, for devices and for people."""
    console = console_app(database, reference, now, Pages(lambda: reference.station))
    return routes_of(create_app(database, reference)) + routes_of(console)


@ON_SQLITE_ALONE
def test_every_route_has_a_decision_and_every_decision_a_route(database: Database, reference: Reference) -> None:
    routes = all_routes(database, reference)
    assert len(routes) == len(set(routes))
    assert set(routes) == set(RULES)


@ON_SQLITE_ALONE
def test_a_route_without_a_decision_is_closed_to_everybody(database: Database, served: Served) -> None:
    assert all(reach_of(role, "GET", "/something-new") is None for role in StationRole)
    assert all(reach_of(role, "POST", "/v1/exchange") is None for role in StationRole)


def ask(browser: Browser, method: str, route: str, person: str) -> requests.Response:
    """Ask for a route, with values in its places; a form is sent without its token, so that nothing is done."""
    path = route.format(**PLACES, person=person) + ("/console.css" if route == "/static" else "")
    if method == "GET" and path == "/board/stream":  # which does not end by itself
        with browser.http.get(browser.address + path, stream=True, allow_redirects=False, timeout=30) as answer:
            is_stream = answer.headers.get("content-type", "").startswith("text/event-stream")
            assert is_stream or answer.content is not None  # anything else is read to its end
            return answer
    return browser.get(path) if method == "GET" else browser.post(path, {})


def outcome(answer: requests.Response) -> str:
    """What the guard decided, told by the answer."""
    text = Page(answer.text).text if "html" in answer.headers.get("content-type", "") else ""
    if answer.status_code == 303 and answer.headers["location"].startswith("/sign-in"):
        return "sign in first"
    if answer.status_code == 303 and answer.headers["location"] == "/":
        return "signed in already"
    return "refused" if answer.status_code == 403 and "form is too old" not in text else "in"


def expected(role: StationRole | None, method: str, route: str) -> str:
    """What the table says."""
    rule = RULES[method, route]
    if rule is Door.ANYONE:
        return "in"
    if role is None:
        return "sign in first"
    if rule is Door.PASSWORD_GIVEN:
        return "signed in already"
    return "refused" if reach_of(role, method, route) is None else "in"


@pytest.mark.parametrize("role", PEOPLE)
def test_every_route_lets_in_whom_the_table_says(
    database: Database, reference: Reference, browser: Browser, served: Served, role: StationRole | None
) -> None:
    visitor = browser if role is None else browser_of(database, served, role)
    person = "900001" if role is None else NUMBERS[role]
    console = {each for each in RULES if not is_for_devices(each)}
    assert len(console) > 30
    found = {each: outcome(ask(visitor, *each, person)) for each in console}
    assert found == {each: expected(role, *each) for each in console}


@pytest.mark.parametrize("role", PEOPLE)
def test_no_role_opens_what_is_for_devices(
    database: Database, browser: Browser, served: Served, role: StationRole | None
) -> None:
    visitor = browser if role is None else browser_of(database, served, role)
    for method, route in filter(is_for_devices, RULES):
        answer = visitor.http.request(method, served.address + route, json={}, timeout=30)
        is_open = RULES[method, route] is Door.ANYONE
        assert is_open or answer.status_code in {400, 401, 403, 422}, (route, answer.text)
        assert answer.headers["content-type"] != "text/html; charset=utf-8"


def is_for_devices(each: tuple[str, str]) -> bool:
    """Whether a route answers devices and programs."""
    return each[1].startswith("/v1/") or each[1] in {"/healthz", "/openapi.json"}


def test_between_the_password_and_the_pages_there_is_nothing_but_the_next_step(
    database: Database, browser: Browser, served: Served
) -> None:
    """For each step: no page, no form and no other step is open to who has shown only a password."""
    for step, has_authenticator, is_temporary in (
        ("/sign-in/code", True, True),
        ("/sign-in/password", False, True),
        ("/sign-in/authenticator", False, False),
    ):
        with database.writing() as session:
            account = session.get_one(AccountRow, ADMIN)
            account.totp_secret = "JBSWY3DPEHPK3PXP" if has_authenticator else None
            account.is_password_temporary = is_temporary
            browser.http.cookies.set(COOKIE, sessions.start(session, ADMIN, served.clock.now()), domain="127.0.0.1")
        for (method, route), rule in RULES.items():
            if is_for_devices((method, route)) or rule is Door.ANYONE:
                continue
            answer = ask(browser, method, route, "900001")
            if route == step:
                assert outcome(answer) == "in"
            else:
                assert answer.headers["location"].startswith(step), (method, route)


def test_deputies_and_volunteers_see_their_own_worksheets_and_nobody_elses(
    database: Database, served: Served, make_car: Callable[..., Car]
) -> None:
    for place, person in enumerate(("900002", "900001", "900077")):
        car = make_car(f"car {place}", person=person, clock=FixedClock(ids=uuids(1000 * (1 + place))))
        car.log("coffee-shop", rd="0454", people=3)
        car.send()
    for role, person in ((StationRole.DEPUTY, "900002"), (StationRole.VOLUNTEER, "900001")):
        visitor = browser_of(database, served, role, person)
        for path in (
            "/worksheets?on=2026-11-22",
            "/worksheets.csv?on=2026-11-22",
            f"/worksheets/2026-11-22/day/{person}",
        ):
            answer = visitor.get(path)
            assert answer.status_code == 200
            assert person in answer.text
            assert "900077" not in answer.text
        for path in (
            "/worksheets.csv?on=2026-11-22&person=900077",
            "/worksheets.pdf?on=2026-11-22&person=900077",
            "/worksheets/2026-11-22/day/900077",
        ):
            answer = visitor.get(path)
            assert answer.status_code == 403
            assert "their own worksheets only" in Page(answer.text).text


def test_what_somebody_may_not_is_not_offered(database: Database, served: Served) -> None:
    deputy, administrator = (
        Page(browser_of(database, served, role).get("/worksheets").text).text
        for role in (StationRole.DEPUTY, StationRole.ADMINISTRATOR)
    )
    for words in ("Quarantine", "People"):
        assert words not in deputy
        assert words in administrator


def test_the_table_keeps_to_the_roles_of_the_design() -> None:
    """Said once more in plain words, so that a slip in the table is one here too."""

    def may(role: StationRole) -> set[str]:
        return {route for (method, route) in RULES if reach_of(role, method, route) is not None}

    volunteer, deputy, sergeant, captain, administrator = map(may, StationRole)
    assert volunteer == deputy < captain <= sergeant < administrator
    assert not any(route.startswith(("/people", "/quarantine")) for route in deputy)
    assert not any(route.startswith("/people") for route in sergeant | captain)
    assert {reach_of(StationRole.DEPUTY, *each) for each in RULES} == {None, Reach.OWN}


def test_what_has_a_number_that_no_row_can_have_is_not_there(database: Database, served: Served) -> None:
    """PostgreSQL takes no number above 2³¹-1 in a question; SQLite does."""
    visitor = browser_of(database, served, StationRole.ADMINISTRATOR)
    token = Page(visitor.get("/account").text).fields
    places = PLACES | {"number": "3000000000"}
    for method, route in RULES:
        if "{number}" not in route:
            continue
        path = route.format_map(places)
        answer = visitor.get(path) if method == "GET" else visitor.post(path, {**token, "reason": "x", "seen": "1"})
        assert answer.status_code in {400, 403, 404}, (method, route, answer.status_code)
    for path in ("/briefings?before=3000000000", "/audit?before=3000000000", "/quarantine?after=3000000000"):
        assert visitor.get(path).status_code == 200, path
