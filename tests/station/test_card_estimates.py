"""How many cards a car has and how long they last: what the estimate promises, and that its bounds are right as often as they say."""

import math
import random
from datetime import timedelta

import pytest
from doubles import START
from hypothesis import given
from hypothesis import strategies as st

from station.card_estimates import DAYS_MIN, WINDOW, Handed, days_left, days_observed, estimate
from station.console.card_words import days_words, suggested

NOW = START
WHOLE = WINDOW.total_seconds() / 86_400
whole = st.integers(0, 5_000)


@st.composite
def handed(draw: st.DrawFn) -> Handed:
    """What some contacts handed out, so many of them since the count."""
    heaps = draw(st.lists(st.integers(0, 40), max_size=60))
    since = draw(st.integers(0, len(heaps)))
    days = draw(st.floats(0, WHOLE))
    return Handed(
        cards=sum(heaps),
        squares=sum(each * each for each in heaps),
        since_count=sum(heaps[:since]),
        first_at=NOW - timedelta(days=days) if heaps else None,
    )


@given(whole, handed(), whole)
def test_what_is_left_is_never_below_none_and_says_when_it_would_be(counted: int, out: Handed, put_in: int) -> None:
    found = estimate("42A", (NOW, counted), out, put_in, NOW)
    balance = counted + put_in - out.since_count
    assert (found.left, found.is_short) == (max(0, balance), balance < 0)


@given(handed(), whole)
def test_without_a_count_nothing_is_claimed(out: Handed, put_in: int) -> None:
    found = estimate("42A", None, out, put_in, NOW)
    assert (found.left, found.is_short, found.days) == (None, False, None)


@given(whole, handed())
def test_days_left_have_bounds_around_what_the_rate_says(left: int, out: Handed) -> None:
    days = days_observed(out.first_at, NOW)
    assert DAYS_MIN <= days <= WHOLE
    found = days_left(left, out, days)
    if left == 0:
        assert found == (0, 0)
    elif not out.cards:
        assert found is None
    else:
        assert found is not None
        assert 0 <= found[0] < found[1] < math.inf
        assert found[0] < max(left, out.squares / out.cards) * days / out.cards


@given(st.integers(1, 500), handed())
def test_more_cards_last_longer(left: int, out: Handed) -> None:
    days = days_observed(out.first_at, NOW)
    fewer, more = (days_left(each, out, days) for each in (left, left + 100))
    if fewer is not None and more is not None:
        assert more[0] >= fewer[0]
        assert more[1] >= fewer[1]


@pytest.mark.parametrize(("a_day", "heaps", "left"), [(2.0, (1, 2), 30), (0.5, (1,), 12), (5.0, (1, 1, 1, 20), 200)])
def test_the_bounds_are_right_about_four_times_of_five(a_day: float, heaps: tuple[int, ...], left: int) -> None:
    chance = random.Random(755)
    right, tries = 0, 2_000
    for _ in range(tries):
        seen = _heaps(chance, a_day, heaps, WHOLE)
        out = Handed(sum(seen), sum(each * each for each in seen), 0, NOW - WINDOW)
        bounds = days_left(left, out, WHOLE)
        rest, day = left, 0.0
        while rest > 0:
            day += chance.expovariate(a_day)
            rest -= chance.choice(heaps)
        right += bounds is not None and bounds[0] <= day <= bounds[1]
    assert 0.74 <= right / tries <= 0.88


def _heaps(chance: random.Random, a_day: float, heaps: tuple[int, ...], days: float) -> list[int]:
    found, day = [], chance.expovariate(a_day)
    while day < days:
        found.append(chance.choice(heaps))
        day += chance.expovariate(a_day)
    return found


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (None, "nothing handed out lately"),
        ((0.0, 0.0), "none left"),
        ((0.2, 0.9), "less than a day"),
        ((0.5, 3.1), "up to 4 days"),
        ((6.4, 10.2), "about 6 to 11 days"),
        ((1.0, 1.0), "about 1 day"),
        ((20.0, 80.0), "at least 20 days"),
        ((0.4, 80.0), "too early to tell"),
        ((70.0, 200.0), "more than 60 days"),
    ],
)
def test_days_are_told_in_words_with_their_bounds(days: tuple[float, float] | None, words: str) -> None:
    assert days_words(days) == words


def test_what_is_suggested_lasts_two_weeks_in_whole_packs_and_needs_a_count_first() -> None:
    out = Handed(84, 168, 0, NOW - WINDOW)  # three a day
    for left, expected in ((0, 50), (2, 40), (41, 10), (42, 0), (90, 0)):
        assert suggested(estimate("42A", (NOW, left), out, 0, NOW), low=20) == expected
    assert suggested(estimate("42A", (NOW, 0), Handed(), 0, NOW), low=20) == 20
    assert suggested(estimate("42A", None, out, 0, NOW), low=20) is None
    assert suggested(estimate("42A", (NOW, 1), Handed(9, 9, 9, NOW), 0, NOW), low=20) is None
