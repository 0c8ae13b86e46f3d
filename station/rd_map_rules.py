"""What is wrong with a file of RD shapes, in sentences that name each bad place; and the map that comes of it. Pure.

Errors keep a map from being saved; warnings are shown, and left to whoever looks at the preview.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from station.geojson import Feature, Polygons, place_trouble, polygons_of, positions, read_features
from station.rd_map_content import VERTICES_MAX, RdMap
from station.rd_numbers import numbered
from station.rd_shapes import (
    OVERLAP_METRES_MAX,
    distances_from_the_middle,
    overlaps,
    place_words,
    rounded,
    square_metres,
    trouble_of,
)

# A station's area is some tens of kilometres wide; what is farther off has another RD's number, or another's coordinates.
FAR_METRES_MAX = 50_000.0
# RDs named in one sentence; the rest are counted.
_NAMED_MAX = 12


@dataclass(frozen=True, slots=True)
class Judged:
    """A file as it was judged. `shapes` are those that can be drawn, the bad among them; the map is None with errors."""

    shapes: Mapping[str, Polygons]
    bad: frozenset[str]
    errors: Sequence[str]
    warnings: Sequence[str]
    by: str = ""

    @property
    def map(self) -> RdMap | None:
        """What can be saved."""
        return None if self.errors else RdMap(self.shapes)


def judged_file(raw: bytes, rds: Sequence[str], asked: str = "") -> Judged:
    """Judge a GeoJSON file against the station's list, by the property asked for or found. Raises BadGeojson."""
    found = numbered(read_features(raw), rds, asked)
    polygons: dict[str, Polygons] = {}
    errors: list[str] = []
    for rd, features in found.features.items():
        try:
            polygons[rd] = _only(features)
        except ValueError as problem:
            errors.append(f"RD {rd} (feature {features[0].number}) {problem}.")
    judged = judged_shapes(polygons, rds)
    bad = judged.bad | (set(found.features) - set(polygons))
    warnings = [*judged.warnings, *_left_out(found.others)]
    return Judged(judged.shapes, frozenset(bad), [*errors, *judged.errors], warnings, found.by)


def judged_shapes(polygons: Mapping[str, Polygons], rds: Sequence[str]) -> Judged:
    """Judge shapes against the station's list."""
    if projected := {rd: words for rd, each in polygons.items() if (words := place_trouble(each))}:
        (rd, words), *more = projected.items()
        errors = [f"RD {rd}{f' and {len(more)} more' if more else ''}: {words}"]
        return Judged({}, frozenset(projected), errors, [])
    count = sum(1 for each in polygons.values() for _ in positions(each))
    if count > VERTICES_MAX:
        errors = [f"The shapes have {count:,} positions; the most is {VERTICES_MAX:,}. Simplify them to a metre."]
        return Judged({}, frozenset(polygons), errors, [])
    shapes, bad = _sound(polygons)
    crossing = overlaps({rd: each for rd, each in shapes.items() if rd not in bad})
    errors = [
        *(f"RD {rd} {words}." for rd, words in bad.items()),
        *(
            f"RD {each.one} and RD {each.other} overlap by more than {OVERLAP_METRES_MAX:.0f} metres: "
            f"{each.square_metres:,.0f} square metres at {place_words(each.place)}."
            for each in crossing
        ),
    ]
    is_bad = {*bad, *(rd for each in crossing for rd in (each.one, each.other))}
    return Judged(shapes, frozenset(is_bad), errors, list(_noticed(shapes, bad, polygons, rds)))


def square_kilometres(polygons: Polygons) -> float:
    """How large a shape is on the ground."""
    return square_metres(polygons) / 1e6


def _only(features: Sequence[Feature]) -> Polygons:
    if len(features) > 1:
        others = " and ".join(str(each.number) for each in features[1:4])
        raise ValueError(f"is there again as feature {others}: join them into one MultiPolygon, or take one out")
    return polygons_of(features[0].geometry)


def _sound(polygons: Mapping[str, Polygons]) -> tuple[dict[str, Polygons], dict[str, str]]:
    """Each shape, rounded if it is sound; and what is wrong with the others."""
    shapes: dict[str, Polygons] = {}
    bad: dict[str, str] = {}
    for rd, each in polygons.items():
        words = trouble_of(each)
        shapes[rd] = each if words else rounded(each)
        if words is None and not shapes[rd]:
            words = "is smaller than a tenth of a metre"
            shapes[rd] = each
        if words:
            bad[rd] = words
    return shapes, bad


def _noticed(
    shapes: Mapping[str, Polygons], bad: Mapping[str, str], polygons: Mapping[str, Polygons], rds: Sequence[str]
) -> Iterator[str]:
    sound = {rd: each for rd, each in shapes.items() if rd not in bad}
    for rd, metres in distances_from_the_middle(sound).items() if sound else ():
        if metres > FAR_METRES_MAX:
            yield f"RD {rd} lies {metres / 1_000:,.0f} km from the middle of all: see whether its number is right."
    if without := [rd for rd in rds if rd not in polygons]:
        yield f"Without a shape, of the station's list: {_counted(without)}."


def _left_out(others: Sequence[str]) -> Iterator[str]:
    numbers = sorted({each for each in others if each})
    if numbers:
        yield f"Not in the station's list, and left out: {_counted(numbers)}."
    if nameless := sum(not each for each in others):
        yield f"Features without a number, and left out: {nameless}."


def _counted(rds: Sequence[str]) -> str:
    words = "RD" if len(rds) == 1 else f"{len(rds)} RDs:"
    named = ", ".join(each[:20] for each in rds[:_NAMED_MAX])
    return f"{words} {named}" + (f" and {len(rds) - _NAMED_MAX} more" if len(rds) > _NAMED_MAX else "")
