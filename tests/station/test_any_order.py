"""Whatever a day holds, in whatever order it came: the worksheets are the same, and each page says the same of them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import pytest
from doubles import START, FixedClock
from handset import ON, Handset, Sheet, enrolled_handset
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from station.callers import locked
from station.database import Database
from station.desk import Desk
from station.intake import take_in
from station.worksheets import Line, Worksheets, worksheet_lines, worksheets_on
from sync.canonical import JsonObject
from sync.reference import Reference
from sync.times import write_time

DAY = timedelta(days=1)
# Each example is rolled back, so all of them find the same database.
ROLLED_BACK = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def handset(database: Database, desk: Desk, clock: FixedClock) -> Handset:
    """An enrolled device, with the same time as the station."""
    return enrolled_handset(database, desk, clock)


@pytest.fixture
def sheet(database: Database, reference: Reference) -> Sheet:
    """The station's worksheets."""
    return Sheet(database, reference)


@pytest.fixture
def story(handset: Handset) -> list[JsonObject]:
    """Everything that can happen to contacts, at one and the same time: corrected, twice, moved, withdrawn, in a circle."""
    first, second, third, fourth, fifth = (handset.contact() for _ in range(5))
    better = handset.contact(corrects=first["id"])
    best = handset.contact(corrects=better["id"], watch="pm")
    rivals = [handset.contact(corrects=second["id"], people=people) for people in (4, 5)]
    moved = handset.contact(corrects=third["id"], claimed_at=write_time(START - DAY))
    stranger = handset.contact(corrects=fourth["id"], person="900002")
    circle = [str(handset.clock.new_id()) for _ in range(2)]
    around = [handset.contact(id=circle[place], corrects=circle[1 - place]) for place in (0, 1)]
    taken_back = [handset.withdrawal(best["id"]), handset.withdrawal(fifth["id"], person="900002")]
    return [first, second, third, fourth, fifth, better, best, *rivals, moved, stranger, *around, *taken_back]


@ROLLED_BACK
@given(data=st.data())
def test_arrival_in_any_order_and_in_any_batches_gives_the_same_worksheets(
    data: st.DataObject, story: list[JsonObject], handset: Handset, sheet: Sheet
) -> None:
    shuffled = data.draw(st.permutations(story))
    cut = data.draw(st.integers(0, len(story)))
    found = [_rolled_back(parts, handset, sheet, _both_days) for parts in ([story], [shuffled[:cut], shuffled[cut:]])]
    assert found[0] == found[1]
    assert [len(lines) for lines in found[0]] == [1, 7]


@pytest.mark.parametrize(("shortest", "longest"), [(0, 6), (7, 12)])
@settings(ROLLED_BACK, max_examples=30)
@given(data=st.data())
def test_a_days_page_says_of_each_worksheet_what_its_own_page_says(
    shortest: int, longest: int, data: st.DataObject, story: list[JsonObject], handset: Handset, sheet: Sheet
) -> None:
    """The two ask the database differently; what is kept of a day is brought up to date one worksheet at a time."""
    for _ in range(data.draw(st.integers(shortest, longest))):
        changes = {name: data.draw(st.sampled_from(values)) for name, values in _ALIKE.items()}
        before = data.draw(st.none() | st.sampled_from([each["id"] for each in story]))
        story = [*story, handset.contact(**changes, corrects=before)]
        if data.draw(st.booleans()):
            story.append(handset.withdrawal(story[-1]["id"], person=changes["person"], reason="stop"))
    for whole, parts in _rolled_back([story], handset, sheet, _whole_and_parts):
        assert whole.lines == [line for part in parts for line in part.lines]
        assert sorted(map(repr, whole.findings)) == sorted(repr(each) for part in parts for each in part.findings)


# What contacts of different people are compared by, so that some match.
_ALIKE: dict[str, list[Any]] = {
    "person": ["900001", "900002", "900003"],
    "watch": ["em", "day", "pm"],
    "unit": [None, "42A", "43B"],
    "rd": [None, "0454"],
    "tag": [None, "7", "8"],
    "source": ["obs", "call"],
    "minutes": [None, 0, 20],
    "claimed_at": [write_time(START - timedelta(minutes=minutes)) for minutes in (0, 5, 600, 1440)],
}


def _whole_and_parts(session: Session, reference: Reference) -> list[tuple[Worksheets, list[Worksheets]]]:
    """Both days at once, and each of their worksheets alone."""
    sheets = [(watch, person) for watch in reference.watches for person in _ALIKE["person"]]
    return [
        (worksheets_on(session, reference, on), [worksheets_on(session, reference, on, *each) for each in sheets])
        for on in (ON - DAY, ON)
    ]


def _both_days(session: Session, reference: Reference) -> list[list[Line]]:
    return [worksheet_lines(session, reference, on) for on in (ON - DAY, ON)]


_Found = TypeVar("_Found")


def _rolled_back(
    parts: list[list[JsonObject]], handset: Handset, sheet: Sheet, ask: Callable[[Session, Reference], _Found]
) -> _Found:
    """What is found after these batches, of which nothing is kept."""
    with sheet.database.writing() as session:
        device = locked(session, UUID(handset.device))
        for part in parts:
            take_in(session, device, handset.batch(*part), START, sheet.reference)
        found = ask(session, sheet.reference)
        session.rollback()
    return found
