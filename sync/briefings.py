"""Briefings: what a sergeant wrote for whom, by when it is to be read, and how its text is shown. News of two kinds.

A briefing keeps its id; changing one that was sent makes a new edition, and the highest edition counts. `due` are the days
by which it is to be read, each once: more than one if it comes back. Members that this version does not know are passed
over.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sync import fields
from sync.canonical import JsonObject, canonical_bytes, content_hash
from sync.limits import (
    BRIEFING_CHARACTERS_MAX,
    BRIEFING_EDITIONS_MAX,
    BRIEFING_ROUNDS_MAX,
    BRIEFING_TITLE_CHARACTERS_MAX,
    CODE_CHARACTERS_MAX,
)

# What begins a link, a picture, HTML or code in Markdown, or (in the app's) a formula, with the backslashes before it.
_OPENING = re.compile(r"(\\*)([\[\]<`~$])")
# So many blanks in a row, or a tab, would begin a block of code.
_INDENTED = re.compile(r" {4,}|[ \t]*\t[ \t]*")
_INDENT_MAX = " " * 3
# Words of one audience: more watches, areas or roles than any station has.
_NAMES_MAX, _NAME_CHARACTERS_MAX = 40, 40


@dataclass(frozen=True, slots=True)
class Audience:
    """For whom: names of watches, areas and roles at the station; an empty one leaves nobody out."""

    watches: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BriefingNews:
    """One edition of a briefing, as a device is told it. `text` is Markdown."""

    briefing: str
    edition: int
    at: datetime
    by: str
    title: str
    text: str
    audience: Audience
    due: tuple[date, ...]

    @property
    def text_hash(self) -> str:
        """What an acknowledgement names beside the edition: the hash of title and text."""
        return text_hash_of(self.title, self.text)


@dataclass(frozen=True, slots=True)
class BriefingWithdrawn:
    """A briefing is taken back: nobody is to read it any more."""

    briefing: str
    at: datetime
    by: str


_SHARED = {"briefing": fields.uuid_text(), "at": fields.time(), "by": fields.text(CODE_CHARACTERS_MAX)}
_FIELDS = {
    **_SHARED,
    "edition": fields.whole(1, BRIEFING_EDITIONS_MAX),
    "title": fields.text(BRIEFING_TITLE_CHARACTERS_MAX),
    "text": fields.lines(BRIEFING_CHARACTERS_MAX),
}
_AUDIENCE = ("watches", "areas", "roles")
_NAME, _DAY = fields.text(_NAME_CHARACTERS_MAX), fields.day()


def briefing_to_json(news: BriefingNews) -> JsonObject:
    """The body of a news item."""
    written: JsonObject = {name: entry.write(getattr(news, name)) for name, entry in _FIELDS.items()}
    audience = {name: list(names) for name in _AUDIENCE if (names := getattr(news.audience, name))}
    return written | audience | {"due": [_DAY.write(day) for day in news.due]}


def briefing_from_json(found: JsonObject) -> BriefingNews:
    """The edition in the body of a news item. Raises ValueError."""
    values: dict[str, Any] = {name: entry.read(found.get(name)) for name, entry in _FIELDS.items()}
    audience = Audience(*(tuple(map(_NAME.read, _listed(found.get(name, []), _NAMES_MAX))) for name in _AUDIENCE))
    due = tuple(map(_DAY.read, _listed(found.get("due"), BRIEFING_ROUNDS_MAX)))
    if not due or list(due) != sorted(set(due)):
        raise ValueError("must have days on which it is due, the first first")
    return BriefingNews(**values, audience=audience, due=due)


def withdrawn_to_json(news: BriefingWithdrawn) -> JsonObject:
    """The body of a news item."""
    return {name: entry.write(getattr(news, name)) for name, entry in _SHARED.items()}


def withdrawn_from_json(found: JsonObject) -> BriefingWithdrawn:
    """What the body of a news item takes back. Raises ValueError."""
    return BriefingWithdrawn(**{name: entry.read(found.get(name)) for name, entry in _SHARED.items()})


def text_hash_of(title: str, text: str) -> str:
    """The hash of what was read."""
    return content_hash(canonical_bytes({"title": title, "text": text}))


def round_on(due: Sequence[date], day: date) -> date:
    """Which of its due days counts on a day: the next to come, or the last one when all are over."""
    return next((each for each in due if each >= day), due[-1])


def shown_safely(text: str) -> str:
    """Markdown that shows the same words, in which no link, picture, HTML, code or formula begins: they are read as they stand."""
    flat = _INDENTED.sub(_INDENT_MAX, text)
    return _OPENING.sub(lambda found: found[0] if len(found[1]) % 2 else f"{found[1]}\\{found[2]}", flat)


def _listed(found: object, most: int) -> Iterable[Any]:
    if not isinstance(found, list) or len(found) > most:
        raise ValueError(f"must be a list of at most {most}")
    return found
