"""What the pages show of the map of the RDs: the picture, and the table that says the same. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from station.console.map_texts import TEXTS
from station.geojson import Polygons
from station.rd_map_rules import Judged, square_kilometres
from sync.canonical import JsonObject

# Digits of a map's name that tell it from the few others of a station.
NAME_DIGITS = 12
Shapes = Mapping[str, Polygons]


@dataclass(frozen=True, slots=True)
class MapRow:
    """One RD as a row."""

    rd: str
    area: str
    size: str
    state: str
    is_bad: bool = False


def rows_of(document: JsonObject, shapes: Shapes) -> list[MapRow]:
    """The RDs of a version with their shapes, and shapes whose RD has left the list."""
    found = [
        MapRow(rd, area, _size(shapes.get(rd)), TEXTS["drawn_state" if rd in shapes else "without"])
        for rd, area in _listed(document)
    ]
    listed = {row.rd for row in found}
    return found + [
        MapRow(rd, "", _size(shape), TEXTS["not_listed"]) for rd, shape in shapes.items() if rd not in listed
    ]


def preview_rows(document: JsonObject, judged: Judged, before: Shapes) -> list[MapRow]:
    """The RDs with the shapes of a file, against those of the map before."""
    return [
        MapRow(
            rd,
            area,
            "" if rd in judged.bad else _size(judged.shapes.get(rd)),
            TEXTS[_state(rd, judged, before)],
            is_bad=rd in judged.bad,
        )
        for rd, area in _listed(document)
    ]


def total_of(shapes: Shapes) -> str:
    """How large all shapes are together, in square kilometres."""
    return f"{sum(map(square_kilometres, shapes.values())):.2f}"


def _state(rd: str, judged: Judged, before: Shapes) -> str:
    if rd in judged.bad:
        return "bad"
    if rd not in judged.shapes:
        return "gone" if rd in before else "without"
    if rd not in before:
        return "new"
    return "as_before" if judged.shapes[rd] == before[rd] else "changed"


def _listed(document: JsonObject) -> Sequence[tuple[str, str]]:
    return [(rd, area["name"]) for area in document["areas"] for rd in area["rds"]]


def _size(shape: Polygons | None) -> str:
    return "" if shape is None else f"{square_kilometres(shape):.2f}"
