"""Times as people type and read them, in the station's time zone."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from field_app.refusals import BadInput

# 23:50 typed at 06:10 means last night; further back than the longest shift (twelve hours) it is a slip.
BACK_HOURS_MAX = 12


def moment_from(typed: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The aware time that was typed: 14:32, or 2026-11-22T14:32 for another day. Raises BadInput."""
    text = typed.strip()
    try:
        if "-" in text:
            found = datetime.fromisoformat(text)
            return found if found.tzinfo is not None else found.replace(tzinfo=zone)
        today = now.astimezone(zone).date()
        found = datetime.combine(today, time.fromisoformat(text), tzinfo=zone)
    except ValueError:
        raise BadInput(f"{typed!r} is not a time. Write 14:32, or 2026-11-22T14:32 for another day.") from None
    yesterday = datetime.combine(today - timedelta(days=1), found.time(), tzinfo=zone)
    is_last_night = found > now and now - yesterday <= timedelta(hours=BACK_HOURS_MAX)
    return yesterday if is_last_night else found


def local_text(at: datetime, zone: ZoneInfo) -> str:
    """A time for programs: ISO with the station's offset, whole seconds."""
    return at.astimezone(zone).isoformat(timespec="seconds")


def clock_text(at: datetime, zone: ZoneInfo) -> str:
    """A time for people: 14:32."""
    return at.astimezone(zone).strftime("%H:%M")
