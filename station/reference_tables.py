"""The table of the reference data's versions: whole documents, only ever added to."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from station.table_base import Base


class ReferenceVersionRow(Base):
    """One version, valid from a moment until the next one; `hash` is of the document's canonical bytes."""

    __tablename__ = "reference_versions"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    valid_from: Mapped[datetime]
    made_at: Mapped[datetime]
    who: Mapped[str] = mapped_column(String(80))
    hash: Mapped[str] = mapped_column(String(32))
    document: Mapped[str] = mapped_column(Text)
