"""What is asked of shapes: whether they are sound, how large they are, where two lie over each other. All by shapely."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import shapely
from shapely import Geometry, MultiPolygon, STRtree
from shapely.validation import explain_validity

from station.geojson import Polygons, Position
from station.rd_map_content import DEGREE_PARTS

# Neighbours that were drawn one by one overlap by slivers; a street is wider than this.
OVERLAP_METRES_MAX = 10.0
_WGS84_METRES, _WGS84_ECCENTRICITY_SQUARED = 6_378_137.0, 0.006_694_379_990_14
_EXPLAINED = re.compile(r"(?P<reason>[^\[]*)(\[(?P<x>\S+) (?P<y>\S+)\])?")
# What GEOS says, as a person would.
_WORDS: Mapping[str, str] = {
    "Self-intersection": "crosses itself",
    "Ring Self-intersection": "touches itself",
    "Hole lies outside shell": "has a hole outside its border",
    "Holes are nested": "has a hole within a hole",
    "Interior is disconnected": "is cut in two by its holes",
    "Nested shells": "has one part within another",
    "Duplicate Rings": "has the same ring twice",
    "Too few points in geometry component": "has a ring without any area",
}


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two RDs that lie over each other: how far, and where."""

    one: str
    other: str
    square_metres: float
    place: Position


def place_words(place: Position) -> str:
    """A place as it is told."""
    return f"longitude {place[0]:.5f}, latitude {place[1]:.5f}"


def trouble_of(polygons: Polygons) -> str | None:
    """What is wrong with a shape, as the end of a sentence that names the place; None if nothing is."""
    said = _EXPLAINED.fullmatch(explain_validity(_shape(polygons)))
    reason = said["reason"].strip() if said else ""
    if reason == "Valid Geometry":
        return None
    words = _WORDS.get(reason, f"is no sound shape ({reason})")
    where = f" at {place_words((float(said['x']), float(said['y'])))}" if said and said["x"] else ""
    return words + where


def rounded(polygons: Polygons) -> Polygons:
    """A sound shape in whole millionths of a degree, still sound, spelled in one way; empty if nothing is left of it."""
    coarse = shapely.normalize(shapely.set_precision(_shape(polygons), 1 / DEGREE_PARTS))
    return [
        [[(round(x, 6), round(y, 6)) for x, y in ring.coords] for ring in (part.exterior, *part.interiors)]
        for part in shapely.get_parts(coarse)
    ]


def square_metres(polygons: Polygons) -> float:
    """How large a shape is on the ground; right to a thousandth up to some hundred kilometres."""
    shape = _shape(polygons)
    return float(shapely.area(_in_metres(shape, shape.centroid.y)))


def roomiest_place(polygons: Polygons) -> tuple[Position, float]:
    """Where a number has most room within a sound shape, and how far it is to the border, in degrees of latitude."""
    shape = _shape(polygons)
    narrow = math.cos(math.radians(shape.centroid.y))
    even = shapely.transform(shape, lambda degrees: degrees * (narrow, 1))
    largest = max(shapely.get_parts(even), key=shapely.area)
    (x, y), border = shapely.maximum_inscribed_circle(largest).coords
    return (x / narrow, y), math.dist((x, y), border)


def overlaps(shapes: Mapping[str, Polygons]) -> list[Overlap]:
    """The pairs of sound shapes that lie over each other by more than OVERLAP_METRES_MAX."""
    rds, found = list(shapes), [_shape(each) for each in shapes.values()]
    tree = STRtree(found)
    pairs = ((i, int(j)) for i, shape in enumerate(found) for j in tree.query(shape, predicate="intersects") if i < j)
    return [
        Overlap(rds[i], rds[j], area, place) for i, j in sorted(pairs) for area, place in _common(found[i], found[j])
    ]


def distances_from_the_middle(shapes: Mapping[str, Polygons]) -> dict[str, float]:
    """How far each shape's centre is from the median of all centres, in metres."""
    centres = {rd: _shape(each).centroid for rd, each in shapes.items()}
    x, y = (_median([getattr(centre, axis) for centre in centres.values()]) for axis in "xy")
    across, up = _metres_in_a_degree(y)
    return {rd: math.hypot((centre.x - x) * across, (centre.y - y) * up) for rd, centre in centres.items()}


def _shape(polygons: Polygons) -> MultiPolygon:
    return MultiPolygon([(polygon[0], polygon[1:]) for polygon in polygons])


def _common(one: MultiPolygon, other: MultiPolygon) -> Iterator[tuple[float, Position]]:
    common = one.intersection(other)
    in_metres = _in_metres(common, common.centroid.y if not common.is_empty else 0)
    # What is left when half of that is taken from each side is a place where they overlap by more.
    if not shapely.is_empty(shapely.buffer(in_metres, -OVERLAP_METRES_MAX / 2)):
        inside = common.representative_point()
        yield float(shapely.area(in_metres)), (inside.x, inside.y)


def _in_metres(shape: Geometry, latitude: float) -> Geometry:
    scale = _metres_in_a_degree(latitude)
    return shapely.transform(shape, lambda degrees: degrees * scale)


def _metres_in_a_degree(latitude: float) -> tuple[float, float]:
    """A degree of longitude, and of latitude, on the ellipsoid of WGS 84 at this latitude (its two radii of curvature)."""
    sine = math.sin(math.radians(latitude))
    bent = 1 - _WGS84_ECCENTRICITY_SQUARED * sine * sine
    east = _WGS84_METRES / math.sqrt(bent) * math.cos(math.radians(latitude))
    north = _WGS84_METRES * (1 - _WGS84_ECCENTRICITY_SQUARED) / bent**1.5
    return math.radians(east), math.radians(north)


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]
