"""The tables of the "755" cards: what was counted in the cars."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from station.table_base import Base


class CardCountRow(Base):
    """How many cards were in a unit's car. `counted_at` is the device's time with its clock corrected."""

    __tablename__ = "card_counts"
    __table_args__ = (Index("card_counts_of_unit", "unit", "counted_at"),)

    id: Mapped[UUID] = mapped_column(ForeignKey("records.id"), primary_key=True)
    unit: Mapped[str] = mapped_column(String(20))
    counted_at: Mapped[datetime]
    cards: Mapped[int]
    person: Mapped[str] = mapped_column(String(20))
