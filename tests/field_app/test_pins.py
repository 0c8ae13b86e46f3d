"""What is a PIN, and how long wrong ones make a person wait."""

from dataclasses import replace

import pytest
from doubles import FixedClock

from field_app.keys.pins import (
    WAIT_SECONDS,
    WAIT_SECONDS_MAX,
    WRONG_TRIES_FREE,
    Tries,
    anchored,
    checked_new_pin,
    checked_pin,
    one_more,
    seconds_to_wait,
    tries_from_json,
    tries_to_json,
)
from field_app.refusals import BadInput


def after(wrong: int, clock: FixedClock) -> Tries:
    """So many wrong tries, the last one now."""
    tries = None
    for _ in range(wrong):
        tries = one_more(tries, clock)
    assert tries is not None
    return tries


@pytest.mark.parametrize("typed", ["", "12345", "12345a", "12 345 6", "\u0661" * 6, "-123456", "9" * 65])
def test_what_is_not_six_digits_or_more_is_no_pin(typed: str) -> None:
    with pytest.raises(BadInput, match="not a PIN"):
        checked_pin(typed)


@pytest.mark.parametrize(
    "typed", ["000000", "7777777", "123456", "654321", "456789", "890123", "135791", "121212", "123123", "900001"]
)
def test_a_pin_that_is_guessed_first_cannot_be_set(typed: str) -> None:
    assert checked_pin(typed) == typed
    with pytest.raises(BadInput, match="guessed"):
        checked_new_pin(typed, "900001")


def test_any_other_pin_can_be_set() -> None:
    assert checked_new_pin(" 271828\n", "900001") == "271828"


def test_five_tries_are_free_and_then_the_waits_grow_to_a_quarter_of_an_hour() -> None:
    clock = FixedClock()
    assert seconds_to_wait(None, clock) == 0
    assert seconds_to_wait(after(WRONG_TRIES_FREE - 1, clock), clock) == 0
    waits = [seconds_to_wait(after(WRONG_TRIES_FREE + more, clock), clock) for more in range(6)]
    assert waits == [WAIT_SECONDS, 120, 240, 480, WAIT_SECONDS_MAX, WAIT_SECONDS_MAX]
    assert seconds_to_wait(after(10_000, clock), clock) == WAIT_SECONDS_MAX


def test_waiting_ends_a_wait_and_nothing_else_does() -> None:
    clock = FixedClock()
    tries = after(WRONG_TRIES_FREE, clock)
    clock.passes(59.5)
    assert seconds_to_wait(tries, clock) == 1
    clock.passes(0.5)
    assert seconds_to_wait(tries, clock) == 0


def test_stepping_the_clock_shortens_no_wait() -> None:
    clock = FixedClock()
    tries = after(WRONG_TRIES_FREE, clock)
    for seconds in (-86_400, 2 * 86_400):
        steady = clock.steady_ms
        clock.passes(seconds)
        clock.steady_ms = steady
        assert seconds_to_wait(tries, clock) == WAIT_SECONDS


def test_a_restart_shortens_no_wait_though_the_clock_be_set_ahead() -> None:
    clock = FixedClock()
    tries = after(WRONG_TRIES_FREE, clock)
    clock.boot_name, clock.steady_ms = "boot-2", 20_000
    clock.at = clock.at.replace(year=2030)
    assert seconds_to_wait(tries, clock) == 40
    clock.steady_ms = 60_000
    assert seconds_to_wait(tries, clock) == 0


def test_a_clock_that_fell_back_to_1970_over_a_restart_makes_nobody_wait_for_decades() -> None:
    clock = FixedClock()
    tries = after(WRONG_TRIES_FREE, clock)
    clock.boot_name, clock.steady_ms, clock.at = "boot-2", 600_000, clock.at.replace(year=1970)
    assert seconds_to_wait(tries, clock) == WAIT_SECONDS
    moved = anchored(tries, clock)
    clock.passes(WAIT_SECONDS)
    assert seconds_to_wait(moved, clock) == 0
    assert anchored(moved, clock) == moved


def test_tries_are_kept_as_they_are() -> None:
    tries = after(3, FixedClock())
    assert tries_from_json(tries_to_json(tries)) == tries
    assert replace(tries, wrong=4) == one_more(tries, FixedClock())
