"""What is counted of contacts for coverage: by RD, and in each by setting, watch, time and how soon it was entered. Pure.

Never by person, unit or device: minimum numbers breed falsified logs (DOMAIN.md §3.1).
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

# A quick-log button is pressed when the conversation has ended: what is entered within this was not put off.
AT_ONCE = timedelta(minutes=5)
_HOUR = timedelta(hours=1)


class By(StrEnum):
    """What contacts of an RD are counted by."""

    SETTING = "setting"
    WATCH = "watch"
    WEEKDAY = "weekday"
    HOUR = "hour"
    ENTRY = "entry"


class Entry(StrEnum):
    """How soon after a contact it was first entered, the soonest first. `LATE` is what its worksheet flags."""

    AT_ONCE = "at-once"
    HOUR = "hour"
    IN_TIME = "in-time"
    LATE = "late"


class Seen(NamedTuple):
    """What is counted of one contact. `at` is in the station's zone, `delay` from the contact to its first entry."""

    rd: str | None
    setting: str
    watch: str
    at: datetime
    delay: timedelta


# By RD ("" where it is missing), by what, and by the value of that. Plain, as they are kept: a page adds a thousand of them.
Counts = dict[str, dict[str, dict[str, int]]]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The contacts of some dates, counted, and the last date on which each RD had one."""

    counts: Counts = field(default_factory=dict)
    last: dict[str, date] = field(default_factory=dict)

    def of(self, rd: str) -> int:
        """How many an RD has."""
        return sum(self.counts[rd][By.SETTING].values()) if rd in self.counts else 0

    def by(self, by: By, rds: Iterable[str] | None = None) -> Counter[str]:
        """All of them, or those of some RDs, by one thing."""
        found: Counter[str] = Counter()
        for rd in self.counts if rds is None else rds:
            if rd in self.counts:
                found.update(self.counts[rd][by])
        return found


def entry_of(delay: timedelta, late: timedelta) -> Entry:
    """How soon a contact was entered, where `late` is later than the station wants it."""
    if delay > late:
        return Entry.LATE
    if delay <= AT_ONCE:
        return Entry.AT_ONCE
    return Entry.HOUR if delay <= _HOUR else Entry.IN_TIME


def counted(contacts: Iterable[Seen], late: timedelta) -> Counts:
    """Count contacts."""
    counts: Counts = {}
    for each in contacts:
        of_rd = counts.setdefault(each.rd or "", _nothing())
        values = {
            By.SETTING: each.setting,
            By.WATCH: each.watch,
            By.WEEKDAY: str(each.at.weekday()),
            By.HOUR: str(each.at.hour),
            By.ENTRY: entry_of(each.delay, late).value,
        }
        for by, value in values.items():
            of_rd[by][value] = of_rd[by].get(value, 0) + 1
    return counts


def together(days: Iterable[tuple[date, Counts]]) -> Coverage:
    """The counts of some dates together."""
    whole = Coverage()
    for on, counts in days:
        for rd, found in counts.items():
            if rd not in whole.counts:
                whole.counts[rd] = _nothing()
            of_rd = whole.counts[rd]
            for by, values in found.items():
                to = of_rd[by]
                for value, count in values.items():
                    to[value] = to.get(value, 0) + count
            whole.last[rd] = max(on, whole.last.get(rd, on))
    return whole


def text_of(counts: Counts) -> str:
    """Counts as they are kept."""
    return json.dumps(counts, sort_keys=True, separators=(",", ":"))


def counts_in(text: str) -> Counts:
    """Counts that were kept."""
    found: Counts = json.loads(text)
    return found


def _nothing() -> dict[str, dict[str, int]]:
    return {by.value: {} for by in By}
