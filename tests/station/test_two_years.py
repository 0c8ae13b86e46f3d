"""Two years, by the calendar: what is old enough to the moment, also on the days that not every year has."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.retention import end_of, kept_since, last_day

NORWALK = ZoneInfo("America/Los_Angeles")


@pytest.mark.parametrize(
    ("now", "since"),
    [
        ("2026-11-22T14:32", "2024-11-22T14:32"),
        ("2026-02-28T12:00", "2024-02-28T12:00"),
        ("2026-03-01T00:00", "2024-03-01T00:00"),
        ("2028-02-29T12:00", "2026-02-28T12:00"),
        ("2026-01-01T00:00", "2024-01-01T00:00"),
    ],
)
def test_what_is_old_enough_was_two_calendar_years_ago(now: str, since: str) -> None:
    here = datetime.fromisoformat(now).replace(tzinfo=NORWALK)
    assert kept_since(here.astimezone(UTC), NORWALK) == datetime.fromisoformat(since).replace(tzinfo=NORWALK)


def test_what_was_logged_on_a_29_february_is_kept_to_the_1_march() -> None:
    logged = datetime(2024, 2, 29, 0, 0, tzinfo=NORWALK)
    assert kept_since(datetime(2026, 2, 28, 23, 59, 59, tzinfo=NORWALK), NORWALK) < logged
    assert kept_since(datetime(2026, 3, 1, 0, 0, tzinfo=NORWALK), NORWALK) > logged


def test_a_day_is_old_enough_when_all_of_it_is() -> None:
    assert last_day(datetime(2026, 11, 22, 23, 59, tzinfo=NORWALK), NORWALK) == date(2024, 11, 21)
    assert last_day(datetime(2026, 11, 23, 0, 0, tzinfo=NORWALK), NORWALK) == date(2024, 11, 22)


@given(days=st.floats(0, 70_000))
def test_nothing_is_ever_kept_for_less_than_two_years_of_365_days(days: float) -> None:
    now = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(days=days)
    assert now - kept_since(now, NORWALK) >= timedelta(days=2 * 365) - timedelta(hours=1)  # an hour: summer time
    assert end_of(last_day(now, NORWALK), NORWALK) <= kept_since(now, NORWALK)
