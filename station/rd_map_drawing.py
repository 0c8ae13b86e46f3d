"""A drawing of RD shapes, in whole units of a square: outlines as the paths of SVG, and places for their numbers. Pure."""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from station.geojson import Polygons, Position, Ring, positions
from station.rd_shapes import roomiest_place

# From a place on earth to one in the drawing.
Unit = Callable[[Position], tuple[int, int]]
# The longer side. What is nearer together than one of these is drawn as one place.
UNITS = 1_000
# Around it, so that no border is cut off.
_MARGIN = 8
# From a number's middle to the border: with less room there is none on any screen, or none on a narrow one, where numbers
# are larger in proportion. The table has them all.
_ROOM_UNITS_MIN, _NARROW_ROOM_UNITS_MIN = 12, 30


@dataclass(frozen=True, slots=True)
class Outline:
    """One RD: its path, where its number stands, and whether there is room for it, also on a narrow screen."""

    rd: str
    path: str
    x: int
    y: int
    is_numbered: bool
    is_numbered_narrow: bool
    is_bad: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """All of them, and how large it is."""

    width: int
    height: int
    outlines: list[Outline]


def drawing_of(shapes: Mapping[str, Polygons], bad: Collection[str] = ()) -> Drawing | None:
    """Draw shapes, north up, as wide as they are on the ground at their middle; None if there are none."""
    places = [each for polygons in shapes.values() for each in positions(polygons)]
    if not places:
        return None
    (west, east), (south, north) = (_ends([each[axis] for each in places]) for axis in (0, 1))
    narrow = max(math.cos(math.radians((south + north) / 2)), 0.01)
    scale = (UNITS - 2 * _MARGIN) / max((east - west) * narrow, north - south, 1e-9)

    def unit(place: Position) -> tuple[int, int]:
        return (
            round((place[0] - west) * narrow * scale) + _MARGIN,
            round((north - place[1]) * scale) + _MARGIN,
        )

    width, height = unit((east, south))
    outlines = [_outline(rd, polygons, unit, scale, is_bad=rd in bad) for rd, polygons in shapes.items()]
    return Drawing(width + _MARGIN, height + _MARGIN, outlines)


def _outline(rd: str, polygons: Polygons, unit: Unit, scale: float, *, is_bad: bool) -> Outline:
    # Where a shape that crosses itself has its inside is not asked: its number stands where its border begins.
    place, room = (polygons[0][0][0], UNITS) if is_bad else roomiest_place(polygons)
    units = room * scale
    path = "".join(_path(ring, unit) for polygon in polygons for ring in polygon)
    return Outline(rd, path, *unit(place), units >= _ROOM_UNITS_MIN, units >= _NARROW_ROOM_UNITS_MIN, is_bad)


def _path(ring: Ring, unit: Unit) -> str:
    """A ring, each unit once: the first place, and then how far each next one is from the one before."""
    at = start = unit(ring[0])
    steps = []
    for place in ring[1:-1]:
        found = unit(place)
        if found != at:
            steps.append(f"{found[0] - at[0]} {found[1] - at[1]}")
            at = found
    return f"M{start[0]} {start[1]}l{' '.join(steps) or '0 0'}z"


def _ends(values: list[float]) -> tuple[float, float]:
    return min(values), max(values)
