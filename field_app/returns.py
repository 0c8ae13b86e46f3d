"""What sergeants returned to this device, out of the news that it keeps. Pure.

The latest review of a worksheet counts: an approval, or a return with other notes, ends the one before.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sync.news import NewsKind
from sync.reviews import Decision, ReviewNews, review_from_json


@dataclass(frozen=True, slots=True)
class Returns:
    """Why contacts were returned, by their ids, and what was said of whole worksheets, a sentence each."""

    contacts: Mapping[str, str] = field(default_factory=dict)
    worksheets: tuple[str, ...] = ()


NOTHING = Returns()


def returns_in(news: Iterable[Mapping[str, Any]]) -> Returns:
    """What is returned now, by all news that were kept, in any order."""
    latest: dict[tuple[str, str, str], list[ReviewNews]] = {}
    for item in sorted(_reviews(news), key=_age):
        sheet = latest.setdefault((item.shift_on.isoformat(), item.watch, item.person), [])
        if sheet and _age(sheet[0]) != _age(item):
            sheet.clear()
        sheet.append(item)
    notes = [
        (item, note)
        for sheet in latest.values()
        for item in sheet
        if item.decision is Decision.RETURNED
        for note in item.notes
    ]
    whole = dict.fromkeys(
        f"The worksheet of {item.shift_on}, {item.watch}, {item.person} was returned: {note.words}"
        for item, note in notes
        if note.contact is None
    )
    return Returns({note.contact: note.words for _, note in notes if note.contact is not None}, tuple(whole))


def _reviews(news: Iterable[Mapping[str, Any]]) -> Iterable[ReviewNews]:
    for item in news:
        if item.get("kind") == NewsKind.REVIEW:
            try:
                yield review_from_json(item["body"])
            except ValueError:  # from a newer station; it stays kept for a newer version
                continue


def _age(item: ReviewNews) -> tuple[Any, int]:
    return item.at, item.review
