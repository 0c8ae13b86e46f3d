"""Records that come late: out of a file that somebody carried, or out of quarantine. Through the ordinary intake."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from station.callers import Caller
from station.clocks import Clocks
from station.intake import take_in
from station.judging import Unsound
from station.tables import QuarantineRow, ReceiptRow
from sync.reference import Reference
from sync.wire import Batch, Receipt

_BOOT = "recovered"


def late_batch(
    device: UUID, records: Sequence[object], clocks: Clocks, *, app: str, batch: UUID | None = None
) -> Batch:
    """What a device would send whose clocks say this now, had it these records."""
    return Batch(str(batch or uuid4()), str(device), app, clocks.wall, clocks.steady_ms, clocks.boot, 0, tuple(records))


def unknown_clocks(now: datetime) -> Clocks:
    """A device's clocks where nobody knows how long its records were on their way: right, and in another boot."""
    return Clocks(now, 0, _BOOT)


def clocks_by_now(
    now: datetime, heard_at: datetime | None, wall: datetime | None, steady_ms: int | None, boot: str | None
) -> Clocks:
    """What a device's clocks would say, by what they said when it was heard (or when it sent a record): as wrong as then.

    Unknown ones where the station did not hear it, or not since this is kept.
    """
    if heard_at is None or wall is None or steady_ms is None or boot is None:
        return unknown_clocks(now)
    return Clocks(wall, steady_ms, boot).after(now - heard_at)


def take_in_late(
    session: Session,
    device: Caller,
    batch: Batch,
    now: datetime,
    reference: Reference,
    unreadable: Sequence[Unsound] = (),
) -> Receipt:
    """Take records in, in their device's name, though it was not heard itself."""
    return take_in(session, device, batch, now, reference, unreadable, is_heard=False)


def aside_under(session: Session, device: UUID, receipt: int) -> int:
    """How many things of a device were newly put aside under a receipt's number: by device too, which has an index."""
    aside = select(func.count()).where(QuarantineRow.device_id == device, QuarantineRow.receipt_id == receipt)
    return session.scalar(aside) or 0


def receipt_of_batch(session: Session, device: UUID, batch: UUID) -> ReceiptRow | None:
    """The receipt that a batch of this device got the first time, or None."""
    found = select(ReceiptRow).where(ReceiptRow.device_id == device, ReceiptRow.batch == batch)
    return session.scalars(found.order_by(ReceiptRow.id).limit(1)).first()
