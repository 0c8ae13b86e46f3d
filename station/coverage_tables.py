"""The tables of coverage: the contacts of a date, counted, and what says whether that count is still right.

Both are read from the records, and nobody is in either: without them the coverage page is slower, and says the same.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from station.table_base import Base


class CoverageChangeRow(Base):
    """That contacts of a date came, were replaced, withdrawn or deleted; written in the transaction that does it.

    Only ever added to, and nobody waits for anybody: how many there are says whether a count is still right.
    """

    __tablename__ = "coverage_changes"

    shift_on: Mapped[date] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)


class CoverageDayRow(Base):
    """The contacts of a date, counted (coverage_counts.py). `mark` is what that count depends on; with another, it is void."""

    __tablename__ = "coverage_days"

    shift_on: Mapped[date] = mapped_column(primary_key=True)
    mark: Mapped[str] = mapped_column(String(200))
    counts: Mapped[str] = mapped_column(Text)
