"""The table of the maps of the station's RDs: only ever added to; versions of the reference data name them."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from station.table_base import Base


class RdMapRow(Base):
    """One map by its name, the hash of its content (rd_map_content.py), which several versions may share."""

    __tablename__ = "rd_maps"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    made_at: Mapped[datetime]
    who: Mapped[str] = mapped_column(String(80))
    content: Mapped[str] = mapped_column(Text)
