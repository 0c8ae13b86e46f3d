"""A worksheet returned to the device and corrected, with the real station and the real commands; on each database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from consoles import Browser, Page, Served
from doubles import FixedClock
from programs import Program, serving
from staff import browser_of

from station.database import Database
from station.roles import StationRole


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
    """Where the worksheet is of what was logged just now: the watch may have begun yesterday."""
    at = datetime.fromisoformat(contact755("list", "--json").json[0]["at"])
    for on in (at.date(), *(at.date().replace(day=day) for day in {max(at.day - 1, 1), min(at.day + 1, 28)})):
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


def test_a_returned_contact_is_seen_corrected_sent_and_approved(
    station755: Program, contact755: Program, database: Database
) -> None:
    with reviewed(station755, contact755, database) as sergeant:
        wrong = contact755("log", "coffee-shop", "--source", "call", "--rd", "0454", "--json").json["id"]
        other = contact755("log", "business-owner", "--rd", "0451", "--json").json["id"]
        assert contact755("send").code == 0
        sheet = sheet_of(sergeant, contact755)
        assert "Review Open" in Page(sergeant.get(sheet).text).text

        # Returned: one contact with a reason of the list and a comment.
        fields = {f"reason.{wrong}": "A call needs its tag", f"comment.{wrong}": "See the 14:00 call"}
        assert submit(sergeant, f"{sheet}/return", f"{sheet}/return", **fields) == sheet
        page = Page(sergeant.get(sheet).text).text
        assert "Review Returned" in page
        assert "not answered yet" in page

        # Seen: with the next exchange, though nothing is ready to send.
        assert contact755("send").code == 0
        by_id = {item["id"]: item for item in contact755("list", "--json").json}
        assert by_id[wrong]["returned"] is True
        assert by_id[wrong]["state"] == "needs_attention"
        assert by_id[other]["returned"] is False
        words = "Returned: A call needs its tag: See the 14:00 call"
        assert words in contact755("list").out
        assert f"Needs attention: {wrong}: {words}" in contact755("status").out

        # Corrected: a new contact beside the original; the return is over on the device, and answered at the station.
        right = contact755("correct", wrong, "--tag", "123", "--json").json["id"]
        assert words not in contact755("status").out
        assert contact755("send").code == 0
        html = sergeant.get(sheet).text
        page = Page(html).text
        assert "Review Changed since the review" in page
        assert "answered: corrected" in page
        assert "Corrected: tag none → 123" in page
        assert f'href="#contact-{right}"' in html

        # Approved, and approved it stays however often somebody clicks.
        assert submit(sergeant, sheet, f"{sheet}/approve") == sheet
        assert "Review Approved" in Page(sergeant.get(sheet).text).text
        assert contact755("send").code == 0
        assert all(not item["returned"] for item in contact755("list", "--json", "--all").json)


def test_a_return_of_the_whole_worksheet_is_told_and_ends_with_the_approval(
    station755: Program, contact755: Program, database: Database
) -> None:
    with reviewed(station755, contact755, database) as sergeant:
        assert contact755("log", "coffee-shop", "--rd", "0454").code == 0
        assert contact755("send").code == 0
        sheet = sheet_of(sergeant, contact755)
        submit(sergeant, f"{sheet}/return", f"{sheet}/return", comment__all="Wrong watch?")
        assert contact755("send").code == 0
        assert "900011 was returned: Wrong watch?" in contact755("status").out
        submit(sergeant, sheet, f"{sheet}/approve")
        assert contact755("send").code == 0
        assert "returned" not in contact755("status").out
