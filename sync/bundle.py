"""The bundle file: records of a device on their way to the station in somebody's pocket (version 1).

It holds what was rescued of a store (`contact755 salvage`), or what a healthy store has not sent (`contact755 export`).

    magic      "C755BUNDLE1" and "P" (plain) or "S" (sealed to the station's recovery key), then a line end
    payload    gzip of the inner text; in a sealed bundle the whole of it is sealed, bound to the 13 bytes before
    inner      the device's signature over the body (128 hexadecimal digits, or as many "-" where its key could not be
               read), a line end, and the body: JSON

The body names every record with its hash, so the station takes nothing on trust that it would not take over the air.
An export names itself too (`bundle`), and the key under which the station is to answer (`reply`, receipt_file.py).
Whatever is read here has a limit: the file may come from anywhere.
"""

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sync import fields
from sync.canonical import JsonObject, MalformedJson, read_json
from sync.gathering import Raw
from sync.limits import INTEGER_MAX
from sync.sealing import seal_to
from sync.times import write_time

MAGIC_PLAIN = b"C755BUNDLE1P\n"
MAGIC_SEALED = b"C755BUNDLE1S\n"
_MAGIC_START = b"C755BUNDLE"
_UNSIGNED = "-" * 128
# A hundred thousand sealed contacts, more than a device ever keeps, are some 90 MB inside and 60 MB as a file.
BUNDLE_BYTES_MAX = 128 * 1024 * 1024
INSIDE_BYTES_MAX = 256 * 1024 * 1024
# A frame of the journal is never larger (frames.py); its body in base64 is a third more.
PIECE_BYTES_MAX = 16 * 1024 * 1024
PIECES_MAX = 1_000_000
# keys.json and its copy: some kilobytes each, even with a PIN for every deputy of a station.
KEY_FILES_MAX = 2
KEY_FILE_BYTES_MAX = 256 * 1024
LINES_MAX = 1_000
LINE_CHARACTERS_MAX = 500
_FRAME_HEADER_BYTES = 20
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_REPLY = fields.text(64, pattern="[0-9a-f]{64}", like="a key of 64 hexadecimal digits")

Sign = Callable[[bytes], str]
# Opens what was sealed to the station: sealed bytes and what they are bound to. Raises NotOpened.
Open = Callable[[bytes, bytes], bytes]


