"""The tables of the "755" cards: what was counted in the cars, what came and where it went, and from when on it is low."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from station.table_base import Base


class CardCountRow(Base):
    """How many cards were in a unit's car. `counted_at` is the device's time with its clock corrected."""

    __tablename__ = "card_counts"
    __table_args__ = (Index("card_counts_of_unit", "unit", "counted_at", "id"),)

    id: Mapped[UUID] = mapped_column(ForeignKey("records.id"), primary_key=True)
    unit: Mapped[str] = mapped_column(String(20))
    counted_at: Mapped[datetime]
    cards: Mapped[int]
    person: Mapped[str] = mapped_column(String(20))


class CardMoveRow(Base):
    """Cards that came into the station's reserve (no `unit`), or went from there into a unit's car; only ever added to.

    A mistake is put right by an opposite entry: the same with `cards` below zero, naming in `undoes` what it takes back, and
    with its `moved_at`, since it is as if it had not happened. `form` is what it was written on: a form that is sent twice adds
    nothing the second time.
    """

    __tablename__ = "card_moves"
    __table_args__ = (
        Index("card_moves_of_unit", "unit", "moved_at", "cards"),
        Index("card_moves_of_form", "form"),
        UniqueConstraint("undoes", name="undone_once"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit: Mapped[str | None] = mapped_column(String(20))
    cards: Mapped[int]
    moved_at: Mapped[datetime]
    who: Mapped[str] = mapped_column(String(20))
    noted_at: Mapped[datetime]
    form: Mapped[UUID]
    undoes: Mapped[int | None] = mapped_column(ForeignKey("card_moves.id"))


class LowCardsRow(Base):
    """Below how many cards a car is low, as somebody set it; the latest one counts."""

    __tablename__ = "low_cards"

    id: Mapped[int] = mapped_column(primary_key=True)
    cards: Mapped[int]
    who: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
