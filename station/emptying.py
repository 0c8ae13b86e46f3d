"""Taking the contents away: of records and of everything that is copied or read from them (docs/adr/0030 has the list).

A numbered row stays, emptied: its number is quoted elsewhere, and SQLite would give it out again.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, func, select, update
from sqlalchemy.orm import Session, aliased

from station.bundle_table import BundleRow
from station.card_tables import CardCountRow
from station.changes import Sheet, note_touched
from station.families import portions
from station.kept_tables import KeptCountsRow, KeptDayRow
from station.quarantine import EMPTIED, record_in
from station.review_tables import ReviewNoteRow, ReviewRow
from station.tables import (
    DELETED,
    ContactRow,
    NewsRow,
    QuarantineDecisionRow,
    QuarantineRow,
    RecordRow,
    WithdrawalRow,
    WorksheetRow,
)
from station.wholes import Whole
from sync.news import NewsKind

# What is read from records, a row for each (storing.py); acknowledgements stay with their briefings.
_READ_FROM_THEM = (ContactRow, WithdrawalRow, WorksheetRow, CardCountRow)
# Numbers in one statement; the oldest SQLite takes 999 values.
_NUMBERS_MAX = 900


def empty(session: Session, wholes: Sequence[Whole]) -> None:
    """Take the contents of these away, wherever they lie."""
    reviews = {number: at for whole in wholes for number, at in whole.reviews.items()}
    records = {record for whole in wholes for record in whole.records}
    _note_touched(session, wholes)
    _empty_reviews(session, reviews, {contact for whole in wholes for contact in whole.contacts})
    empty_quarantine(session, [each.id for whole in wholes for each in whole.aside])
    for some in portions(records):
        for table in _READ_FROM_THEM:
            session.execute(delete(table).where(table.id.in_(some)))
        session.execute(
            update(RecordRow).where(RecordRow.id.in_(some)).values(kind=DELETED, canonical=b"", person=""),
            execution_options={"synchronize_session": False},
        )


def _note_touched(session: Session, wholes: Sequence[Whole]) -> None:
    """The dates that these are on and those beside them, whole: afterwards nothing tells what they were compared with.

    So it is with the signatures that came next.
    """
    records = [record for whole in wholes for record in whole.records]
    around = {Sheet(key.on + timedelta(days=days)) for whole in wholes for key in whole.sheets for days in (-1, 0, 1)}
    note_touched(session, records, around | set(_signed_next(session, records)))
    for some in _portions(sorted({sheet.on for sheet in around})):  # at once: their sums and numbers are contents too
        for table in (KeptDayRow, KeptCountsRow):
            session.execute(delete(table).where(table.shift_on.in_(some)))


def _signed_next(session: Session, ids: Iterable[UUID]) -> Iterator[Sheet]:
    """The worksheets whose signatures come next after these, of the same person and device: whether their key is new depends on them."""
    own, following, later = WorksheetRow, aliased(WorksheetRow), aliased(WorksheetRow)
    number = select(func.min(later.sequence)).where(
        later.person == own.person,
        later.device_id == own.device_id,
        later.sequence > own.sequence,
        later.key.is_not(None),  # one without a PIN has no key that could be new
    )
    is_next = and_(
        following.person == own.person,
        following.device_id == own.device_id,
        following.sequence == number.correlate(own).scalar_subquery(),
    )
    asked = select(following.shift_on, following.watch, following.person).join(own, is_next).distinct()
    for some in portions(ids):
        yield from (Sheet(*found) for found in session.execute(asked.where(own.id.in_(some))))


def empty_quarantine(session: Session, numbers: Sequence[int]) -> None:
    """Take the bytes of these away, and every text that may quote them."""
    for some in _portions(numbers):
        rows = select(QuarantineRow.device_id, QuarantineRow.raw).where(QuarantineRow.id.in_(some))
        named = {(device, _id_in(raw)) for device, raw in session.execute(rows)}
        decisions = QuarantineDecisionRow.quarantine_id.in_(some)
        told = set(session.scalars(select(QuarantineDecisionRow.at).where(decisions)))
        for news, body in _news_of(session, NewsKind.VERDICT, told):
            if (news.device_id, body.get("id")) in named:
                news.body = ""
        session.flush()
        session.execute(update(QuarantineRow).where(QuarantineRow.id.in_(some)).values(raw=b"", reason=EMPTIED))
        session.execute(update(QuarantineDecisionRow).where(decisions).values(reason=EMPTIED))


def empty_bundles(session: Session, numbers: Sequence[int]) -> None:
    """Take the receipts of files that were carried here away, and what was said of their damage."""
    for some in _portions(numbers):
        session.execute(update(BundleRow).where(BundleRow.id.in_(some)).values(receipt=None, damage=""))


def _empty_reviews(session: Session, reviews: dict[int, datetime], contacts: Iterable[UUID]) -> None:
    for news, body in _news_of(session, NewsKind.REVIEW, reviews.values()):
        if body.get("review") in reviews:
            news.body = ""
    session.flush()
    for contact_ids in portions(contacts):
        session.execute(delete(ReviewNoteRow).where(ReviewNoteRow.contact_id.in_(contact_ids)))
    for some in _portions(list(reviews)):
        session.execute(delete(ReviewNoteRow).where(ReviewNoteRow.review_id.in_(some)))
        session.execute(update(ReviewRow).where(ReviewRow.id.in_(some)).values(watch="", person="", seen=b""))


def _news_of(session: Session, kind: NewsKind, moments: Collection[datetime]) -> Iterable[tuple[NewsRow, Any]]:
    """The news of a kind that were made at these moments, with their bodies."""
    for some in _portions(sorted(set(moments))):
        asked = select(NewsRow).where(NewsRow.kind == kind.value, NewsRow.made_at.in_(some), NewsRow.body != "")
        yield from ((row, json.loads(row.body)) for row in session.scalars(asked).all())


def _id_in(raw: bytes) -> object:
    found = record_in(raw)
    return found.get("id") if isinstance(found, dict) else None


def _portions(numbers: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (numbers[start : start + _NUMBERS_MAX] for start in range(0, len(numbers), _NUMBERS_MAX))
