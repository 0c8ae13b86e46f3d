"""What the pages show of reviews: the state in words, and each decision with what came of it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from station.console.words import day_words, moment_words, setting_words
from station.reviews import Review, State, is_answered
from station.signings import Signing
from station.worksheets import Line
from sync.reference import Reference
from sync.reviews import Decision, ReviewNote

STATE_WORDS: Mapping[State, str] = {
    State.OPEN: "Open",
    State.RETURNED: "Returned",
    State.CHANGED: "Changed since the review",
    State.APPROVED: "Approved",
}
_DECISION_WORDS = {Decision.APPROVED: "Approved", Decision.RETURNED: "Returned"}


@dataclass(frozen=True, slots=True)
class NoteLine:
    """One note: what it is about, why, and what came of it; `anchor` leads to the contact that stands now, if one does."""

    about: str
    words: str
    outcome: str
    anchor: str | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """One decision in words, with its notes."""

    heading: str
    notes: tuple[NoteLine, ...]


def review_lines(
    reviews: Sequence[Review], lines: Sequence[Line], signings: Sequence[Signing], reference: Reference
) -> list[ReviewLine]:
    """Every review of a worksheet, the latest first. Only the latest one's notes wait for anything."""
    return [
        ReviewLine(
            f"{_DECISION_WORDS[review.decision]} by {review.who}, {_moment(review.at, reference)}",
            tuple(
                _note_line(note, review, lines, signings, reference, is_latest=review is reviews[-1])
                for note in review.notes
            ),
        )
        for review in reversed(reviews)
    ]


def _note_line(
    note: ReviewNote,
    review: Review,
    lines: Sequence[Line],
    signings: Sequence[Signing],
    reference: Reference,
    *,
    is_latest: bool,
) -> NoteLine:
    answered = is_answered(note, review, [line.contact.id for line in lines], signings)
    now = next((line for line in lines if note.contact in (line.contact.id, *line.replaces)), None)
    outcome = _outcome(note, now) if answered else "not answered yet" if is_latest else "not answered"
    return NoteLine(
        about=_about(note, now, reference),
        words=note.words,
        outcome=outcome,
        anchor=None if now is None else f"contact-{now.contact.id}",
        is_open=is_latest and not answered,
    )


def _about(note: ReviewNote, now: Line | None, reference: Reference) -> str:
    if note.contact is None:
        return "The whole worksheet"
    if now is None:
        return "A contact"
    return f"{now.contact_at:%H:%M} {setting_words(now.contact.setting, reference.at(now.contact_at))}"


def _outcome(note: ReviewNote, now: Line | None) -> str:
    if note.contact is None:
        return "answered: the worksheet was changed or signed again"
    if now is None:
        return "answered: not on this worksheet now (withdrawn, or moved to another)"
    entered = now.contact.entered_at.astimezone(now.contact_at.tzinfo)
    return f"answered: corrected, entered {moment_words(entered, now.contact_at)}"


def _moment(at: datetime, reference: Reference) -> str:
    local = at.astimezone(reference.at(at).zone)
    return f"{day_words(local.date())}, {local:%H:%M}"
