"""The map of a station's RDs as it is kept and carried: whole millionths of a degree, one spelling, one name. Pure."""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from station.geojson import Polygons, polygons_of
from sync.canonical import canonical_bytes
from sync.packing import NotPacked, Packing, TooLarge, pack, unpack

# A millionth of a degree is a tenth of a metre; borders of RDs are good to some metres (RFC 7946 §11.2).
DEGREE_PARTS = 1_000_000
# Of all shapes of a station together: thirty times what the county's file has for Norwalk's 31 RDs.
VERTICES_MAX = 100_000
# A position takes 22 bytes, like [-118080000,33900000], and RDs and brackets some more.
CONTENT_BYTES_MAX = 3 * 1_024 * 1_024


@dataclass(frozen=True, slots=True)
class RdMap:
    """The shapes of a station's RDs."""

    shapes: Mapping[str, Polygons]

    @property
    def content(self) -> bytes:
        """One spelling for one map: JSON with whole numbers only."""
        return canonical_bytes(
            {
                rd: [
                    [[[round(x * DEGREE_PARTS), round(y * DEGREE_PARTS)] for x, y in ring] for ring in polygon]
                    for polygon in polygons
                ]
                for rd, polygons in self.shapes.items()
            }
        )

    @property
    def name(self) -> str:
        """SHA-256 of the content, in hexadecimal: how the reference data name it."""
        return hashlib.sha256(self.content).hexdigest()


def read_content(content: bytes | str) -> RdMap:
    """A map from its content. Raises ValueError."""
    found = json.loads(content)
    if not isinstance(found, dict):
        raise ValueError("is no map")  # noqa: TRY004 - told to a person
    return RdMap({rd: _in_degrees(polygons) for rd, polygons in found.items()})


def packed(rd_map: RdMap) -> str:
    """A map as a form carries it from the preview to the next page."""
    return base64.urlsafe_b64encode(pack(rd_map.content, Packing.GZIP)).decode()


def unpacked(text: str) -> RdMap:
    """A map as a form brought it; not judged yet. Raises ValueError."""
    try:
        return read_content(
            unpack(base64.b64decode(text, altchars=b"-_", validate=True), Packing.GZIP, CONTENT_BYTES_MAX)
        )
    except (binascii.Error, NotPacked, TooLarge, RecursionError) as problem:
        raise ValueError("is no map") from problem


def _in_degrees(polygons: object) -> Polygons:
    found = polygons_of({"type": "MultiPolygon", "coordinates": polygons})
    return [[[(x / DEGREE_PARTS, y / DEGREE_PARTS) for x, y in ring] for ring in polygon] for polygon in found]
