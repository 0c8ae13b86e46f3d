"""What a device is told of a review of its contacts: news of the kind `review`, in the shape that both ends share.

A worksheet is the one of `person` on `watch` of `shift_on`. One review may come in several items (an item has a limit):
they carry the same `review` and `at`. Members that this version does not know are passed over.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sync import fields
from sync.canonical import JsonObject
from sync.limits import CODE_CHARACTERS_MAX, INTEGER_MAX, REASON_CHARACTERS_MAX, REVIEW_NOTES_MAX


class Decision(StrEnum):
    """What a sergeant decides on a worksheet."""

    APPROVED = "approved"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class ReviewNote:
    """Why something was returned: one contact, or (None) the whole worksheet. One of `reason` and `comment` may be empty."""

    contact: str | None
    reason: str
    comment: str = ""

    @property
    def words(self) -> str:
        """The reason and the comment, as they are read."""
        return ": ".join(filter(None, (self.reason, self.comment)))


@dataclass(frozen=True, slots=True)
class ReviewNews:
    """A decision on one worksheet, by whom and when, and the notes for this device. The latest one counts."""

    review: int
    shift_on: date
    watch: str
    person: str
    decision: Decision
    by: str
    at: datetime
    notes: tuple[ReviewNote, ...] = ()


_FIELDS = {
    "review": fields.whole(1, INTEGER_MAX),
    "shift_on": fields.day(),
    "watch": fields.text(CODE_CHARACTERS_MAX),
    "person": fields.text(CODE_CHARACTERS_MAX),
    "decision": fields.one_of(Decision),
    "by": fields.text(CODE_CHARACTERS_MAX),
    "at": fields.time(),
}
_WORDS = fields.text(REASON_CHARACTERS_MAX)
_CONTACT = fields.uuid_text()


def review_to_json(news: ReviewNews) -> JsonObject:
    """The body of a news item."""
    written: JsonObject = {name: entry.write(getattr(news, name)) for name, entry in _FIELDS.items()}
    return written | {"notes": [_note_to_json(note) for note in news.notes]}


def review_from_json(found: JsonObject) -> ReviewNews:
    """The review in the body of a news item. Raises ValueError."""
    notes = found.get("notes")
    if not isinstance(notes, list) or len(notes) > REVIEW_NOTES_MAX:
        raise ValueError(f"must be a list of at most {REVIEW_NOTES_MAX} notes")
    values: dict[str, Any] = {name: entry.read(found.get(name)) for name, entry in _FIELDS.items()}
    return ReviewNews(**values, notes=tuple(map(_note, notes)))


def _note_to_json(note: ReviewNote) -> JsonObject:
    written = {"contact": note.contact, "reason": note.reason, "comment": note.comment}
    return {name: value for name, value in written.items() if value}


def _note(found: Any) -> ReviewNote:  # noqa: ANN401 - decoded JSON
    if not isinstance(found, dict):
        raise ValueError("must be a note")  # noqa: TRY004 - a reader's refusal, as in fields.py
    contact = found.get("contact")
    reason, comment = ("" if found.get(name) is None else _WORDS.read(found[name]) for name in ("reason", "comment"))
    return ReviewNote(None if contact is None else _CONTACT.read(contact), reason, comment)
