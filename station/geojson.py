"""A GeoJSON FeatureCollection (RFC 7946), read with bounds: its features, and the polygons of one. Pure."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from sync.canonical import JsonObject

# Longitude and latitude; a ring ends where it begins; a polygon is its border and then its holes.
Position = tuple[float, float]
Ring = list[Position]
Polygon = list[Ring]
Polygons = list[Polygon]

# The sheriff's reporting districts of all of Los Angeles County come to 10 MB with 770 features; and as much again.
GEOJSON_MIB_MAX = 24
GEOJSON_BYTES_MAX = GEOJSON_MIB_MAX * 1_024 * 1_024
FEATURES_MAX = 5_000
# RFC 7946 §3.1.6: four positions, of which the last is the first.
_RING_POSITIONS_MIN = 4
_LONGITUDE_MAX, _LATITUDE_MAX = 180, 90
# Coordinates that are WGS 84 to a metre or two, as the member `crs` of older files names them (it is no more in RFC 7946).
_GOOD_SYSTEMS = ("CRS84", "4326", "4269", "CRS83")
_EXPORT_AGAIN = "Export it again as GeoJSON in WGS 84 (EPSG:4326), longitude first."


class BadGeojson(ValueError):
    """The file cannot be read as what it should be; the text is a sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature by its place in the file, from 1; its geometry is not looked at yet."""

    number: int
    properties: Mapping[str, object]
    geometry: object


def read_features(raw: bytes) -> list[Feature]:
    """The features of a file. Raises BadGeojson."""
    if len(raw) > GEOJSON_BYTES_MAX:
        raise BadGeojson(f"The file is larger than {GEOJSON_MIB_MAX} MiB. Export the station's RDs alone.")
    try:
        found = json.loads(raw, parse_constant=_no_number)
    except (ValueError, RecursionError) as problem:
        raise BadGeojson(f"The file is not JSON ({_first_line(problem)}).") from None
    if not isinstance(found, dict) or found.get("type") != "FeatureCollection":
        raise BadGeojson("The file is no GeoJSON FeatureCollection. Export the RDs as GeoJSON.")
    _check_system(found.get("crs"))
    features = found.get("features")
    if not isinstance(features, list) or not features:
        raise BadGeojson("The file has no features. Export the RDs as GeoJSON.")
    if len(features) > FEATURES_MAX:
        raise BadGeojson(f"The file has more than {FEATURES_MAX} features. Export the station's RDs alone.")
    return [_feature(number, each) for number, each in enumerate(features, start=1)]


def polygons_of(geometry: object) -> Polygons:
    """The polygons of a geometry, heights left out. Raises ValueError with the end of a sentence."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(geometry, dict) or kind is None:
        raise ValueError("has no geometry")
    if kind not in ("Polygon", "MultiPolygon"):
        raise ValueError(f"is a {str(kind)[:20]}; an RD is a Polygon or a MultiPolygon")
    coordinates = geometry.get("coordinates")
    try:
        polygons = [coordinates] if kind == "Polygon" else list(coordinates)  # type: ignore[arg-type]  # TypeError is caught
        found = [[_ring(ring) for ring in _filled(polygon)] for polygon in _filled(polygons)]
    except (TypeError, LookupError):
        raise ValueError("has coordinates that are no list of rings of positions") from None
    return found


def place_trouble(polygons: Polygons) -> str | None:
    """What is wrong with coordinates that cannot be longitude and latitude, in a sentence; None if they can be."""
    x, y = next((each for each in positions(polygons) if not _is_on_earth(*each)), (0.0, 0.0))
    if _is_on_earth(x, y):
        return None
    if all(_is_on_earth(b, a) for a, b in positions(polygons)):
        return f"Latitude stands before longitude there ({x:g}, {y:g}). {_EXPORT_AGAIN}"
    return (
        f"These are no degrees ({x:g}, {y:g}): the file seems to be projected, as in feet of the state plane (EPSG:2229) or "
        f"in metres. {_EXPORT_AGAIN}"
    )


def positions(polygons: Polygons) -> Iterator[Position]:
    """All positions of these polygons."""
    return (position for polygon in polygons for ring in polygon for position in ring)


def _no_number(spelled: str) -> NoReturn:
    raise ValueError(f"{spelled} is no number")


def _first_line(problem: Exception) -> str:
    return (str(problem).splitlines() or [""])[0][:200].rstrip(".") or "it nests too deep"


def _check_system(crs: object) -> None:
    if crs is None:
        return
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = str(properties.get("name")) if isinstance(properties, dict) else str(crs)
    if not name.endswith(_GOOD_SYSTEMS):
        raise BadGeojson(f"The file says that its coordinates are of {name[:60]!r}. {_EXPORT_AGAIN}")


def _feature(number: int, found: object) -> Feature:
    if not isinstance(found, dict) or found.get("type") != "Feature":
        raise BadGeojson(f"Feature number {number} of the file is no feature. Export the RDs again as GeoJSON.")
    properties: JsonObject = found["properties"] if isinstance(found.get("properties"), dict) else {}
    return Feature(number, properties, found.get("geometry"))


def _filled(items: Any) -> list[Any]:  # noqa: ANN401 - decoded JSON
    if not isinstance(items, list):
        raise TypeError
    if not items:
        raise ValueError("has no coordinates")
    return items


def _ring(items: Any) -> Ring:  # noqa: ANN401 - decoded JSON
    ring = [_position(each) for each in _filled(items)]
    if len(ring) < _RING_POSITIONS_MIN:
        raise ValueError(f"has a ring of {len(ring)} positions; the least is {_RING_POSITIONS_MIN}")
    if ring[0] != ring[-1]:
        raise ValueError(f"has a ring that does not end where it begins ({ring[0][0]:g}, {ring[0][1]:g})")
    return ring


def _position(item: Any) -> Position:  # noqa: ANN401 - decoded JSON
    return _number(item[0]), _number(item[1])


def _number(item: Any) -> float:  # noqa: ANN401 - decoded JSON
    try:
        found = float(item) if isinstance(item, int | float) and not isinstance(item, bool) else math.nan
    except OverflowError:
        found = math.nan
    if not math.isfinite(found):
        raise ValueError(f"has a coordinate that is no number ({str(item)[:20]!r})")
    return found


def _is_on_earth(x: float, y: float) -> bool:
    return abs(x) <= _LONGITUDE_MAX and abs(y) <= _LATITUDE_MAX
