"""The station's tables. Records are kept as they came, byte for byte; the tables of each kind are read from them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

import station.briefing_tables
import station.bundle_table
import station.card_tables
import station.chronicle_table
import station.hold_table
import station.kept_tables
import station.people_tables
import station.rd_map_table
import station.reference_tables
import station.review_tables  # noqa: F401 - the same database's, so that whoever knows these tables knows all
from station.table_base import Base

# The one row of the station.
STATION_ID = 1
# The kind of a record that was deleted: its row stays, without contents, so that it is never taken in again (deleting.py).
DELETED = "deleted"


class StationRow(Base):
    """The station itself, one row: its epoch (a new one after each restore from a backup) and its secrets.

    `recovery_key` is the private half (hexadecimal) of the key to which devices seal what only the station shall open.
    """

    __tablename__ = "station"

    id: Mapped[int] = mapped_column(primary_key=True)
    epoch: Mapped[str] = mapped_column(String(64))
    secret: Mapped[bytes]
    recovery_key: Mapped[str] = mapped_column(String(64))


class DeviceRow(Base):
    """An enrolled device; revoked ones stay, so that they can be told.

    `next_public_key` is one that the device has announced: the first request that it signs makes it the one.
    """

    __tablename__ = "devices"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    public_key: Mapped[str] = mapped_column(String(64))
    next_public_key: Mapped[str | None] = mapped_column(String(64))
    enrolled_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    heard_at: Mapped[datetime | None]
    # What its steady clock said then, and in which boot: so is known when what is carried here later was entered (late.py).
    steady_ms: Mapped[int | None] = mapped_column(BigInteger)
    boot: Mapped[str | None] = mapped_column(String(64))
    app: Mapped[str | None] = mapped_column(String(40))
    sequence_last: Mapped[int] = mapped_column(BigInteger, default=0)
    # Up to this number every record of the device is here or noted as missing: an audit looks there and above (audits.py).
    audited_through: Mapped[int] = mapped_column(BigInteger, default=0)
    # How many numbers up to the last are not here, and the first ranges of them in words: what the last audit found.
    missing_count: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    missing: Mapped[str | None] = mapped_column(Text)
    # What the device said of itself: how many records it had ready, and what was wrong with its store (a line each).
    ready: Mapped[int] = mapped_column(BigInteger, default=0)
    damage: Mapped[str | None] = mapped_column(Text)


class EnrolCodeRow(Base):
    """A one-time code: its first half in the clear, the whole only as a salted hash."""

    __tablename__ = "enrol_codes"

    handle: Mapped[str] = mapped_column(String(4), primary_key=True)
    salt: Mapped[bytes]
    hash: Mapped[bytes]
    name: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("devices.id"))


class ReceiptRow(Base):
    """One answered exchange; its number is what a deputy can quote."""

    __tablename__ = "receipts"
    __table_args__ = (Index("receipts_of_device", "device_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    batch: Mapped[UUID]
    device_id: Mapped[UUID] = mapped_column(ForeignKey("devices.id"))
    records: Mapped[int]
    received_at: Mapped[datetime]


class RecordRow(Base):
    """One record, once for ever: the primary key is the id that was minted at the tap.

    Of one that was deleted the id, number, hash and receipt stay; `canonical` and `person` are empty, `kind` says so.
    """

    __tablename__ = "records"
    __table_args__ = (Index("records_of_device", "device_id", "sequence"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    device_id: Mapped[UUID] = mapped_column(ForeignKey("devices.id"))
    sequence: Mapped[int] = mapped_column(BigInteger)
    person: Mapped[str] = mapped_column(String(20))
    hash: Mapped[str] = mapped_column(String(32))
    canonical: Mapped[bytes]
    receipt_id: Mapped[int] = mapped_column(ForeignKey("receipts.id"))


class ContactRow(Base):
    """What the worksheets ask of a contact. `contact_at` is `claimed_at` with the device's clock corrected.

    `setting`, `unit`, `rd` and `tag` are what contacts of different people are compared by (matches.py); `cards` were
    handed out.
    """

    __tablename__ = "contacts"
    __table_args__ = (
        Index("contacts_of_worksheet", "shift_on", "watch", "person"),
        Index("corrections_of_contact", "corrects"),
        Index("contacts_of_unit", "unit", "contact_at", "cards"),
        Index("contacts_of_rd", "rd", "shift_on"),
        Index("contacts_of_tag", "tag", "shift_on"),
        Index("contacts_of_crew", "shift_on", "unit"),
        Index(
            "corrections_lately",
            "contact_at",
            "corrects",
            "id",
            "person",
            "unit",
            "cards",
            sqlite_where=text("corrects IS NOT NULL"),
            postgresql_where=text("corrects IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(ForeignKey("records.id"), primary_key=True)
    person: Mapped[str] = mapped_column(String(20))
    watch: Mapped[str] = mapped_column(String(20))
    shift_on: Mapped[date]
    contact_at: Mapped[datetime]
    seconds_off: Mapped[int] = mapped_column(BigInteger)
    seconds_unsure: Mapped[int | None]
    setting: Mapped[str] = mapped_column(String(40))
    unit: Mapped[str | None] = mapped_column(String(20))
    rd: Mapped[str | None] = mapped_column(String(20))
    tag: Mapped[str | None] = mapped_column(String(20))
    corrects: Mapped[UUID | None]
    cards: Mapped[int]


class WithdrawalRow(Base):
    """Which record a withdrawal takes back. `heard_at` is when the station got it: never before that record was made."""

    __tablename__ = "withdrawals"
    __table_args__ = (Index("withdrawals_of_record", "withdraws", "person"), Index("withdrawals_lately", "heard_at"))

    id: Mapped[UUID] = mapped_column(ForeignKey("records.id"), primary_key=True)
    withdraws: Mapped[UUID]
    person: Mapped[str] = mapped_column(String(20))
    heard_at: Mapped[datetime]


class WorksheetRow(Base):
    """A worksheet that a person confirmed; its contacts stand in the record.

    `signed_at` and `shift_on` are the device's with its clock corrected; `key` is None where no PIN signed.
    """

    __tablename__ = "worksheets"
    __table_args__ = (
        Index("worksheets_of_sheet", "shift_on", "watch", "person"),
        Index("worksheets_of_person", "person", "device_id", "sequence"),
    )

    id: Mapped[UUID] = mapped_column(ForeignKey("records.id"), primary_key=True)
    person: Mapped[str] = mapped_column(String(20))
    watch: Mapped[str] = mapped_column(String(20))
    shift_on: Mapped[date]
    device_id: Mapped[UUID] = mapped_column(ForeignKey("devices.id"))
    sequence: Mapped[int] = mapped_column(BigInteger)
    signed_at: Mapped[datetime]
    key: Mapped[str | None] = mapped_column(String(64))


class QuarantineRow(Base):
    """What could not be taken in, as it came, with the reason; each once however often it is sent."""

    __tablename__ = "quarantine"
    __table_args__ = (
        UniqueConstraint("device_id", "raw_hash", name="quarantined_once"),
        Index("quarantine_of_device", "device_id", "sequence"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[UUID] = mapped_column(ForeignKey("devices.id"))
    receipt_id: Mapped[int] = mapped_column(ForeignKey("receipts.id"))
    verdict: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(1000))
    raw: Mapped[bytes]
    raw_hash: Mapped[str] = mapped_column(String(32))
    # The record's sequence number, if it has a readable one: such a record is not missing.
    sequence: Mapped[int | None] = mapped_column(BigInteger)
    # What the device's clocks said when it sent this: a release corrects its times by them. None in old ones.
    sent_at: Mapped[datetime | None]
    monotonic_ms: Mapped[int | None] = mapped_column(BigInteger)
    boot: Mapped[str | None] = mapped_column(String(64))


class QuarantineDecisionRow(Base):
    """What somebody decided on a record in quarantine; only ever added to. The latest one is the record's state."""

    __tablename__ = "quarantine_decisions"
    __table_args__ = (Index("decisions_of_record", "quarantine_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    quarantine_id: Mapped[int] = mapped_column(ForeignKey("quarantine.id"))
    who: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime]
    decision: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(1000))


class NewsRow(Base):
    """What a device is told with its next receipt (sync/news.py); for all of them if it names none.

    An empty `body` was deleted with the records that it was about, and is told to nobody.
    """

    __tablename__ = "news"
    __table_args__ = (Index("news_of_device", "device_id", "id"), Index("news_of_kind", "kind", "made_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("devices.id"))
    kind: Mapped[str] = mapped_column(String(40))
    body: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
