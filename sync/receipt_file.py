"""The receipt file: the station's answer to an exported bundle, on its way back in somebody's pocket (version 1).

    head       "C755RECEIPT1", the device's id and the bundle's, a space between, then a line end (87 bytes)
    payload    gzip of JSON, sealed under the bundle's reply key (AES-256-GCM) and bound to the head

The reply key lies in the bundle, which only the station can open. So nobody else can write a receipt that the device
would believe, and nobody else can read one. The device stores no such key: it makes it again from its own private key.
"""

import hmac
import json
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sync import fields
from sync.canonical import HASH_BYTES, JsonObject, MalformedJson, read_json
from sync.limits import BATCH_RECORDS_MAX, INTEGER_MAX
from sync.sealing import KeyMissing, NotOpened, Sealer
from sync.times import read_time, write_time
from sync.verdicts import Verdict

_MAGIC = b"C755RECEIPT1"
_MAGIC_START = b"C755RECEIPT"
_UUID_CHARACTERS = 36
HEAD_BYTES = len(_MAGIC) + 2 * (1 + _UUID_CHARACTERS) + 1
# A verdict with a reason is some 200 bytes and packs to a third: a hundred thousand of them, more than a device keeps.
RECEIPT_FILE_BYTES_MAX = 32 * 1024 * 1024
_INSIDE_BYTES_MAX = 128 * 1024 * 1024
_RECEIPTS_MAX = 10_000
_REASON_CHARACTERS_MAX = 1_000
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_ID, _HASH = fields.uuid_text(), fields.text(2 * HASH_BYTES)


class BadReceiptFile(ValueError):
    """The bytes are no receipt file that can be read; the text is a sentence."""


class NotBelieved(Exception):
    """The receipt is not what the station wrote for this device; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One verdict, on the record of this id with exactly this hash."""

    id: str
    hash: str
    verdict: Verdict
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What the station took in at once: the receipt's number, when, and the verdicts."""

    receipt: int
    received_at: datetime
    verdicts: tuple[Answered, ...]


@dataclass(frozen=True, slots=True)
class ReceiptFile:
    """The answer to one bundle of one device, by the station as it calls itself, in its epoch."""

    device: str
    bundle: str
    station: str
    epoch: str
    taken: tuple[Taken, ...]


def reply_key(private_key: str, bundle: str, recovery_key: str) -> str:
    """The key (hexadecimal) under which a station is to answer a bundle: only this device can make it, at any time.

    It hangs on the station's recovery key, so a device that has moved to another station believes no older answer.
    """
    message = f"contact755-reply-1\n{bundle}\n{recovery_key}".encode()
    return hmac.digest(bytes.fromhex(private_key), message, "sha256").hex()


def is_named(record: Any) -> bool:  # noqa: ANN401 - decoded JSON
    """Whether a receipt file can name this record: by an id and a hash, as every device writes them."""
    try:
        _ID.read(record["id"])
        _HASH.read(record["hash"])
    except (ValueError, TypeError, KeyError, IndexError):
        return False
    return True


def receipt_file_bytes(found: ReceiptFile, reply: str) -> bytes:
    """The file. Raises BadReceiptFile if it is too large."""
    head = f"{_MAGIC.decode()} {found.device} {found.bundle}\n".encode()
    packer = zlib.compressobj(9, zlib.DEFLATED, _GZIP_WINDOW)
    inside = _body(found)
    data = head + Sealer(bytes.fromhex(reply)).seal(packer.compress(inside) + packer.flush(), head)
    if len(inside) > _INSIDE_BYTES_MAX or len(data) > RECEIPT_FILE_BYTES_MAX:
        raise BadReceiptFile(f"There are more verdicts than a receipt file of {RECEIPT_FILE_BYTES_MAX} bytes holds.")
    return data


