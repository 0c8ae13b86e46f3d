"""On which days a briefing that comes back is due."""

import calendar
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.rounds import REPEATED_DAYS_MAX, Repeats, due_days
from sync.limits import BRIEFING_ROUNDS_MAX

FIRST = st.dates(date(2024, 1, 1), date(2040, 12, 31))
AHEAD = st.integers(0, 2 * REPEATED_DAYS_MAX)


@given(FIRST, st.sampled_from(Repeats), AHEAD)
def test_due_days_begin_with_the_first_go_up_and_end_in_time(first: date, repeats: Repeats, ahead: int) -> None:
    until = first + timedelta(days=ahead)
    found = due_days(first, repeats, until)
    assert found[0] == first
    assert 1 <= len(found) <= BRIEFING_ROUNDS_MAX
    assert all(before < after for before, after in pairwise(found))
    assert found == (first,) or found[-1] <= min(until, first + timedelta(days=REPEATED_DAYS_MAX))


@given(FIRST, AHEAD)
def test_weeks_are_weeks(first: date, ahead: int) -> None:
    until = first + timedelta(days=ahead)
    for repeats, days in ((Repeats.WEEKLY, 7), (Repeats.FORTNIGHTLY, 14)):
        found = due_days(first, repeats, until)
        assert all(after - before == timedelta(days=days) for before, after in pairwise(found))
        assert found[-1] + timedelta(days=days) > min(until, first + timedelta(days=REPEATED_DAYS_MAX))


@given(FIRST)
def test_every_month_has_its_day_or_its_last_one(first: date) -> None:
    for repeats, months in ((Repeats.MONTHLY, 1), (Repeats.QUARTERLY, 3)):
        found = due_days(first, repeats, first + timedelta(days=REPEATED_DAYS_MAX))
        for before, after in pairwise(found):
            assert (after.year * 12 + after.month) - (before.year * 12 + before.month) == months
        assert all(each.day == min(first.day, calendar.monthrange(each.year, each.month)[1]) for each in found)
        assert len(found) == 12 // months + 1


@pytest.mark.parametrize("repeats", Repeats)
def test_who_wants_it_no_longer_than_the_first_day_gets_that_alone(repeats: Repeats) -> None:
    assert due_days(date(2026, 1, 31), repeats, date(2026, 1, 31)) == (date(2026, 1, 31),)
