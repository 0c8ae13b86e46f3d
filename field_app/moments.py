"""Times as people type and read them, in the station's time zone."""

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from field_app.refusals import BadInput

# 23:50 typed at 06:10 means last night; further back than the longest shift (twelve hours) it is a slip.
BACK_HOURS_MAX = 12
# Strict, since Python's own reading of ISO times takes 14.32 for fourteen o'clock and a bit.
_HOUR = re.compile(r"(\d{1,2}):?(\d{2})", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?", re.ASCII)


def moment_from(typed: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The aware time that was typed: 14:32 or 1432, or 2026-11-22T14:32 for another day. Raises BadInput."""
    text = typed.strip()
    try:
        if found := _HOUR.fullmatch(text):
            return _latest(time(int(found[1]), int(found[2])), now, zone)
        moment = datetime.fromisoformat(text if _DAY.fullmatch(text) else "")
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInput(f"{typed!r} is not a time. Write 14:32, or 2026-11-22T14:32 for another day.") from None


def _latest(at: time, now: datetime, zone: ZoneInfo) -> datetime:
    today = now.astimezone(zone).date()
    moment = datetime.combine(today, at, tzinfo=zone)
    yesterday = datetime.combine(today - timedelta(days=1), at, tzinfo=zone)
    is_last_night = moment > now and now - yesterday <= timedelta(hours=BACK_HOURS_MAX)
    return yesterday if is_last_night else moment


def local_text(at: datetime, zone: ZoneInfo) -> str:
    """A time for programs: ISO with the station's offset, whole seconds."""
    return at.astimezone(zone).isoformat(timespec="seconds")


def clock_text(at: datetime, zone: ZoneInfo) -> str:
    """A time for people: 14:32."""
    return at.astimezone(zone).strftime("%H:%M")


def day_text(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """A time for people, with its date if that is not today's: a slip of the date must be seen."""
    local = at.astimezone(zone)
    return local.strftime("%H:%M" if local.date() == now.astimezone(zone).date() else "%Y-%m-%d %H:%M")
