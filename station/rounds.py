"""On which days a briefing is due that comes back: a few choices in plain words, reckoned by dateutil's rules. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Literal

from dateutil.rrule import MONTHLY, WEEKLY, rrule

from sync.limits import BRIEFING_ROUNDS_MAX

# After a year a text is looked at again, not repeated.
REPEATED_DAYS_MAX = 366
# The days of a month that every month has; a later one falls on the month's last day where there is none.
_DAYS_IN_EACH_MONTH = 28


class Repeats(StrEnum):
    """How often a briefing comes back."""

    ONCE = "once"
    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


@dataclass(frozen=True, slots=True)
class _Rule:
    frequency: Literal[1, 2]  # dateutil's MONTHLY and WEEKLY
    interval: int


_RULES: Mapping[Repeats, _Rule] = {
    Repeats.WEEKLY: _Rule(WEEKLY, 1),
    Repeats.FORTNIGHTLY: _Rule(WEEKLY, 2),
    Repeats.MONTHLY: _Rule(MONTHLY, 1),
    Repeats.QUARTERLY: _Rule(MONTHLY, 3),
}


def due_days(first: date, repeats: Repeats, until: date) -> tuple[date, ...]:
    """The days on which it is due, from the first one on; `until` is the last possible one, itself allowed."""
    rule = _RULES.get(repeats)
    if rule is None:
        return (first,)
    last = min(until, first + timedelta(days=REPEATED_DAYS_MAX))
    # A month without a 31st takes its last day: the last there is of the 28th to the 31st.
    days = range(_DAYS_IN_EACH_MONTH, first.day + 1) if rule.frequency == MONTHLY else ()
    found = rrule(
        rule.frequency,
        interval=rule.interval,
        dtstart=datetime.combine(_month_begin(first) if days else first, time()),
        until=datetime.combine(last, time()),
        bymonthday=tuple(days) or None,
        bysetpos=-1 if days else None,
    )
    return tuple(each.date() for each in found if each.date() >= first)[:BRIEFING_ROUNDS_MAX]


def _month_begin(day: date) -> date:
    """The first of a day's month: dateutil counts the last of a set from there."""
    return day.replace(day=1)
