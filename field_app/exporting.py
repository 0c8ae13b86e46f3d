"""Exporting: what the station does not have yet, as a bundle that somebody carries there (sync/bundle.py).

Nothing is written to the store: an export works on a full disk too, and as often as one likes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from field_app.clock import Clock
from field_app.device import Device
from field_app.refusals import BadInput, NotEnrolled
from field_app.store.records import RecordStore
from sync import __version__
from sync.bundle import INSIDE_BYTES_MAX, BadBundle, Bundle, body_pieces, bundle_bytes
from sync.canonical import JsonObject
from sync.receipt_file import reply_key
from sync.signing import bundle_message, sign

_UNSAFE = re.compile(r"[^A-Za-z0-9]+")


class NothingToExport(Exception):
    """The station has everything; the text is a sentence."""

    def __init__(self) -> None:
        super().__init__("Nothing is ready to send, so no file is made.")


class SealMissing(Exception):
    """There is no key to seal to; the text is a sentence."""

    def __init__(self) -> None:
        super().__init__(
            "The station where this device is enrolled gave it no key to seal to. Enrol again, or have the file "
            "written so that whoever finds it can read it: --plain"
        )


@dataclass(frozen=True, slots=True)
class Exported:
    """A bundle as it is to be written: how many records it holds, and whether only the station can read it."""

    data: bytes
    bundle: str
    records: int
    is_sealed: bool


def export(store: RecordStore, device: Device, clock: Clock, *, may_be_plain: bool = False) -> Exported:
    """Bundle every record that is ready to send. Raises NotEnrolled, NothingToExport, SealMissing, BadInput, StoreFault.

    A bundle that is not sealed carries no key for an answer: whoever found it could forge one.
    """
    station = device.station()
    if station is None:
        raise NotEnrolled
    if station.recovery_key is None and not may_be_plain:
        raise SealMissing
    identity, private_key = device.identity(), device.private_key()
    bundle = Bundle(identity.device, __version__, clock.now(), store.sequence_last(), bundle=clock.new_id())
    if station.recovery_key is not None:
        bundle = replace(bundle, reply=reply_key(private_key, bundle.bundle or "", station.recovery_key))
    body, records = _body(bundle, store)
    if not records:
        raise NothingToExport
    signature = sign(private_key, bundle_message(device=identity.device, body=body))
    try:
        data = bundle_bytes(body, signature, station.recovery_key)
    except BadBundle as problem:
        raise BadInput(str(problem)) from None
    return Exported(data, bundle.bundle or "", records, station.recovery_key is not None)


def file_name(device: Device, clock: Clock, zone: ZoneInfo) -> str:
    """What a file is called that nobody names: the device and the time, in letters that every disk takes."""
    station = device.station()
    name = "device" if station is None else _UNSAFE.sub("-", station.name)
    return f"contact755-{name}-{clock.now().astimezone(zone):%Y-%m-%d-%H%M%S}.bundle"


def _body(bundle: Bundle, store: RecordStore) -> tuple[bytes, int]:
    """The bundle's JSON, streamed out of the store, and how many records there are in it."""
    body, count = bytearray(), 0

    def counted() -> Iterator[JsonObject]:
        nonlocal count
        for record in store.all_ready():
            count += 1
            yield record

    for piece in body_pieces(bundle, counted()):
        body += piece
        if len(body) > INSIDE_BYTES_MAX:
            raise BadInput(f"There is more here than a bundle of {INSIDE_BYTES_MAX} bytes holds. Send it instead.")
    return bytes(body), count
