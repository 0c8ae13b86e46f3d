"""How many "755" cards a car probably has, and how long they last. Pure; docs/adr has the model.

A count says how many there are; since then they grow by what was put in and shrink by what was handed out. Hand-outs come
singly and in heaps (a meeting), so a car's rate is learned in heaps of its own usual size: heaps come by chance at one
rate (Poisson), the rate is known only as well as those of the last weeks tell (Gamma), and so the time until so many more have
come is spread like an F distribution, whose bounds Paulson's formula gives without tables.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

# Four weeks have every weekday and watch several times; what is older says little of a car's crew of today.
WINDOW = timedelta(days=28)
# A car that is new here is not judged by one busy day.
DAYS_MIN = 7.0
# The bounds of days left are right four times of five: 1.2816 deviations of a normal distribution to each side.
_DEVIATIONS = 1.2816
# As if half a heap had been handed out besides (Jeffreys): one alone does not tell a rate.
_HEAPS_BEFORE = 0.5
_SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Handed:
    """What a unit handed out in the window: in all, as the sum of squares of each contact's cards, and since its last count."""

    cards: int = 0
    squares: int = 0
    since_count: int = 0
    first_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is known of a unit's cards. `left` is None where nobody counted in the window.

    `is_short` says that more was handed out than there was: somebody should count. `days` are the bounds of the days left, None
    where nothing tells them.
    """

    unit: str
    counted: int | None
    counted_at: datetime | None
    handed_out: int
    put_in: int
    left: int | None
    is_short: bool
    per_day: float
    days: tuple[float, float] | None


def estimate(unit: str, count: tuple[datetime, int] | None, handed: Handed, put_in: int, now: datetime) -> Estimate:
    """What there probably is in a car, from its last count and what came and went since."""
    counted_at, counted = count or (None, None)
    balance = None if counted is None else counted + put_in - handed.since_count
    left = None if balance is None else max(0, balance)
    days = days_observed(handed.first_at, now)
    return Estimate(
        unit=unit,
        counted=counted,
        counted_at=counted_at,
        handed_out=handed.since_count,
        put_in=put_in,
        left=left,
        is_short=balance is not None and balance < 0,
        per_day=handed.cards / days,
        days=None if left is None else days_left(left, handed, days),
    )


def days_observed(first_at: datetime | None, now: datetime) -> float:
    """How long a car's hand-outs were watched: the window, or since its first one in it, but a week at least."""
    whole = WINDOW.total_seconds() / _SECONDS_A_DAY
    since = whole if first_at is None else (now - first_at).total_seconds() / _SECONDS_A_DAY
    return min(max(since, DAYS_MIN), whole)


def days_left(left: int, handed: Handed, days: float) -> tuple[float, float] | None:
    """Between how many days the cards last, right four times of five; None where nothing was handed out."""
    if left == 0:
        return 0.0, 0.0
    if handed.cards == 0:
        return None
    heap = handed.squares / handed.cards
    seen, wanted = handed.cards / heap + _HEAPS_BEFORE, max(1.0, left / heap)
    mean = wanted * days / seen
    low, high = _bounds(wanted, seen)
    return mean * low, mean * high


def _bounds(wanted: float, seen: float) -> tuple[float, float]:
    """The bounds of an F distribution with 2·wanted and 2·seen degrees of freedom, by Paulson's formula."""
    one, two = 1 / (9 * wanted), 1 / (9 * seen)
    a, b = 1 - one, 1 - two
    square = b * b - _DEVIATIONS**2 * two
    root = math.sqrt(a * a * b * b - square * (a * a - _DEVIATIONS**2 * one))
    low, high = ((a * b + sign * root) / square for sign in (-1, 1))
    return max(0.0, low) ** 3, high**3
