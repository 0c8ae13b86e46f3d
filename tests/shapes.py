"""Made-up shapes of RDs for the tests: squares in rows, and files of them. Nobody's districts look like this."""

import json
from collections.abc import Callable, Sequence

from documents import norwalk
from doubles import FixedClock

from station.database import Database
from station.geojson import Polygons, Ring
from station.rd_map_content import RdMap
from station.rd_map_rules import judged_shapes
from station.rd_maps import keep_map
from station.references import rds_of

# A hundredth of a degree: some 900 by 1,100 metres at this latitude.
WEST, SOUTH, SIDE = -118.10, 33.90, 0.01
COLUMNS = 6
Step = tuple[float, float]


def square(x: float, y: float, side: float = SIDE) -> Ring:
    """A square by its south-west corner, in degrees."""
    return [(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)]


def grid(rds: Sequence[str], columns: int = COLUMNS) -> dict[str, Polygons]:
    """A square for each RD, row by row, each with its neighbours' borders."""
    return {
        rd: [[square(round(WEST + place % columns * SIDE, 6), round(SOUTH + place // columns * SIDE, 6))]]
        for place, rd in enumerate(rds)
    }


def moved(polygons: Polygons, by: Step) -> Polygons:
    """The same shape elsewhere, in degrees."""
    return [[[(x + by[0], y + by[1]) for x, y in ring] for ring in polygon] for polygon in polygons]


def spelled(polygons: Polygons, spell: Callable[[float, float], Sequence[object]] = lambda x, y: [x, y]) -> object:
    """Coordinates as JSON; `spell` may make something else of each position."""
    return [[[spell(x, y) for x, y in ring] for ring in polygon] for polygon in polygons]


def feature(rd: object, polygons: Polygons, **properties: object) -> dict[str, object]:
    """A feature whose property RD holds its number, besides others."""
    geometry = {"type": "MultiPolygon", "coordinates": spelled(polygons)}
    return {"type": "Feature", "properties": {**properties, "RD": rd}, "geometry": geometry}


def collection(*features: object, **members: object) -> bytes:
    """A file of features."""
    return json.dumps({"type": "FeatureCollection", "features": features, **members}).encode()


def file_of(shapes: dict[str, Polygons]) -> bytes:
    """A file with a feature for each RD."""
    return collection(*(feature(rd, polygons) for rd, polygons in shapes.items()))


# Its border crosses itself where both coordinates are in the middle.
BOW_TIE: Polygons = [[[(-118.1, 33.9), (-118.08, 33.92), (-118.08, 33.9), (-118.1, 33.92), (-118.1, 33.9)]]]


def made_up_map() -> RdMap:
    """A map of squares for Norwalk's RDs."""
    rds = rds_of(norwalk())
    found = judged_shapes(grid(rds), rds).map
    assert found is not None
    return found


def keeps_map(database: Database) -> str:
    """The made-up map, kept at the station; its name."""
    with database.writing() as session:
        return keep_map(session, made_up_map(), "900005", FixedClock().now())
