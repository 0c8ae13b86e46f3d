"""Bundles: a file that somebody carried here is opened, taken in, and kept with its receipt, so that it can be had again."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.bundle_table import BundleRow
from station.database import Database
from station.devices import the_station
from station.recovery import Recovered, recover
from station.table_base import NUMBER_MAX
from station.tables import DeviceRow
from sync.bundle import Opened, read_bundle
from sync.receipt_file import receipt_file_bytes
from sync.reference import Reference
from sync.sealing import open_with
from sync.verdicts import Verdict

# One screenful, the newest first; the next page is a link away.
PAGE_ROWS_MAX = 50
_UNREADABLE, _NEW = "unreadable", "newly_quarantined"
# What needs a person, or will: not on a worksheet yet.
_PUT_ASIDE = (Verdict.QUARANTINED, Verdict.CONFLICTING, Verdict.HELD)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a bundle, in counts of its records; `aside` lie in quarantine, `newly` of them since this bundle."""

    accepted: int
    already_here: int
    aside: int
    newly: int
    later: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A bundle that was taken in: which one, whose, when, by whom, what came of it, and whether there is a receipt."""

    number: int
    device: str
    device_id: UUID
    at: datetime
    who: str
    is_rescue: bool
    length: int
    outcome: Outcome
    damage: str
    has_receipt: bool


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What came of a bundle just now, the number under which that is kept, and the receipt, if it can have one."""

    number: int
    recovered: Recovered
    receipt: bytes | None


def open_bundle(database: Database, data: bytes) -> Opened:
    """What a file holds, its seal opened with the station's recovery key. Raises BadBundle and NotOpened."""
    with database.reading() as session:
        private_key = the_station(session).recovery_key
    return read_bundle(data, lambda sealed, bound: open_with(private_key, sealed, bound))


def is_rescue(opened: Opened) -> bool:
    """Whether this was rescued of a store (salvage), not exported by a healthy one."""
    return opened.bundle.bundle is None


def gets_receipt(opened: Opened) -> bool:
    """Whether the device can be answered: an export, and sealed, so that nobody else has read the key to answer with."""
    return opened.bundle.reply is not None and opened.is_sealed


def take_in_bundle(
    database: Database,
    reference: Reference,
    opened: Opened,
    data: bytes,
    named: str | None,
    now: datetime,
    by: str,
) -> TakenIn:
    """Take a bundle in and keep what came of it. Again adds one line, and no record. Raises RecoveryRefused.

    Raises BadReceiptFile when everything is taken in, but the receipt would be too large.
    """
    found = recover(database, reference, opened, named, now, by)
    receipt = None
    if gets_receipt(opened) and found.answer is not None:
        receipt = receipt_file_bytes(found.answer, opened.bundle.reply or "")
    with database.writing() as session:
        row = BundleRow(
            device_id=found.device_id,
            at=now,
            who=by,
            is_rescue=is_rescue(opened),
            digest=sha256(data).hexdigest(),
            length=len(data),
            outcome=json.dumps(_counts(found)),
            damage="\n".join(found.damage),
            receipt=receipt,
        )
        session.add(row)
        session.flush()
        number = row.id
    return TakenIn(number, found, receipt)


def kept_bundles(session: Session, device: UUID | None = None, before: int | None = None) -> list[Kept]:
    """A page of the bundles that were taken in, the newest first: of one device or of all, those below a number."""
    wanted = _KEPT.order_by(BundleRow.id.desc()).limit(PAGE_ROWS_MAX)
    if device is not None:
        wanted = wanted.where(BundleRow.device_id == device)
    if before is not None:
        wanted = wanted.where(BundleRow.id < min(before, NUMBER_MAX))
    return [_kept(row) for row in session.execute(wanted)]


def kept_receipt(session: Session, number: int) -> tuple[str, bytes] | None:
    """The name of a bundle's device, and its receipt; None where there is none."""
    wanted = select(DeviceRow.name, BundleRow.receipt).join(DeviceRow, DeviceRow.id == BundleRow.device_id)
    found = session.execute(wanted.where(BundleRow.id == min(number, NUMBER_MAX))).one_or_none()
    return None if found is None or found[1] is None else (found[0], found[1])


def outcome_of(counts: Mapping[str, int]) -> Outcome:
    """The outcome in counts by verdict. Pure."""
    return Outcome(
        accepted=counts.get(Verdict.ACCEPTED, 0),
        already_here=counts.get(Verdict.ALREADY_HERE, 0),
        aside=sum(counts.get(verdict, 0) for verdict in (*_PUT_ASIDE, _UNREADABLE)),
        newly=counts.get(_NEW, 0),
        later=counts.get(Verdict.TRY_LATER, 0),
    )


def outcome_now(found: Recovered) -> Outcome:
    """The outcome of what was taken in just now. Pure."""
    return outcome_of(_counts(found))


def _counts(found: Recovered) -> dict[str, int]:
    verdicts: Counter[Verdict] = found.verdicts
    return {
        **{verdict.value: verdicts[verdict] for verdict in Verdict},
        _UNREADABLE: found.unreadable,
        _NEW: found.newly_quarantined,
    }


# Without the receipt itself, which can be some megabytes.
_KEPT = select(
    BundleRow.id,
    DeviceRow.name,
    BundleRow.device_id,
    BundleRow.at,
    BundleRow.who,
    BundleRow.is_rescue,
    BundleRow.length,
    BundleRow.outcome,
    BundleRow.damage,
    BundleRow.receipt.is_not(None).label("has_receipt"),
).join(DeviceRow, DeviceRow.id == BundleRow.device_id)


def _kept(row: Any) -> Kept:  # noqa: ANN401 - a row of _KEPT
    return Kept(
        number=row.id,
        device=row.name,
        device_id=row.device_id,
        at=row.at,
        who=row.who,
        is_rescue=row.is_rescue,
        length=row.length,
        outcome=outcome_of(json.loads(row.outcome)),
        damage=row.damage,
        has_receipt=bool(row.has_receipt),
    )