def read_receipt_file(data: bytes, device: str, private_key: str, recovery_key: str) -> ReceiptFile:
    """The receipt in a file, for this device from its station. Raises BadReceiptFile, NotBelieved."""
    if len(data) > RECEIPT_FILE_BYTES_MAX:
        raise BadReceiptFile(f"A receipt file has {RECEIPT_FILE_BYTES_MAX} bytes at most; this file has more.")
    head, payload = data[:HEAD_BYTES], data[HEAD_BYTES:]
    named, bundle = _named(head)
    if named != device:
        raise NotBelieved("This receipt is for another device.")
    sealer = Sealer(bytes.fromhex(reply_key(private_key, bundle, recovery_key)))
    try:
        packed = sealer.open(payload, head)
    except (KeyMissing, NotOpened, ValueError):  # the last for one too short to be sealed at all
        raise NotBelieved(
            "This receipt was changed, or is not from the station where this device is enrolled."
        ) from None
    return _receipt_of(_inflated(packed), device, bundle)


def _named(head: bytes) -> tuple[str, str]:
    """The device and the bundle that the head names."""
    magic, *words = head.split(b" ")
    if magic != _MAGIC:
        is_newer = magic.startswith(_MAGIC_START) and magic != _MAGIC_START
        raise BadReceiptFile("This receipt was made by a newer version. Update." if is_newer else "This is no receipt.")
    try:
        device, bundle = (fields.uuid_text().read(word.decode("ascii")) for word in b" ".join(words)[:-1].split(b" "))
    except ValueError:
        raise BadReceiptFile("The receipt is damaged: it does not name a device and a bundle.") from None
    if len(head) != HEAD_BYTES or head[-1:] != b"\n":
        raise BadReceiptFile("The receipt is cut short.")
    return device, bundle


def _inflated(packed: bytes) -> bytes:
    inflater = zlib.decompressobj(_GZIP_WINDOW)
    try:
        found = inflater.decompress(packed, _INSIDE_BYTES_MAX)
    except zlib.error:
        raise BadReceiptFile("The receipt does not unpack.") from None
    if not inflater.eof or inflater.unused_data:
        raise BadReceiptFile("The receipt is cut short, or more than there may be.")
    return found


def _body(found: ReceiptFile) -> bytes:
    return json.dumps(
        {
            "station": found.station,
            "epoch": found.epoch,
            "taken": [
                {
                    "receipt": each.receipt,
                    "received_at": write_time(each.received_at),
                    "verdicts": [_verdict_json(answered) for answered in each.verdicts],
                }
                for each in found.taken
            ],
        },
        ensure_ascii=False,
        separators=(",", ":"),
        sort_keys=True,
    ).encode()


def _verdict_json(answered: Answered) -> JsonObject:
    found: JsonObject = {"id": answered.id, "hash": answered.hash, "verdict": answered.verdict.value}
    return found | ({"reason": answered.reason[:_REASON_CHARACTERS_MAX]} if answered.reason else {})


def _receipt_of(inside: bytes, device: str, bundle: str) -> ReceiptFile:
    try:
        found = dict(read_json(inside))
        return ReceiptFile(
            device,
            bundle,
            fields.text(80).read(found.get("station")),
            fields.text(64).read(found.get("epoch")),
            tuple(map(_taken, _list(found.get("taken"), _RECEIPTS_MAX))),
        )
    except MalformedJson as problem:
        raise BadReceiptFile(f"The receipt is not JSON inside: {problem}.") from None
    except (ValueError, TypeError, AttributeError) as problem:
        raise BadReceiptFile(f"The receipt is not whole: something {problem}.") from None


def _taken(found: Any) -> Taken:  # noqa: ANN401 - decoded JSON
    return Taken(
        fields.whole(1, INTEGER_MAX).read(found.get("receipt")),
        read_time(found.get("received_at")),
        tuple(map(_answered, _list(found.get("verdicts"), BATCH_RECORDS_MAX))),
    )


def _answered(found: Any) -> Answered:  # noqa: ANN401 - decoded JSON
    verdict, reason = found.get("verdict"), found.get("reason")
    return Answered(
        _ID.read(found.get("id")),
        _HASH.read(found.get("hash")),
        # As over the air: a verdict that this version does not know settles nothing.
        Verdict(verdict) if isinstance(verdict, str) and verdict in set(Verdict) else Verdict.TRY_LATER,
        reason if isinstance(reason, str) else None,
    )


def _list(value: Any, most: int) -> list[Any]:  # noqa: ANN401 - decoded JSON
    if not isinstance(value, list) or len(value) > most:
        raise ValueError(f"is no list of at most {most}")
    return value
