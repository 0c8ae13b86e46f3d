"""Settling from a receipt file (sync/receipt_file.py), like a receipt over the air."""

from dataclasses import dataclass

from field_app.device import Device
from field_app.entries import Entry
from field_app.logbook import Logbook
from field_app.refusals import NotEnrolled
from field_app.store.records import RecordStore
from field_app.store.settling import Standing
from sync.receipt_file import NotBelieved, ReceiptFile, Taken, read_receipt_file
from sync.times import write_time
from sync.verdicts import MEANINGS
from sync.wire import Judged, Receipt

_NO_KEY = (
    "The station where this device is enrolled gave it no key, so no receipt file can be believed. What the station has "
    "taken in, it will say when this device sends."
)
_RESTORED_SINCE = "The station was restored from a backup since it wrote this receipt. Send, or export again."


@dataclass(frozen=True, slots=True)
class Settled:
    """What a receipt file settled. Contacts are those that stand; `records` counts withdrawals and replaced ones too."""

    station: str
    receipts: tuple[int, ...]
    records: int
    received: tuple[Entry, ...]
    still_ready: tuple[Entry, ...]


def settle(store: RecordStore, device: Device, logbook: Logbook, data: bytes) -> Settled:
    """Settle what a receipt file names: only records that wait here, with exactly this hash. Again adds nothing.

    Raises NotEnrolled, BadReceiptFile, NotBelieved, StoreFault; then nothing was changed.
    """
    station = device.station()
    if station is None:
        raise NotEnrolled
    if station.recovery_key is None:
        raise NotBelieved(_NO_KEY)
    found = _opened(data, device, station.recovery_key)
    if _is_of_before(found, store.standing()):
        raise NotBelieved(_RESTORED_SINCE)
    waiting = set(store.ready_ids())
    settled: set[str] = set()
    receipts: list[int] = []
    for taken in found.taken:
        receipt = _receipt(taken, found.bundle, found.epoch, store, waiting)
        its_own = {judged.id for judged in receipt.verdicts if judged.id is not None}
        if its_own:
            store.settle(receipt)
            settled |= its_own
            receipts.append(taken.receipt)
    entries, ready = logbook.entries(), set(store.ready_ids())
    return Settled(
        station=found.station,
        receipts=tuple(receipts),
        records=len(settled),
        received=tuple(entry for entry in entries if entry.contact.id in settled),
        still_ready=tuple(entry for entry in entries if entry.contact.id in ready),
    )


def _opened(data: bytes, device: Device, recovery_key: str) -> ReceiptFile:
    """The receipt, under the key that the device had when it made the bundle: that of now, or the one before."""
    named = device.identity().device
    try:
        return read_receipt_file(data, named, device.private_key(), recovery_key)
    except NotBelieved:
        previous = device.previous_key()
        if previous is None:
            raise
        return read_receipt_file(data, named, previous, recovery_key)


def _is_of_before(found: ReceiptFile, standing: Standing) -> bool:
    """Whether the station has another epoch since it wrote this: it may not have any more what it names."""
    last = max((write_time(taken.received_at) for taken in found.taken), default="")
    return found.epoch != standing.epoch and last < standing.epoch_at


def _receipt(taken: Taken, bundle: str, epoch: str, store: RecordStore, waiting: set[str]) -> Receipt:
    """The part of a receipt that this store can believe."""
    verdicts = tuple(
        Judged(answered.id, answered.verdict, answered.reason)
        for answered in taken.verdicts
        if MEANINGS[answered.verdict].is_settled
        and answered.id in waiting
        and (record := store.find(answered.id)) is not None
        and record.get("hash") == answered.hash
    )
    return Receipt(taken.receipt, bundle, epoch, taken.received_at, "", verdicts)
