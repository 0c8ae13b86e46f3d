"""The tables of briefings: each in editions that never change, what people read of them, and texts to begin with."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from station.table_base import Base


class BriefingRow(Base):
    """A briefing. `key` is what devices know it by: after a restore no other has it."""

    __tablename__ = "briefings"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[UUID] = mapped_column(unique=True)
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None] = mapped_column(String(20))


class BriefingEditionRow(Base):
    """What was sent, once: the highest edition counts. `audience` is JSON; `due` are days, one after the other."""

    __tablename__ = "briefing_editions"
    __table_args__ = (UniqueConstraint("briefing_id", "edition", name="edition_once"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    briefing_id: Mapped[int] = mapped_column(ForeignKey("briefings.id"))
    edition: Mapped[int]
    title: Mapped[str] = mapped_column(String(100))
    text: Mapped[str] = mapped_column(Text)
    text_hash: Mapped[str] = mapped_column(String(32))
    audience: Mapped[str] = mapped_column(Text)
    repeats: Mapped[str] = mapped_column(String(20))
    due: Mapped[str] = mapped_column(Text)
    who: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]


class BriefingTemplateRow(Base):
    """A text to begin with."""

    __tablename__ = "briefing_templates"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    title: Mapped[str] = mapped_column(String(100))
    text: Mapped[str] = mapped_column(Text)
    place: Mapped[int]


class BriefingAcknowledgementRow(Base):
    """That a person has read a briefing. `read_at` is the device's with its clock corrected; `briefing_key` may be unknown here."""

    __tablename__ = "briefing_acknowledgements"
    __table_args__ = (Index("acknowledgements_of_briefing", "briefing_key", "person"),)

    id: Mapped[UUID] = mapped_column(ForeignKey("records.id"), primary_key=True)
    briefing_key: Mapped[UUID]
    edition: Mapped[int]
    text_hash: Mapped[str] = mapped_column(String(32))
    due_on: Mapped[date]
    person: Mapped[str] = mapped_column(String(20))
    watch: Mapped[str] = mapped_column(String(20))
    read_at: Mapped[datetime]
