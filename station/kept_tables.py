"""The tables of what is kept of dates so that no page has to decide or count it again: all of it follows from the records.

Whoever writes what a date depends on leaves a row of what changed, in the same transaction, and asks nothing. Whoever
reads passes over what the rows concern, and a round in idle time brings it up to date and takes them away (docs/adr/0032).
"""

from datetime import date
from uuid import UUID

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from station.table_base import Base

# The one row of turns.
TURN_ID = 1


class KeptDayRow(Base):
    """The worksheets of a date as their list needs them (kept_days.py). It counts only where `context` is the reader's."""

    __tablename__ = "kept_days"

    shift_on: Mapped[date] = mapped_column(primary_key=True)
    context: Mapped[str] = mapped_column(String(64))
    document: Mapped[str] = mapped_column(Text)


class KeptCountsRow(Base):
    """The contacts of a date, counted for coverage (coverage_counts.py): a row of its own, since nobody reads both."""

    __tablename__ = "kept_counts"

    shift_on: Mapped[date] = mapped_column(primary_key=True)
    context: Mapped[str] = mapped_column(String(64))
    counts: Mapped[str] = mapped_column(Text)


class ChangeRow(Base):
    """What changed and is not settled yet: records, 16 bytes each, and worksheets or whole dates (changes.py)."""

    __tablename__ = "kept_changes"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    records: Mapped[bytes]
    sheets: Mapped[str] = mapped_column(Text)


class TurnRow(Base):
    """One row, another value after each settling: what was decided before it is not put beside what was settled then."""

    __tablename__ = "kept_turns"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    turn: Mapped[UUID]
