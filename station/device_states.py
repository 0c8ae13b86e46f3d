"""How the devices stand: what is known of each, and which of it somebody should look at. Reads, and one pure table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ScalarSelect, Select, func, select, tuple_
from sqlalchemy.orm import Session

from station.quarantine import waiting_by_device
from station.tables import ContactRow, DeviceRow, ReceiptRow, RecordRow

# A screenful or two, as many as a large station has; the next page is a link away.
PAGE_ROWS_MAX = 100
# A car that is in the shop is known of; after a week of silence somebody should ask.
SILENT_MAX = timedelta(days=7)
# The exchanges of some shifts: what a deputy can quote a receipt's number of.
RECEIPTS_SHOWN_MAX = 10


class DeviceState(StrEnum):
    """Whether the station takes anything from it."""

    ENROLLED = "enrolled"
    REVOKED = "revoked"


class Sign(StrEnum):
    """What somebody should look at."""

    DAMAGED = "damaged"
    LACKING = "lacking"
    WAITING = "waiting"
    NEVER_HEARD = "never-heard"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """What the station knows of a device. `ready`, `damage` and `app` are as it told in its last exchange.

    `unit` is that of its last contact, `waiting` how many of its records wait in quarantine.
    """

    id: UUID
    name: str
    unit: str | None
    enrolled_at: datetime
    revoked_at: datetime | None
    heard_at: datetime | None
    app: str | None
    ready: int
    sequence_last: int
    missing_count: int
    missing: str
    damage: str | None
    waiting: int

    @property
    def state(self) -> DeviceState:
        """Whether the station takes anything from it."""
        return DeviceState.ENROLLED if self.revoked_at is None else DeviceState.REVOKED


@dataclass(frozen=True, slots=True)
class Exchanged:
    """One answered exchange in which records came."""

    receipt: int
    at: datetime
    records: int


def signs(device: DeviceFacts, now: datetime) -> list[Sign]:
    """What somebody should look at, the gravest first. Nobody waits for a revoked device to be heard. Pure."""
    is_expected = device.state is DeviceState.ENROLLED
    found = {
        Sign.DAMAGED: bool(device.damage),
        Sign.LACKING: device.missing_count > 0,
        Sign.WAITING: device.waiting > 0,
        Sign.NEVER_HEARD: is_expected and device.heard_at is None,
        Sign.SILENT: is_expected and device.heard_at is not None and now - device.heard_at > SILENT_MAX,
    }
    return [sign for sign in Sign if found[sign]]


def page_of_devices(session: Session, state: DeviceState, after: UUID | None = None) -> list[DeviceFacts]:
    """A page of the devices of a state, by name; those behind one, if asked."""
    is_revoked = DeviceRow.revoked_at.is_not(None)
    wanted = _FACTS.where(is_revoked if state is DeviceState.REVOKED else ~is_revoked)
    last = None if after is None else session.get(DeviceRow, after)
    if last is not None:
        wanted = wanted.where(tuple_(DeviceRow.name, DeviceRow.id) > tuple_(last.name, last.id))
    return _found(session, wanted.order_by(DeviceRow.name, DeviceRow.id).limit(PAGE_ROWS_MAX))


def one_device(session: Session, device: UUID) -> DeviceFacts | None:
    """One device, or None."""
    return next(iter(_found(session, _FACTS.where(DeviceRow.id == device))), None)


def count_of(session: Session, state: DeviceState) -> int:
    """How many devices are of a state."""
    is_revoked = DeviceRow.revoked_at.is_not(None)
    asked = select(func.count()).select_from(DeviceRow)
    return session.scalar(asked.where(is_revoked if state is DeviceState.REVOKED else ~is_revoked)) or 0


def last_exchanges(session: Session, device: UUID) -> list[Exchanged]:
    """The last exchanges in which records came, the newest first."""
    asked = select(ReceiptRow.id, ReceiptRow.received_at, ReceiptRow.records).where(ReceiptRow.device_id == device)
    return [Exchanged(*row) for row in session.execute(asked.order_by(ReceiptRow.id.desc()).limit(RECEIPTS_SHOWN_MAX))]


def _last_unit() -> ScalarSelect[str | None]:
    # From the device's newest record backwards, along an index, to the first that is a contact.
    return (
        select(ContactRow.unit)
        .join(RecordRow, RecordRow.id == ContactRow.id)
        .where(RecordRow.device_id == DeviceRow.id)
        .order_by(RecordRow.sequence.desc())
        .limit(1)
        .correlate(DeviceRow)
        .scalar_subquery()
    )


_FACTS = select(DeviceRow, _last_unit())


def _found(session: Session, wanted: Select[DeviceRow, str | None]) -> list[DeviceFacts]:
    rows: Sequence[tuple[DeviceRow, str | None]] = [(row, unit) for row, unit in session.execute(wanted)]
    waiting = waiting_by_device(session) if rows else {}
    return [_facts(row, unit, waiting.get(row.id, 0)) for row, unit in rows]


def _facts(row: DeviceRow, unit: str | None, waiting: int) -> DeviceFacts:
    return DeviceFacts(
        id=row.id,
        name=row.name,
        unit=unit,
        enrolled_at=row.enrolled_at,
        revoked_at=row.revoked_at,
        heard_at=row.heard_at,
        app=row.app,
        ready=row.ready,
        sequence_last=row.sequence_last,
        missing_count=row.missing_count,
        missing=row.missing or "",
        damage=row.damage,
        waiting=waiting,
    )