class BadBundle(ValueError):
    """The bytes are no bundle that can be read; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class SealedFrame:
    """A frame of the journal whose seal the device could not open: the header that the body is bound to, and the body."""

    header: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a bundle holds. `device` is None where not even that could be read; `keys` are keys.json and its copy.

    `bundle` and `reply` (64 hexadecimal digits) are an export's: its id, and the key to seal the station's answer with.
    """

    device: str | None
    app: str
    made_at: datetime
    sequence_last: int
    damage: tuple[str, ...] = ()
    records: tuple[Any, ...] = ()  # as decoded: whoever takes them in judges each
    verdicts: Mapping[str, JsonObject] | None = None
    raw: tuple[Raw, ...] = ()
    keys: tuple[bytes, ...] = ()
    frames: tuple[SealedFrame, ...] = ()
    bundle: str | None = None
    reply: str | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A bundle as read, with its body as it was signed."""

    bundle: Bundle
    body: bytes
    signature: str | None
    is_sealed: bool


def bundle_body(bundle: Bundle) -> bytes:
    """The JSON of a bundle."""
    return b"".join(body_pieces(bundle, bundle.records))


def body_pieces(bundle: Bundle, records: Iterable[Any]) -> Iterator[bytes]:
    """The JSON of a bundle with these records in it, each a piece: a large store never lies in memory as objects."""
    found = {
        "device": bundle.device,
        "app": bundle.app,
        "made_at": write_time(bundle.made_at),
        "sequence_last": bundle.sequence_last,
        "damage": [line[:LINE_CHARACTERS_MAX] for line in bundle.damage[:LINES_MAX]],
        "records": None,
        "verdicts": {key: _plain(found) for key, found in (bundle.verdicts or {}).items()},
        "raw": [{"reason": each.reason, "data": _text(each.data)} for each in bundle.raw],
        "keys": [_text(each) for each in bundle.keys],
        "frames": [{"header": each.header.hex(), "body": _text(each.body)} for each in bundle.frames],
    }
    found |= {name: value for name, value in (("bundle", bundle.bundle), ("reply", bundle.reply)) if value is not None}
    before = b"{"
    for name in sorted(found):
        yield before + _json(name) + b":"
        before = b","
        yield from _list_pieces(records) if name == "records" else (_json(found[name]),)
    yield b"}"


def bundle_bytes(body: bytes, signature: str | None, recovery_key: str | None) -> bytes:
    """The file: signed if there is a signature, sealed if there is a key to seal to. Raises BadBundle if it is too large."""
    inner = f"{signature or _UNSIGNED}\n".encode() + body
    packer = zlib.compressobj(9, zlib.DEFLATED, _GZIP_WINDOW)
    packed = packer.compress(inner) + packer.flush()
    sealed = None if recovery_key is None else seal_to(recovery_key, packed, MAGIC_SEALED)
    found = MAGIC_PLAIN + packed if sealed is None else MAGIC_SEALED + sealed
    if len(inner) > INSIDE_BYTES_MAX or len(found) > BUNDLE_BYTES_MAX:
        raise BadBundle(f"There is more here than a bundle of {BUNDLE_BYTES_MAX} bytes holds.")
    return found


def read_bundle(data: bytes, open_sealed: Open) -> Opened:
    """The bundle in a file. Raises BadBundle, NotOpened."""
    if len(data) > BUNDLE_BYTES_MAX:
        raise BadBundle(f"A bundle has {BUNDLE_BYTES_MAX} bytes at most; this file has more.")
    magic, payload = data[: len(MAGIC_PLAIN)], data[len(MAGIC_PLAIN) :]
    if magic not in (MAGIC_PLAIN, MAGIC_SEALED):
        is_newer = magic.startswith(_MAGIC_START)
        raise BadBundle(
            "This bundle was made by a newer version. Update the station." if is_newer else "This file is no bundle."
        )
    is_sealed = magic == MAGIC_SEALED
    inner = _inflated(open_sealed(payload, MAGIC_SEALED) if is_sealed else payload)
    signature, line_end, body = inner[:128], inner[128:129], inner[129:]
    if line_end != b"\n" or not signature.isascii():
        raise BadBundle("The bundle does not begin with a signature, or with a sign that it has none.")
    signed = signature.decode("ascii")
    return Opened(_bundle_of(body), body, None if signed == _UNSIGNED else signed, is_sealed)


def _inflated(packed: bytes) -> bytes:
    inflater = zlib.decompressobj(_GZIP_WINDOW)
    try:
        found = inflater.decompress(packed, INSIDE_BYTES_MAX)
    except zlib.error:
        raise BadBundle("The bundle is damaged: it does not unpack.") from None
    if inflater.unconsumed_tail:
        raise BadBundle(f"The bundle has more than {INSIDE_BYTES_MAX} bytes inside.")
    if not inflater.eof or inflater.unused_data:
        raise BadBundle("The bundle is cut short, or something follows it.")
    return found


def _bundle_of(body: bytes) -> Bundle:
    try:
        found = dict(read_json(body))
        verdicts = found.get("verdicts")
        return Bundle(
            device=None if found.get("device") is None else fields.uuid_text().read(found["device"]),
            app=fields.text(40).read(found.get("app")),
            made_at=fields.time().read(found.get("made_at")),
            sequence_last=fields.whole(0, INTEGER_MAX).read(found.get("sequence_last")),
            damage=tuple(str(line)[:LINE_CHARACTERS_MAX] for line in _list(found, "damage", LINES_MAX)),
            records=tuple(_list(found, "records")),
            verdicts=verdicts if isinstance(verdicts, dict) else {},
            raw=tuple(
                Raw(fields.text(LINE_CHARACTERS_MAX).read(each["reason"]), _bytes(each["data"]))
                for each in _list(found, "raw")
            ),
            keys=tuple(_bytes(each, KEY_FILE_BYTES_MAX) for each in _list(found, "keys", KEY_FILES_MAX)),
            frames=tuple(SealedFrame(_header(each["header"]), _bytes(each["body"])) for each in _list(found, "frames")),
            bundle=None if found.get("bundle") is None else fields.uuid_text().read(found["bundle"]),
            reply=None if found.get("reply") is None else _REPLY.read(found["reply"]),
        )
    except MalformedJson as problem:
        raise BadBundle(f"The bundle is not JSON inside: {problem}.") from None
    except (ValueError, TypeError, KeyError) as problem:
        raise BadBundle(f"The bundle is not whole: something {problem}.") from None


def _list(found: Mapping[str, Any], name: str, most: int = PIECES_MAX) -> list[Any]:
    value = found.get(name)
    if not isinstance(value, list) or len(value) > most:
        raise ValueError(f"in {name} is no list of at most {most}")
    return value


def _header(value: Any) -> bytes:  # noqa: ANN401 - decoded JSON
    header = bytes.fromhex(value)
    if len(header) != _FRAME_HEADER_BYTES:
        raise ValueError("is no frame's header")
    return header


def _bytes(value: Any, most: int = PIECE_BYTES_MAX) -> bytes:  # noqa: ANN401 - decoded JSON
    if not isinstance(value, str) or len(value) > most * 2:
        raise ValueError(f"has more than {most} bytes")
    return b64decode(value, validate=True)


def _plain(verdict: JsonObject) -> JsonObject:
    """A verdict without what no store writes there, and no reader of JSON takes."""
    return {name: value for name, value in verdict.items() if value is None or isinstance(value, str | int)}


def _list_pieces(values: Iterable[Any]) -> Iterator[bytes]:
    before = b"["
    for value in values:
        yield before + _json(value)
        before = b","
    yield b"[]" if before == b"[" else b"]"


def _json(value: Any) -> bytes:  # noqa: ANN401 - any JSON
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode("utf-8", "replace")


def _text(data: bytes) -> str:
    return b64encode(data).decode("ascii")
