"""Reviews of worksheets: what was decided, and what a worksheet is now. Its state is a question, kept nowhere.

It is asked of the latest review and of what stands on the worksheet: nothing that arrives later has to know of reviews.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.review_tables import ReviewNoteRow, ReviewRow
from station.signings import Signing
from sync.reviews import Decision, ReviewNote

_ID_BYTES = 16


class State(StrEnum):
    """What a worksheet is to its reviewer: not looked at, returned, changed since the last review, or approved."""

    OPEN = "open"
    RETURNED = "returned"
    CHANGED = "changed"
    APPROVED = "approved"


@dataclass(frozen=True, slots=True)
class Review:
    """One decision on one worksheet; `seen` are the contacts that stood there when it was taken."""

    id: int
    watch: str
    person: str
    decision: Decision
    who: str
    at: datetime
    seen: frozenset[str]
    notes: tuple[ReviewNote, ...] = ()


def reviews_on(session: Session, on: date, watch: str | None = None, person: str | None = None) -> list[Review]:
    """The reviews of a date's worksheets, the first first."""
    question = select(ReviewRow).where(ReviewRow.shift_on == on).order_by(ReviewRow.id)
    if watch is not None:
        question = question.where(ReviewRow.watch == watch)
    if person is not None:
        question = question.where(ReviewRow.person == person)
    rows = session.scalars(question).all()
    notes: dict[int, list[ReviewNote]] = {row.id: [] for row in rows}
    asked = select(ReviewNoteRow).where(
        ReviewNoteRow.review_id.in_(question.with_only_columns(ReviewRow.id).order_by(None))
    )
    for note in session.scalars(asked.order_by(ReviewNoteRow.id)):
        contact = None if note.contact_id is None else str(note.contact_id)
        notes[note.review_id].append(ReviewNote(contact, note.reason, note.comment))
    return [_review(row, notes[row.id]) for row in rows]


def of_sheet(reviews: Iterable[Review], watch: str, person: str) -> list[Review]:
    """The reviews of one worksheet."""
    return [review for review in reviews if (review.watch, review.person) == (watch, person)]


def state_of(reviews: Sequence[Review], stands: Collection[str], signings: Sequence[Signing] = ()) -> State:
    """What a worksheet is, by its reviews, the contacts that stand there and its signings."""
    if not reviews:
        return State.OPEN
    latest = reviews[-1]
    if latest.decision is Decision.APPROVED:
        return State.APPROVED if latest.seen == frozenset(stands) else State.CHANGED
    return State.RETURNED if open_notes(reviews, stands, signings) else State.CHANGED


def open_notes(
    reviews: Sequence[Review], stands: Collection[str], signings: Sequence[Signing] = ()
) -> tuple[ReviewNote, ...]:
    """The notes of a worksheet that is returned to which nobody has answered yet."""
    latest = reviews[-1:]
    return tuple(note for each in latest for note in each.notes if not is_answered(note, each, stands, signings))


def is_answered(note: ReviewNote, review: Review, stands: Collection[str], signings: Sequence[Signing] = ()) -> bool:
    """Whether something came of a note: its contact was corrected or withdrawn; the worksheet changed or signed again."""
    if note.contact is not None:
        return note.contact not in stands
    return review.seen != frozenset(stands) or any(signing.signed_at > review.at for signing in signings)


def packed(ids: Iterable[str]) -> bytes:
    """Contacts' ids as a review keeps them."""
    return bytes.fromhex("".join(sorted(ids)).replace("-", ""))


def mark_of(ids: Iterable[str], reviews: Sequence[Review]) -> str:
    """A short mark of a worksheet's contacts and its last review: a page carries it, so that nobody decides on what they have not seen."""
    last = reviews[-1].id if reviews else 0
    return sha256(packed(ids) + str(last).encode()).hexdigest()[:32]


def _review(row: ReviewRow, notes: list[ReviewNote]) -> Review:
    ids = (row.seen[start : start + _ID_BYTES] for start in range(0, len(row.seen), _ID_BYTES))
    return Review(
        id=row.id,
        watch=row.watch,
        person=row.person,
        decision=Decision(row.decision),
        who=row.who,
        at=row.at,
        seen=frozenset(str(UUID(bytes=each)) for each in ids),
        notes=tuple(notes),
    )
