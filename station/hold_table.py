"""The table of legal holds: what must not be deleted, and for which matter. A hold is lifted, never taken away."""

from datetime import date, datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from station.table_base import Base


class HoldRow(Base):
    """One hold. What is None asks for nothing, what is not must all fit; one without any holds everything."""

    __tablename__ = "holds"

    id: Mapped[int] = mapped_column(primary_key=True)
    matter: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(String(200))
    person: Mapped[str | None] = mapped_column(String(20))
    first_on: Mapped[date | None]
    last_on: Mapped[date | None]
    rd: Mapped[str | None] = mapped_column(String(20))
    who: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str | None] = mapped_column(String(80))
    lifted_reason: Mapped[str | None] = mapped_column(String(200))
