"""The table of the chronicle. Triggers keep everybody from changing a row or taking one away (migration 0012)."""

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from station.table_base import Base

WHO_CHARACTERS_MAX = 80
WHOM_CHARACTERS_MAX = 80
ORIGIN_CHARACTERS_MAX = 80
DETAILS_CHARACTERS_MAX = 1_000


class ChronicleRow(Base):
    """One entry of the audit (chain.py). `at` is text, as it is hashed, and sorts as time does: it is always UTC."""

    __tablename__ = "chronicle"
    __table_args__ = (
        Index("chronicle_by_time", "at"),
        Index("chronicle_by_who", "who", "number"),
        Index("chronicle_by_whom", "whom", "number"),
        Index("chronicle_by_kind", "kind", "number"),
    )

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[str] = mapped_column(String(28))
    who: Mapped[str] = mapped_column(String(WHO_CHARACTERS_MAX))
    kind: Mapped[str] = mapped_column(String(40))
    whom: Mapped[str] = mapped_column(String(WHOM_CHARACTERS_MAX))
    origin: Mapped[str] = mapped_column(String(ORIGIN_CHARACTERS_MAX))
    outcome: Mapped[str] = mapped_column(String(20))
    details: Mapped[str] = mapped_column(String(DETAILS_CHARACTERS_MAX))
    before: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
