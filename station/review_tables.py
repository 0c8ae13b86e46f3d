"""The tables of reviews: what sergeants decided on worksheets, only ever added to."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from station.table_base import Base


class ReviewRow(Base):
    """One decision on a worksheet. `seen` are the ids of the contacts that stood there, 16 bytes each, in their order.

    Of one whose worksheet was deleted, the number stays; watch, person and `seen` are empty.
    """

    __tablename__ = "reviews"
    __table_args__ = (Index("reviews_of_sheet", "shift_on", "watch", "person"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shift_on: Mapped[date]
    watch: Mapped[str] = mapped_column(String(20))
    person: Mapped[str] = mapped_column(String(20))
    decision: Mapped[str] = mapped_column(String(20))
    who: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
    seen: Mapped[bytes]


class ReviewNoteRow(Base):
    """Why a contact, or (None) a whole worksheet, was returned. `reason` keeps its words: the station may reword later."""

    __tablename__ = "review_notes"
    __table_args__ = (Index("notes_of_review", "review_id"), Index("notes_of_contact", "contact_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("reviews.id"))
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("contacts.id"))
    reason: Mapped[str] = mapped_column(String(200))
    comment: Mapped[str] = mapped_column(String(200))
