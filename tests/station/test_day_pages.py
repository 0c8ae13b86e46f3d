"""A day with more worksheets than one page shows: nothing is lost between the pages, and what is odd is named on each."""

import re

import pytest
from consoles import Browser, Page
from doubles import FixedClock
from handset import Handset, enrolled_handset, hand_in

from station.console.day_views import PAGE_ROWS_MAX
from station.database import Database
from station.desk import Desk

DAY = "/worksheets?on=2026-11-22&watch=day"
MORE = 3


@pytest.fixture
def long_day(database: Database, desk: Desk, clock: FixedClock) -> Handset:
    """A few more people than fit on a page; the last one made a call without a tag."""
    handset = enrolled_handset(database, desk, clock)
    people = [str(900_100 + place) for place in range(PAGE_ROWS_MAX + MORE)]
    changes = [{"person": person, "tag": None, "unit": None, "rd": "0454"} for person in people]
    hand_in(handset, *(handset.contact(source="obs", **each) for each in changes[:-1]))
    hand_in(handset, handset.contact(source="call", **changes[-1]))
    return handset


def _people(html: str) -> list[str]:
    return re.findall(r'scope="row"><a href="/worksheets/2026-11-22/day/(\d+)"', html)


@pytest.mark.usefixtures("long_day")
def test_a_long_day_has_pages_that_keep_what_was_chosen_and_show_every_worksheet_once(sergeant: Browser) -> None:
    first = sergeant.get(DAY).text
    onward = re.search(r'href="([^"]+)" rel="next">Worksheets after', first)
    assert onward is not None
    second = sergeant.get(onward[1].replace("&amp;", "&")).text
    assert [len(_people(html)) for html in (first, second)] == [PAGE_ROWS_MAX, MORE]
    assert _people(first) + _people(second) == [str(900_100 + place) for place in range(PAGE_ROWS_MAX + MORE)]
    for html in (first, second):
        words = Page(html).text
        assert f"All {PAGE_ROWS_MAX + MORE} " in words
        assert f"{900_100 + PAGE_ROWS_MAX + MORE - 1}, Day : No tag (1)" in words
    assert '<option value="day" selected>' in second
    assert f"{DAY}&page=1".replace("&watch", "&watch") in second.replace("&amp;", "&")
    assert sergeant.get(f"{DAY}&page=99").text.count("<tr") == second.count("<tr")
    assert sergeant.get(f"{DAY}&page=two").status_code == 400
