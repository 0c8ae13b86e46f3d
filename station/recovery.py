"""Taking in a bundle (sync/bundle.py), rescued or exported: through the ordinary intake, in the device's name.

Whose it is: the device's own signature says so, or that its private key lay in the sealed store, or a person at the
station does (`named`). Nothing is believed for that alone: each record proves itself by its hash, and one that names
another device goes into quarantine like everywhere else.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.callers import Caller, locked
from station.database import Database
from station.device_keys import public_keys, signing_key
from station.devices import the_station
from station.happenings import THE_STATION, Happening, note
from station.judging import Unsound
from station.late import aside_under, clocks_by_now, late_batch, receipt_of_batch, take_in_late
from station.tables import DeviceRow
from sync.bundle import Bundle, Opened, SealedFrame
from sync.canonical import MalformedJson, read_json, readable_bytes
from sync.gathering import Gathered
from sync.keyslots import DATA_KEY_BOUND, KeySlots, KeysNewer, KeysUnreadable, recovery_bound, slots_from_bytes
from sync.limits import BATCH_RECORDS_MAX
from sync.receipt_file import Answered, ReceiptFile, Taken, is_named
from sync.reference import Reference
from sync.sealing import KeyMissing, NotOpened, Sealer, new_key, open_with
from sync.signing import bundle_message, public_key_of
from sync.verdicts import Verdict
from sync.wire import Judged, Receipt

_NOT_OPENED = "A sealed frame that the station's recovery key does not open: its key is lost, or it is damaged."
_NOT_JSON = "A frame that its key opens, and that says nothing a store writes."


@dataclass(frozen=True, slots=True)
class Handed:
    """One batch out of a bundle. An export's has an id that is the same each time, so that its receipt is found again."""

    records: tuple[Any, ...]
    batch: UUID | None
    unreadable: Sequence[Unsound]


class RecoveryRefused(Exception):
    """The bundle is not taken in; the text is a sentence that says what to do."""


class NotNamed(RecoveryRefused):
    """A person has to name its device, or has named the wrong one."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """What came of a bundle: the device, how many records got which verdict, and what was newly put aside.

    `answer` is the receipt for the device, and None for what was rescued: a damaged store settles nothing more.
    """

    device: str
    device_id: UUID
    verdicts: Counter[Verdict]
    unreadable: int
    newly_quarantined: int
    damage: Sequence[str]
    answer: ReceiptFile | None = None


def recover(
    database: Database, reference: Reference, opened: Opened, named: str | None, now: datetime, by: str = THE_STATION
) -> Recovered:
    """Take a bundle in. Doing it again adds nothing. Raises RecoveryRefused."""
    bundle = opened.bundle
    with database.reading() as session:
        station = the_station(session)
        private_key, epoch = station.recovery_key, station.epoch
    gathered = gather(bundle, private_key)
    with database.reading() as session:
        device = _device_of(session, opened, gathered, named)
        device_id, name = device.id, device.name
    unreadable = [Unsound(Judged(None, Verdict.QUARANTINED, each.reason), each.data) for each in gathered.raw]
    # Of a healthy store's records the intake judges each as it does over the air; what was rescued proves itself first.
    records = bundle.records if _is_export(bundle) else gathered.records
    taken: list[Taken] = []
    verdicts: Counter[Verdict] = Counter()
    newly = 0
    for place, some in enumerate(_batches(records, is_needed=bool(unreadable))):
        batch = None if bundle.bundle is None else uuid5(UUID(bundle.bundle), str(place))
        with database.writing() as session:
            handed = Handed(some, batch, unreadable)
            receipt, aside = _take_in(session, locked(session, device_id), handed, now, reference)
            note(session, Happening.BUNDLE_TAKEN_IN, by, name, f"{len(receipt.verdicts)} records")
        verdicts.update(judged.verdict for judged in receipt.verdicts)
        taken.append(Taken(receipt.receipt, receipt.received_at, _answered(some, receipt)))
        newly += aside
        unreadable = []
    answer = None
    if bundle.bundle is not None:
        answer = ReceiptFile(str(device_id), bundle.bundle, reference.station, epoch, tuple(taken))
    return Recovered(name, device_id, verdicts, len(gathered.raw), newly, bundle.damage, answer)


def gather(bundle: Bundle, private_key: str) -> Gathered:
    """What a bundle holds, its sealed frames opened as far as the station's recovery key opens them. Pure."""
    gathered = Gathered()
    for record in () if _is_export(bundle) else bundle.records:
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


def _is_export(bundle: Bundle) -> bool:
    return bundle.bundle is not None


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
    """The enrolled device that a bundle is of. Raises RecoveryRefused.

    A signature that does not fit is worth as much as none, no less: whoever changed a bundle could have left it out. And a
    device whose folder was put back from before its last key has no other.
    """
    known = _enrolled(session, gathered.identity.get("device"))
    is_proved = known is not None and _is_proved(known, opened, gathered)
    if known is not None and is_proved and named in (None, known.name, str(known.id)):
        return known
    if known is not None and named is not None and named not in (known.name, str(known.id)):
        raise NotNamed(f"This bundle is of {known.name}, not of {named}. Name that one, or none.")
    if named is None:
        raise NotNamed(f"{_why_unproved(known, opened)} If you know which device it is from, name it.")
    return known or _named(session, named)


def _why_unproved(known: DeviceRow | None, opened: Opened) -> str:
    if known is None:
        return "No device that is enrolled here made this bundle."
    if opened.signature is None:
        return "The bundle is not signed."
    return (
        "The bundle is not as the device signed it, or the device's folder is an older copy with a key from before. Make it "
        "again on the device."
    )


def _is_proved(known: DeviceRow, opened: Opened, gathered: Gathered) -> bool:
    """Whether the device itself made this: it signed, or its private key lay among the sealed frames."""
    if opened.signature is not None:
        message = bundle_message(device=str(known.id), body=opened.body)
        return signing_key(known, message, opened.signature) is not None
    try:
        return public_key_of(gathered.identity["private_key"]) in public_keys(known)
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
    session: Session, device: Caller, handed: Handed, now: datetime, reference: Reference
) -> tuple[Receipt, int]:
    """One batch through the ordinary intake, and how many were newly put aside.

    If it adds nothing, not even a receipt stays behind that was there before.
    """
    earlier = None if handed.batch is None else receipt_of_batch(session, device.id, handed.batch)
    with session.begin_nested() as point:
        # Its wall clock may have been set since it was heard: taken to be right, as for all that it entered in other boots.
        clocks = clocks_by_now(now, device.heard_at, device.heard_at, device.steady_ms, device.boot)
        batch = late_batch(device.id, handed.records, clocks, app="recover", batch=handed.batch)
        receipt = take_in_late(session, device, batch, now, reference, handed.unreadable)
        is_first = handed.batch is not None and earlier is None
        aside = aside_under(session, device.id, receipt.receipt)
        is_kept = is_first or aside > 0 or _is_any_new(receipt)
        if not is_kept:
            point.rollback()
    if is_kept or earlier is None:
        return receipt, aside
    return replace(receipt, receipt=earlier.id, received_at=earlier.received_at), aside


def _is_any_new(receipt: Receipt) -> bool:
    return any(judged.verdict is Verdict.ACCEPTED for judged in receipt.verdicts)


def _answered(records: Sequence[Any], receipt: Receipt) -> tuple[Answered, ...]:
    """The verdicts on the records that can be named."""
    return tuple(
        Answered(record["id"], record["hash"], judged.verdict, judged.reason)
        for record, judged in zip(records, receipt.verdicts, strict=True)
        if is_named(record)
    )
