"""What is said of a briefing beside its text: by when, from whom, and whether it was read. Pure."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from field_app.briefings import Briefing


def day_words(day: date) -> str:
    """A day as screens say it: Sun 22 Nov."""
    return f"{day:%a} {day.day} {day:%b}"


def state_words(briefing: Briefing, today: date, zone: ZoneInfo) -> str:
    """Whether it was read, and when; or by when it is to be."""
    if briefing.read_at is not None:
        return f"Read {_moment(briefing.read_at, zone)}"
    if briefing.is_overdue(today):
        return f"Overdue since {day_words(briefing.due_on)}"
    return "To be read today" if briefing.due_on == today else f"To be read by {day_words(briefing.due_on)}"


def origin_words(briefing: Briefing, zone: ZoneInfo) -> str:
    """Who sent it and when; the edition, if it is not the first; for which areas, which a device cannot tell by itself."""
    news = briefing.news
    parts = [f"From {news.by}, {_moment(news.at, zone)}"]
    if news.edition > 1:
        parts.append(f"edition {news.edition}")
    if news.audience.areas:
        parts.append(f"for {', '.join(news.audience.areas)}")
    return " · ".join(parts)


def _moment(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{day_words(local.date())} {local:%H:%M}"
