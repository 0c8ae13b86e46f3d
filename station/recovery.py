"""Taking in what was rescued of a device's store (sync/bundle.py): through the ordinary intake, in the device's name.

Whose it is: the device's own signature says so, or that its private key lay in the sealed store, or a person at the
station does (`named`). Nothing is believed for that alone: each record proves itself by its hash, and one that names
another device goes into quarantine like everywhere else.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from station.database import Database
from station.devices import the_station
from station.intake import take_in
from station.judging import Unsound
from station.tables import DeviceRow, QuarantineRow, RecordRow
from sync.bundle import Bundle, Opened, SealedFrame
from sync.canonical import MalformedJson, read_json, readable_bytes
from sync.gathering import Gathered
from sync.keyslots import DATA_KEY_BOUND, KeySlots, KeysNewer, KeysUnreadable, recovery_bound, slots_from_bytes
from sync.limits import BATCH_RECORDS_MAX
from sync.reference import Reference
from sync.sealing import KeyMissing, NotOpened, Sealer, new_key, open_with
from sync.signing import bundle_message, is_signed, public_key_of
from sync.verdicts import Verdict
from sync.wire import Batch, Judged

_BOOT = "recovered"
_NOT_OPENED = "A sealed frame that the station's recovery key does not open: its key is lost, or it is damaged."
_NOT_JSON = "A frame that its key opens, and that says nothing a store writes."


class RecoveryRefused(Exception):
    """The bundle is not taken in; the text is a sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """What came of a bundle: the device's name, how many records got which verdict, and what was newly put aside."""

    device: str
    verdicts: Counter[Verdict]
    unreadable: int
    newly_quarantined: int
    damage: Sequence[str]


def recover(database: Database, reference: Reference, opened: Opened, named: str | None, now: datetime) -> Recovered:
    """Take a bundle in. Doing it again adds nothing. Raises RecoveryRefused."""
    with database.reading() as session:
        private_key = the_station(session).recovery_key
    gathered = gather(opened.bundle, private_key)
    with database.reading() as session:
        device = _device_of(session, opened, gathered, named)
        device_id, name, before = device.id, device.name, _quarantined(session)
    verdicts: Counter[Verdict] = Counter()
    unreadable = [Unsound(Judged(None, Verdict.QUARANTINED, each.reason), each.data) for each in gathered.raw]
    for records in _batches(gathered.records, is_needed=bool(unreadable)):
        with database.writing() as session:
            verdicts += _take_in(session, session.get_one(DeviceRow, device_id), records, unreadable, now, reference)
        unreadable = []
    with database.reading() as session:
        newly = _quarantined(session) - before
    return Recovered(name, verdicts, len(gathered.raw), newly, opened.bundle.damage)


def gather(bundle: Bundle, private_key: str) -> Gathered:
    """What a bundle holds, its sealed frames opened as far as the station's recovery key opens them. Pure."""
    gathered = Gathered()
    for record in bundle.records:
        if isinstance(record, dict):
            gathered.keep(record)
        else:
            gathered.keep_raw("This is no record.", readable_bytes(record))
    for each in bundle.raw:
        gathered.keep_raw(each.reason, each.data)
    sealer = _sealer(bundle.keys, private_key)
    for frame in bundle.frames:
        _open(frame, sealer, gathered)
    if bundle.device is not None:
        gathered.identity = {"device": bundle.device} | gathered.identity
    return gathered


def _open(frame: SealedFrame, sealer: Sealer, gathered: Gathered) -> None:
    try:
        text = sealer.open(frame.body, frame.header)
    except (KeyMissing, NotOpened):
        gathered.keep_raw(_NOT_OPENED, frame.header + frame.body)
        return
    try:
        changes = read_json(text)
    except MalformedJson:
        changes = None
    if isinstance(changes, list):
        gathered.follow(changes)
    else:
        gathered.keep_raw(_NOT_JSON, text)


def _sealer(key_files: Iterable[bytes], private_key: str) -> Sealer:
    """What opens the frames: the data keys that the recovery slot of keys.json (or its copy) gives."""
    for data in key_files:
        try:
            keys = slots_from_bytes(data)
            data_keys = _data_keys(keys, private_key)
        except (KeysUnreadable, KeysNewer, KeyMissing, NotOpened, ValueError):
            continue
        if data_keys:
            return Sealer(data_keys[0], data_keys[1:])
    return Sealer(new_key())  # which opens nothing


