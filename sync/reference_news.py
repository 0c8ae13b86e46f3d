"""A version of the reference data as news of the kind `reference`: packed, in as many items as it takes. Pure.

The parts of a version carry the same number, and how many there are. A device uses a version when it has all of them, and
can read it; until then, and if it cannot, it goes on with what it had.
"""

import base64
import binascii
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sync import fields
from sync.canonical import JsonObject, canonical_bytes, content_hash, read_json
from sync.limits import INTEGER_MAX, REFERENCE_BYTES_MAX, REFERENCE_PART_CHARACTERS_MAX
from sync.packing import NotPacked, Packing, TooLarge, pack, unpack
from sync.reference import reference_from_json
from sync.versions import Version

_LOG = logging.getLogger("contact755")
# More than a document of the largest size can take, should it not pack at all.
_PARTS_MAX = 2 * REFERENCE_BYTES_MAX // REFERENCE_PART_CHARACTERS_MAX
# What only the station uses.
_STATIONS_OWN = ("return_reasons", "rd_map")
_HASH_DIGITS = 32
_FIELDS = {
    "version": fields.whole(1, INTEGER_MAX),
    "valid_from": fields.time(),
    "hash": fields.hexadecimal(_HASH_DIGITS),
    "part": fields.whole(1, _PARTS_MAX),
    "parts": fields.whole(1, _PARTS_MAX),
    "packed": fields.text(REFERENCE_PART_CHARACTERS_MAX),
}


@dataclass(frozen=True, slots=True)
class _Part:
    version: int
    valid_from: datetime
    hash: str
    part: int
    parts: int
    packed: str


def parts_of(number: int, valid_from: datetime, document: JsonObject) -> list[JsonObject]:
    """The bodies of the news items that carry a version."""
    plain = canonical_bytes({name: value for name, value in document.items() if name not in _STATIONS_OWN})
    text = base64.b64encode(pack(plain, Packing.GZIP)).decode()
    size = REFERENCE_PART_CHARACTERS_MAX
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    common = {"version": number, "valid_from": valid_from, "hash": content_hash(plain), "parts": len(pieces)}
    return [_written(common | {"part": place, "packed": each}) for place, each in enumerate(pieces, start=1)]


def versions_in(bodies: Iterable[JsonObject]) -> list[Version]:
    """The versions that have all their parts and can be read; a newer program's may not be."""
    found: dict[tuple[int, str], list[_Part]] = {}
    for body in bodies:
        part = _part(body)
        if part is not None:
            found.setdefault((part.version, part.hash), []).append(part)
    versions = (_version(parts) for parts in found.values())
    return [version for version in versions if version is not None]


def _written(values: Mapping[str, Any]) -> JsonObject:
    return {name: entry.write(values[name]) for name, entry in _FIELDS.items()}


def _part(body: JsonObject) -> _Part | None:
    try:
        return _Part(**{name: entry.read(body.get(name)) for name, entry in _FIELDS.items()})
    except ValueError:
        return None


def _version(parts: Iterable[_Part]) -> Version | None:
    by_place = {part.part: part for part in parts}
    first = next(iter(by_place.values()))
    if sorted(by_place) != list(range(1, first.parts + 1)):
        return None
    try:
        packed = base64.b64decode("".join(by_place[place].packed for place in sorted(by_place)), validate=True)
        plain = unpack(packed, Packing.GZIP, REFERENCE_BYTES_MAX)
        if content_hash(plain) != first.hash:
            return None
        return Version(first.version, first.valid_from, reference_from_json(read_json(plain)))
    except (NotPacked, TooLarge, binascii.Error, json.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError):
        _LOG.warning("version %s of the reference data cannot be used here", first.version)
        return None
