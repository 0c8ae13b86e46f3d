"""Time on the wire: aware UTC with milliseconds, in one spelling (2026-11-22T22:32:05.123Z)."""

import re
from datetime import UTC, datetime, timedelta

from sync.limits import YEAR_MAX, YEAR_MIN

_SPELLING = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def write_time(at: datetime) -> str:
    """The wire's spelling of an aware time; microseconds are cut off, not rounded."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def read_time(text: object) -> datetime:
    """An aware UTC time from the wire's spelling. Raises ValueError for any other."""
    try:
        found = datetime.fromisoformat(text if isinstance(text, str) and _SPELLING.fullmatch(text) else "")
    except ValueError:
        raise ValueError("a time like 2026-11-22T22:32:05.123Z") from None
    if not YEAR_MIN <= found.year <= YEAR_MAX:
        raise ValueError(f"a time from {YEAR_MIN} to {YEAR_MAX}")
    return found


def whole_milliseconds(at: datetime) -> datetime:
    """The same time without its microseconds, as it will come back from the wire."""
    return at - timedelta(microseconds=at.microsecond % 1000)
