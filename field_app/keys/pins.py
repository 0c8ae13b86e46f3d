"""What is a PIN, and how long to wait after wrong ones. Pure: texts and times in, sentences and seconds out.

CJIS AC-7 wants five wrong tries in fifteen minutes to lock a device until an administrator comes. In a dead zone there
is none, so the waits grow instead: five tries are free, and from then on a quarter of an hour allows one.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from field_app.clock import Clock
from field_app.refusals import BadInput
from sync.canonical import JsonObject
from sync.times import read_time, write_time

PIN_DIGITS_MIN = 6
PIN_DIGITS_MAX = 64  # nobody types more; a file given by mistake is not stretched
WRONG_TRIES_FREE = 5
WAIT_SECONDS = 60
WAIT_SECONDS_MAX = 15 * 60
# A repeated beginning of up to three digits, like 121212 or 123123, is tried first by whoever guesses.
_REPEAT_DIGITS_MAX = 3


def checked_pin(typed: str) -> str:
    """A PIN as typed. Raises BadInput for what cannot be one."""
    pin = typed.strip()
    if not (pin.isascii() and pin.isdecimal()) or not PIN_DIGITS_MIN <= len(pin) <= PIN_DIGITS_MAX:
        raise BadInput(f"That is not a PIN. A PIN has {PIN_DIGITS_MIN} digits or more, and nothing else.")
    return pin


def checked_new_pin(typed: str, person: str) -> str:
    """A PIN to be set. Raises BadInput for one that is guessed first."""
    pin = checked_pin(typed)
    if pin == person or _is_trivial(pin):
        raise BadInput(
            "That PIN is guessed too easily: no number of your own, no single digit, nothing like 123456 or 121212."
        )
    return pin


def _is_trivial(pin: str) -> bool:
    digits = [int(digit) for digit in pin]
    steps = {(after - before) % 10 for before, after in pairwise(digits)}
    is_repeated = any(pin == (pin[:size] * len(pin))[: len(pin)] for size in range(1, _REPEAT_DIGITS_MAX + 1))
    return len(steps) == 1 or is_repeated


@dataclass(frozen=True, slots=True)
class Tries:
    """One person's wrong tries in a row, and when the last one was, by every clock that there is."""

    wrong: int
    at: datetime
    monotonic_ms: int
    boot: str

    def left(self) -> int:
        """Tries that are free of waiting."""
        return max(0, WRONG_TRIES_FREE - self.wrong)


def one_more(tries: Tries | None, clock: Clock) -> Tries:
    """The tries with one more wrong one, now."""
    return Tries(1 + (0 if tries is None else tries.wrong), clock.now(), clock.monotonic_ms(), clock.boot())


def seconds_to_wait(tries: Tries | None, clock: Clock) -> int:
    """How long the next try has to wait.

    Within one boot only the steady clock counts. After a restart both the time since then and the wall clock must have
    gone on: setting a clock, or switching off and on, never shortens a wait.
    """
    if tries is None or tries.wrong < WRONG_TRIES_FREE:
        return 0
    wait = min(WAIT_SECONDS * 2 ** min(tries.wrong - WRONG_TRIES_FREE, 10), WAIT_SECONDS_MAX)
    if clock.boot() == tries.boot:
        passed = (clock.monotonic_ms() - tries.monotonic_ms) / 1000
    else:
        passed = min(clock.monotonic_ms() / 1000, (clock.now() - tries.at).total_seconds())
    return max(0, -int(-(wait - max(0.0, passed)) // 1))


def anchored(tries: Tries, clock: Clock) -> Tries:
    """The same tries, counted from now if the wall clock was set back since: a wait must end."""
    if clock.boot() == tries.boot or clock.now() >= tries.at:
        return tries
    return replace(tries, at=clock.now(), monotonic_ms=clock.monotonic_ms(), boot=clock.boot())


def tries_to_json(tries: Tries) -> JsonObject:
    """The tries as they are kept."""
    return {
        "wrong": tries.wrong,
        "at": write_time(tries.at),
        "monotonic_ms": tries.monotonic_ms,
        "boot": tries.boot,
    }


def tries_from_json(found: Any) -> Tries:  # noqa: ANN401 - decoded JSON
    """The tries that were kept. Raises KeyError, TypeError or ValueError."""
    wrong, monotonic_ms = int(found["wrong"]), int(found["monotonic_ms"])
    return Tries(wrong, read_time(found["at"]), monotonic_ms, str(found["boot"]))
