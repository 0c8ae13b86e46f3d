"""What can be rescued of a store, damaged or locked, as a bundle for the station (sync/bundle.py). Pure.

Frames that stand are read as the store reads them. Beyond that, where bytes are no frame any more, a record is believed
if it carries its own hash, and a sealed frame is taken along if it may be whole but for its checksum: whoever has the
key will see by the seal. Frames that were refused stay out: the deputy was told so, and logged again.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from field_app.store import frames
from field_app.store.codec import Codec, NotReadable
from field_app.store.faults import StoreLocked
from field_app.store.findings import Finding
from field_app.store.survey import Surveyed, Worth
from sync import __version__
from sync.bundle import Bundle, SealedFrame
from sync.canonical import JsonObject
from sync.gathering import Gathered, is_proved, sequence_of
from sync.limits import RECORD_BYTES_MAX
from sync.signing import public_key_of

# Every record's JSON begins so (records.py).
_RECORD_START = b'{"kind":'
# A record has RECORD_BYTES_MAX bytes at most, its hash included some more.
_RECORD_TEXT_BYTES_MAX = 2 * RECORD_BYTES_MAX
_BEYOND = "Bytes of the store that are no frame any more, and in which no whole record was found."


@dataclass(frozen=True, slots=True)
class Salvaged:
    """A bundle, and the private key of the device if it was found, to sign it with."""

    bundle: Bundle
    private_key: str | None


def salvage(
    surveyed: Sequence[Surveyed], codec: Codec, findings: Sequence[Finding], keys: Sequence[bytes], made_at: datetime
) -> Salvaged:
    """Everything readable, and as it is what only the station can read. `keys` are keys.json and its copy."""
    gathered = Gathered()
    sealed: list[SealedFrame] = []
    for each in surveyed:
        for heard in each.heard:
            gathered.follow(heard.changes)
            if heard.worth is Worth.LOCKED:
                sealed.append(SealedFrame(heard.frame.header(), heard.frame.body))
            elif heard.worth in (Worth.UNREADABLE, Worth.NOT_SEALED):
                gathered.keep_raw(f"A frame that cannot be believed: {heard.worth.value}.", heard.frame.body)
        for stretch, is_damage in each.stretches():
            if not _rescue(stretch, each.segment.frame_number, codec, gathered, sealed) and is_damage:
                gathered.keep_raw(_BEYOND, stretch)
    identity = gathered.identity
    records = gathered.records
    return Salvaged(
        Bundle(
            device=_device(identity),
            app=__version__,
            made_at=made_at,
            sequence_last=max(map(sequence_of, records), default=0),
            damage=tuple(each.line for each in findings if each.is_wrong),
            records=tuple(records),
            verdicts=gathered.verdicts,
            raw=tuple(gathered.raw),
            keys=tuple(keys) if sealed else (),
            frames=tuple(sealed),
        ),
        _private_key(identity),
    )


def _private_key(identity: JsonObject) -> str | None:
    try:
        public_key_of(identity["private_key"])
    except (KeyError, ValueError, TypeError):
        return None
    return str(identity["private_key"])


def _device(identity: JsonObject) -> str | None:
    try:
        return str(UUID(identity["device"]))
    except (KeyError, ValueError, TypeError, AttributeError):
        return None


def _rescue(stretch: bytes, file_number: int, codec: Codec, gathered: Gathered, sealed: list[SealedFrame]) -> bool:
    """Gather what can be proved in bytes that are no frame, and sealed frames for the station; whether there is any."""
    found_any = False
    for frame in frames.unproved(stretch, file_number):
        if not frame.is_sealed:
            continue
        try:
            gathered.follow(codec.changes(frame))
        except StoreLocked:
            sealed.append(SealedFrame(frame.header(), frame.body))
        except NotReadable:
            continue
        found_any = True
    for record in _records_in(stretch):
        gathered.keep(record)
        found_any = True
    return found_any


def _records_in(stretch: bytes) -> Iterator[JsonObject]:
    """The records that stand in plain among these bytes and carry their own hash."""
    decoder = json.JSONDecoder()
    at = stretch.find(_RECORD_START)
    while at >= 0:
        text = stretch[at : at + _RECORD_TEXT_BYTES_MAX].decode("utf-8", "replace")
        try:
            record, _ = decoder.raw_decode(text)
        except (ValueError, RecursionError):
            record = None
        if isinstance(record, dict) and is_proved(record):
            yield record
        at = stretch.find(_RECORD_START, at + 1)