def _data_keys(keys: KeySlots, private_key: str) -> list[bytes]:
    slot = keys.recovery()
    if slot is None:
        raise KeyMissing
    ring = Sealer(open_with(private_key, bytes.fromhex(slot.sealed), recovery_bound(keys.ring)))
    return [ring.open(bytes.fromhex(each.sealed), DATA_KEY_BOUND) for each in keys.data_keys]


def _device_of(session: Session, opened: Opened, gathered: Gathered, named: str | None) -> DeviceRow:
    """The enrolled device that a bundle is of. Raises RecoveryRefused."""
    known = _enrolled(session, gathered.identity.get("device"))
    is_proved = known is not None and _is_proved(known, opened, gathered)
    if opened.signature is not None and known is not None and not is_proved:
        raise RecoveryRefused("The bundle is not as the device signed it. Make it again: contact755 salvage FILE")
    if known is not None and is_proved and named in (None, known.name, str(known.id)):
        return known
    if known is not None and named is not None and named not in (known.name, str(known.id)):
        raise RecoveryRefused(f"This bundle is of {known.name}, not of {named}. Name that one, or leave --device out.")
    if named is None:
        why = "No device that is enrolled here made this bundle" if known is None else "The bundle is not signed"
        raise RecoveryRefused(f"{why}. If you know which device it is from, say so: --device NAME")
    return known or _named(session, named)


def _is_proved(known: DeviceRow, opened: Opened, gathered: Gathered) -> bool:
    """Whether the device itself made this: it signed, or its private key lay among the sealed frames."""
    if opened.signature is not None:
        message = bundle_message(device=str(known.id), body=opened.body)
        return is_signed(known.public_key, message, opened.signature)
    try:
        return public_key_of(gathered.identity["private_key"]) == known.public_key
    except (KeyError, TypeError, ValueError):
        return False


def _named(session: Session, named: str) -> DeviceRow:
    found = session.scalars(select(DeviceRow).where(DeviceRow.name == named)).all()
    if not found and (known := _enrolled(session, named)) is not None:
        return known
    if not found:
        raise RecoveryRefused(f"No enrolled device is called {named!r}. See: station755 devices")
    if len(found) > 1:
        raise RecoveryRefused(f"Several devices are called {named!r}. Give the id instead. See: station755 devices")
    return found[0]


def _enrolled(session: Session, device: Any) -> DeviceRow | None:  # noqa: ANN401 - whatever lay in the store
    try:
        return session.get(DeviceRow, UUID(device))
    except (ValueError, TypeError, AttributeError):
        return None


def _batches(records: Sequence[Any], *, is_needed: bool) -> Iterator[tuple[Any, ...]]:
    for start in range(0, len(records), BATCH_RECORDS_MAX):
        yield tuple(records[start : start + BATCH_RECORDS_MAX])
    if not records and is_needed:
        yield ()


def _take_in(
    session: Session,
    device: DeviceRow,
    records: tuple[Any, ...],
    unreadable: Sequence[Unsound],
    now: datetime,
    reference: Reference,
) -> Counter[Verdict]:
    """One batch through the ordinary intake; if it adds nothing, not even a receipt stays behind."""
    heard_at, app = device.heard_at, device.app
    # How long the file was on its way nobody knows, so the device's clock is taken as right: sent now, in another boot.
    batch = Batch(str(uuid4()), str(device.id), "recover", now, 0, _BOOT, 0, records)
    with session.begin_nested() as point:
        receipt = take_in(session, device, batch, now, reference, unreadable)
        device.heard_at, device.app = heard_at, app  # the device itself was not heard
        session.flush()
        if not _added(session, receipt.receipt):
            point.rollback()
    return Counter(judged.verdict for judged in receipt.verdicts)


def _added(session: Session, receipt: int) -> bool:
    return any(
        session.scalar(select(table.id).where(table.receipt_id == receipt).limit(1)) is not None
        for table in (RecordRow, QuarantineRow)
    )


def _quarantined(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(QuarantineRow)) or 0
