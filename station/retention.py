"""How long records are kept, reckoned in whole calendar years. Pure; docs/adr/0030 has the reasons.

Government Code 26202: a county's record that no statute asks for may go after two years, if the Board authorizes it.
"""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

# Government Code 26202.
KEPT_YEARS_MIN = 2
_DAY = timedelta(days=1)


class Why(StrEnum):
    """Why records are deleted; what is typed besides names the resolution or the order."""

    BOARD = "board"
    COURT = "court"
    OTHER = "other"


WHY_WORDS = {
    Why.BOARD: "Destruction authorized by the Board (Government Code 26202)",
    Why.COURT: "Ordered by a court",
    Why.OTHER: "Another reason",
}


def kept_since(now: datetime, zone: ZoneInfo) -> datetime:
    """The moment before and at which everything is old enough: the same time of the station's clock, two years ago.

    On 29 February it is that time on 28 February; so what was logged on a 29 February is old enough on 1 March.
    """
    here = now.astimezone(zone)
    year = here.year - KEPT_YEARS_MIN
    try:
        return here.replace(year=year)
    except ValueError:
        return here.replace(year=year, day=28)


def last_day(now: datetime, zone: ZoneInfo) -> date:
    """The last day that is old enough as a whole."""
    return kept_since(now, zone).date() - _DAY


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The moment at which a day of the station's clock is over."""
    return datetime.combine(day + _DAY, time(), zone)
