"""A sergeant who reviews what a device with the real program sends to the real station."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from cars import Car
from consoles import Browser, Page, Served
from doubles import FixedClock, uuids
from programs import Program, serving
from staff import browser_of, make_account

from station.database import Database
from station.roles import StationRole


@pytest.fixture
def three_cars(make_car: Callable[..., Car], database: Database, served: Served) -> list[Car]:
    """Three people known here, in Norwalk, in La Mirada and without an RD, each with a worksheet of one contact."""
    made = []
    for place, rd in enumerate(("0454", "0460", None)):
        number = f"90001{place + 1}"
        make_account(database, served, StationRole.DEPUTY, number)
        car = make_car(f"car {number}", person=number, clock=FixedClock(ids=uuids(10_000 * (place + 1))))
        car.log("coffee-shop", rd=rd)
        car.send()
        made.append(car)
    return made


@pytest.fixture
def reviewer(database: Database, served: Served) -> Browser:
    """A sergeant's browser."""
    return browser_of(database, served, StationRole.SERGEANT)


@contextmanager
def reviewed(station755: Program, contact755: Program, database: Database) -> Iterator[Browser]:
    """A station that serves, a device enrolled at it with a deputy signed on, and a sergeant's browser."""
    with serving(station755) as address:
        code = station755("enrol-code", "car 42", "--json").json["code"]
        assert contact755("enrol", address, code).code == 0
        assert contact755("sign-on", "900011", "--unit", "42A", "--watch", "day").code == 0
        served = Served(address, FixedClock(at=datetime.now(UTC)), "")
        sergeant = browser_of(database, served, StationRole.SERGEANT)
        browser_of(database, served, StationRole.DEPUTY, "900011").http.close()
        yield sergeant
        sergeant.http.close()


def sheet_of(sergeant: Browser, contact755: Program) -> str:
    """Where the worksheet is of what was logged just now: the watch may have begun yesterday, or begin tomorrow."""
    at = datetime.fromisoformat(contact755("list", "--json").json[0]["at"])
    for on in (at.date() + timedelta(days=off) for off in (0, -1, 1)):
        path = f"/worksheets/{on}/day/900011"
        if Page(sergeant.get(path).text).rows():
            return path
    raise AssertionError("the contact stands on no worksheet")


def submit(sergeant: Browser, page: str, to: str, **fields: str) -> str:
    """Fill in the form of a page and send it; where it leads."""
    hidden = Page(sergeant.get(page).text).fields
    answer = sergeant.post(to, {**hidden, **{name.replace("__", "."): value for name, value in fields.items()}})
    assert answer.status_code == 303, Page(answer.text).text
    return str(answer.headers["location"])
