"""Deciding on a worksheet: approve it, or return it to the device. Decisions are added, never changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.changes import Sheet, note_touched
from station.database import one_at_a_time
from station.happenings import Happening, note
from station.news import tell
from station.review_tables import ReviewNoteRow, ReviewRow
from station.reviews import Review, mark_of, open_notes, packed, reviews_on
from station.tables import RecordRow
from station.worksheets import worksheets_on
from sync.limits import REASON_CHARACTERS_MAX, REVIEW_NOTES_MAX
from sync.news import NewsKind
from sync.reference import Reference
from sync.reviews import Decision, ReviewNews, ReviewNote, review_to_json

# Ids in one question to the database; the oldest SQLite takes 999 values.
_IDS_MAX = 900
_HAPPENINGS = {Decision.APPROVED: Happening.WORKSHEET_APPROVED, Decision.RETURNED: Happening.WORKSHEET_RETURNED}


class NotReviewed(Exception):
    """The decision cannot be taken; the text is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class SheetName:
    """Which worksheet."""

    on: date
    watch: str
    person: str


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Who decides, when, and by which mark (`mark_of`) of what they saw."""

    who: str
    at: datetime
    mark: str


def approve(session: Session, reference: Reference, sheet: SheetName, by: Reviewer) -> bool:
    """Approve a worksheet as it was seen; False if it is approved so already. Raises NotReviewed."""
    return _decide(session, reference, sheet, by, Decision.APPROVED, ())


def give_back(
    session: Session, reference: Reference, sheet: SheetName, by: Reviewer, notes: Sequence[ReviewNote]
) -> bool:
    """Return a worksheet, or contacts of it, with reasons; False if it is returned so already. Raises NotReviewed.

    What was returned before and waits for an answer stays returned.
    """
    if not notes:
        raise NotReviewed("Choose a reason or write a comment for what you return.")
    known = {"", *reference.at(by.at).return_reasons}
    for each in notes:
        if each.reason not in known:
            raise NotReviewed("That reason is not one of the station's. Open the page again.")
        if len(each.comment) > REASON_CHARACTERS_MAX or not each.comment.isprintable():
            raise NotReviewed(f"A comment has {REASON_CHARACTERS_MAX} characters at most, on one line.")
    return _decide(session, reference, sheet, by, Decision.RETURNED, tuple(notes))


def _decide(
    session: Session,
    reference: Reference,
    sheet: SheetName,
    by: Reviewer,
    decision: Decision,
    notes: tuple[ReviewNote, ...],
) -> bool:
    if by.who == sheet.person:
        raise NotReviewed("Nobody reviews their own worksheet. Somebody else has to look at it.")
    # All reviews, not those of a worksheet: who approves several tells devices in between, which is a lock of its own.
    one_at_a_time(session, "reviews")
    found = worksheets_on(session, reference, sheet.on, sheet.watch, sheet.person)
    stands = [line.contact.id for line in found.lines]
    before = reviews_on(session, sheet.on, sheet.watch, sheet.person)
    if decision is Decision.RETURNED:
        notes = _with_open(notes, open_notes(before, stands, found.signings))
    if before and (before[-1].decision, before[-1].seen, before[-1].notes) == (decision, frozenset(stands), notes):
        return False  # a finger landed twice
    _see_that_it_was_seen(stands, before, notes, by.mark)
    row = ReviewRow(
        shift_on=sheet.on,
        watch=sheet.watch,
        person=sheet.person,
        decision=decision.value,
        who=by.who,
        at=by.at,
        seen=packed(stands),
    )
    session.add(row)
    session.flush()
    note_touched(session, sheets=[Sheet(sheet.on, sheet.watch, sheet.person)])
    session.add_all(
        ReviewNoteRow(
            review_id=row.id,
            contact_id=None if each.contact is None else UUID(each.contact),
            reason=each.reason,
            comment=each.comment,
        )
        for each in notes
    )
    news = ReviewNews(row.id, sheet.on, sheet.watch, sheet.person, decision, by.who, by.at, notes)
    _tell_devices(session, news, stands, before)
    note(session, _HAPPENINGS[decision], by.who, sheet.person, f"{sheet.on} {sheet.watch}, review {row.id}")
    return True


def _with_open(notes: Sequence[ReviewNote], waiting: Sequence[ReviewNote]) -> tuple[ReviewNote, ...]:
    """New notes, behind those that wait and are about something else."""
    about = {each.contact for each in notes}
    return (*(each for each in waiting if each.contact not in about), *notes)


def _see_that_it_was_seen(
    stands: Sequence[str], before: Sequence[Review], notes: Sequence[ReviewNote], mark: str
) -> None:
    if not stands and not before:
        raise NotReviewed("There is no contact on this worksheet.")
    if mark_of(stands, before) != mark:
        raise NotReviewed("The worksheet has changed since you opened it. Look at it again, then decide.")
    if any(each.contact is not None and each.contact not in stands for each in notes):
        raise NotReviewed("That contact is not on this worksheet. Open the page again.")


def _tell_devices(session: Session, news: ReviewNews, stands: Sequence[str], before: Sequence[Review]) -> None:
    """Tell each device what concerns it: its notes, and that the return it was told of before is over."""
    returned = before[-1].seen if before and before[-1].decision is Decision.RETURNED else frozenset[str]()
    if news.decision is Decision.APPROVED and not returned:
        return  # no device shows anything of it
    device_of = _devices_of(session, {*stands, *returned})
    for device in sorted(set(device_of.values())):
        own = [each for each in news.notes if each.contact is None or device_of[each.contact] == device]
        was_told = any(device_of[contact] == device for contact in returned)
        for some in _portions(own, at_least_one=was_told):
            body = review_to_json(
                ReviewNews(
                    news.review, news.shift_on, news.watch, news.person, news.decision, news.by, news.at, tuple(some)
                )
            )
            tell(session, device, NewsKind.REVIEW, body, news.at)


def _portions(notes: Sequence[ReviewNote], *, at_least_one: bool) -> Iterable[Sequence[ReviewNote]]:
    end = max(len(notes), int(at_least_one))
    return (notes[start : start + REVIEW_NOTES_MAX] for start in range(0, end, REVIEW_NOTES_MAX))


def _devices_of(session: Session, contacts: Iterable[str]) -> dict[str, UUID]:
    ids = sorted(map(UUID, contacts))
    found: dict[str, UUID] = {}
    for start in range(0, len(ids), _IDS_MAX):
        asked = select(RecordRow.id, RecordRow.device_id).where(RecordRow.id.in_(ids[start : start + _IDS_MAX]))
        found |= {str(row.id): row.device_id for row in session.execute(asked)}
    return found
