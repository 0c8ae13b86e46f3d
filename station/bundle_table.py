"""The table of bundles: files that somebody carried here, what came of each, and the receipt for its device."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from station.table_base import Base


class BundleRow(Base):
    """One file that was taken in, each time that it was; only ever added to.

    `digest` is the file's SHA-256, `outcome` JSON: how many records got which verdict. `receipt` is the sealed file for the
    device, None where it can have none. The records themselves lie in their own tables.
    """

    __tablename__ = "bundles"
    __table_args__ = (Index("bundles_of_device", "device_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[UUID] = mapped_column(ForeignKey("devices.id"))
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(String(80))
    is_rescue: Mapped[bool]
    digest: Mapped[str] = mapped_column(String(64))
    length: Mapped[int] = mapped_column(BigInteger)
    outcome: Mapped[str] = mapped_column(Text)
    damage: Mapped[str] = mapped_column(Text)
    receipt: Mapped[bytes | None]
