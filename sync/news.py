"""News: what the station has for a device, each item once, numbered; the device says up to which number it has them.

An item's kind says what it is about. A device keeps what it does not know yet, for a newer version of itself.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sync import fields
from sync.canonical import JsonObject
from sync.limits import INTEGER_MAX, NEWS_ITEMS_MAX


class NewsKind(StrEnum):
    """The kinds that this version understands."""

    # A person at the station has decided on a record: {"id", "hash", "verdict", "reason"}.
    VERDICT = "verdict"
    # A worksheet was returned or approved (reviews.py). Kept as it came, so that an older version has it for a newer one.
    REVIEW = "review"
    # A briefing, an edition of it each time, and that one is taken back (briefings.py); kept as it came, too.
    BRIEFING = "briefing"
    BRIEFING_WITHDRAWN = "briefing-withdrawn"
    # A version of the reference data, or a part of it (reference_news.py). Kept as it came, like a review.
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class NewsItem:
    """One piece of news; `body` is JSON whose shape its kind decides."""

    number: int
    kind: str
    body: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class News:
    """What one receipt brings, lowest number first, and whether there is more to come."""

    items: tuple[NewsItem, ...] = ()
    is_more: bool = False


NO_NEWS = News()


def news_to_json(news: News) -> JsonObject:
    """The news in a receipt."""
    items = [{"number": item.number, "kind": item.kind, "body": item.body} for item in news.items]
    return {"items": items, "more": news.is_more}


def news_from_json(found: object) -> News:
    """The news in a receipt; none if it brings none. Raises ValueError."""
    if found is None:
        return News()
    items = found.get("items") if isinstance(found, dict) else None
    if not isinstance(items, list) or len(items) > NEWS_ITEMS_MAX:
        raise ValueError(f"must be a list of at most {NEWS_ITEMS_MAX} news items")
    return News(tuple(map(_item, items)), bool(found.get("more")))  # type: ignore[attr-defined]  # a dict, as just seen


def _item(found: Any) -> NewsItem:  # noqa: ANN401 - decoded JSON
    if not isinstance(found, dict) or not isinstance(found.get("body"), dict):
        raise ValueError("must be a news item")  # noqa: TRY004 - a reader's refusal, as in fields.py
    return NewsItem(
        number=fields.whole(1, INTEGER_MAX).read(found.get("number")),
        kind=fields.text(40).read(found.get("kind")),
        body=found["body"],
    )
