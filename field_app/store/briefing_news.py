"""Briefings among the news that are kept: which edition counts, and what may leave the device. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sync.briefings import BriefingNews, BriefingWithdrawn, briefing_from_json, withdrawn_from_json
from sync.canonical import JsonObject
from sync.news import NewsKind


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard of one briefing: its highest edition, that it was withdrawn, and the keys of the news."""

    latest: BriefingNews | None = None
    withdrawn: BriefingWithdrawn | None = None
    keys: tuple[str, ...] = field(default=())


_NOTHING = Heard()


def heard_of(news: Mapping[str, Mapping[str, Any]]) -> dict[str, Heard]:
    """What was heard of each briefing, by its id, in whatever order the news came; what cannot be read is left."""
    found: dict[str, Heard] = {}
    for key, item in news.items():
        told = _told(item)
        if told is not None:
            found[told.briefing] = _with(found.get(told.briefing, _NOTHING), key, told)
    return found


def standing_briefings(news: Mapping[str, Mapping[str, Any]]) -> tuple[BriefingNews, ...]:
    """The editions that count, of briefings that were not withdrawn, the latest sent first."""
    standing = [each.latest for each in heard_of(news).values() if each.latest is not None and each.withdrawn is None]
    return tuple(sorted(standing, key=lambda each: (each.at, each.briefing), reverse=True))


def over_since(news: Mapping[str, JsonObject], until: datetime | None) -> set[str]:
    """The briefings that were over or withdrawn before a time: all that was heard of them may leave together."""
    return set() if until is None else {key for key, heard in heard_of(news).items() if _was_over(heard, until)}


def _was_over(heard: Heard, until: datetime) -> bool:
    if heard.withdrawn is not None:
        return heard.withdrawn.at <= until
    return heard.latest is not None and heard.latest.due[-1] < until.date()


def _told(item: Mapping[str, Any]) -> BriefingNews | BriefingWithdrawn | None:
    kind = item.get("kind")
    try:
        if kind == NewsKind.BRIEFING:
            return briefing_from_json(item["body"])
        return withdrawn_from_json(item["body"]) if kind == NewsKind.BRIEFING_WITHDRAWN else None
    except ValueError:  # from a newer station; it stays kept for a newer version
        return None


def _with(heard: Heard, key: str, told: BriefingNews | BriefingWithdrawn) -> Heard:
    keys = (*heard.keys, key)
    if isinstance(told, BriefingWithdrawn):
        return replace(heard, withdrawn=told, keys=keys)
    # A restored station may have given the same number to another text: then the later one counts.
    is_later = heard.latest is None or (told.edition, told.at) > (heard.latest.edition, heard.latest.at)
    return replace(heard, latest=told if is_later else heard.latest, keys=keys)


def keys_of(news: Mapping[str, JsonObject], briefings: Iterable[str]) -> list[str]:
    """The keys of all that was heard of these briefings."""
    wanted = set(briefings)
    return [key for name, heard in heard_of(news).items() if name in wanted for key in heard.keys]
