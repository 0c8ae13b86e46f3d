"""Watches: when they run, and to which day's worksheet a time belongs.

A watch may cross midnight (EM does), so the worksheet's date is the date on which the watch started, in the station's
time zone. Hours are configuration: Norwalk's own are not published (DOMAIN.md §1.4).
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

# A month of the watches of a station, many times over.
_RUNS_MAX = 1_000
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Watch:
    """A named watch: local start and length in minutes."""

    name: str
    label: str
    starts: time
    minutes: int


def shift_on(at: datetime, watch: Watch, zone: ZoneInfo) -> date:
    """The worksheet's date of an aware time on a watch: that of the run of the watch nearest in time.

    Overtime and an early sign-on so stay with their watch. Exactly between two runs, the earlier one has it.
    """
    day, now = at.astimezone(zone).date(), at.timestamp()

    def seconds_apart(run: date) -> float:
        begin, end = _run(run, watch, zone)
        return max(begin - now, now - end, 0)

    return min((day - _DAY, day, day + _DAY), key=seconds_apart)


def runs_at(at: datetime, watch: Watch, zone: ZoneInfo) -> bool:
    """Whether a watch runs at an aware time."""
    begin, end = _run(shift_on(at, watch, zone), watch, zone)
    return begin <= at.timestamp() < end


@lru_cache(_RUNS_MAX)
def _run(day: date, watch: Watch, zone: ZoneInfo) -> tuple[float, float]:
    """When the run of a day begins and ends, as timestamps. Asked for every contact, and mostly for the same days."""
    # Ends are reckoned on the wall clock too: on the two days a year when it jumps, the watch still ends at six.
    starts = datetime.combine(day, watch.starts)
    begin = starts.replace(tzinfo=zone).timestamp()
    end = (starts + timedelta(minutes=watch.minutes)).replace(tzinfo=zone).timestamp()
    return begin, end
