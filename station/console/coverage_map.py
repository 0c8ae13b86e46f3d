"""Coverage on the map of the RDs: each in one of five shades, the number beside it; hatched where there was nothing. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from station.console.coverage_texts import TEXTS
from station.rd_map_drawing import Drawing, Outline

# LOOK.md: one hue in five steps, with numbers.
STEPS = 5


@dataclass(frozen=True, slots=True)
class Shaded:
    """An outline with its contacts. `look` is `step-1` to `step-5`, `none` where one is missed, else empty."""

    outline: Outline
    count: int | None
    look: str


@dataclass(frozen=True, slots=True)
class CoverageMap:
    """The drawing with what each shade means, the fewest first."""

    width: int
    height: int
    shaded: list[Shaded]
    key: list[tuple[str, str]]
    has_missed: bool


def coverage_map(drawing: Drawing, counts: Mapping[str, int], missed: Collection[str]) -> CoverageMap:
    """Shade a drawing. `counts` has the RDs that are looked at; others keep their outline alone."""
    shown = {outline.rd: counts.get(outline.rd) for outline in drawing.outlines}
    key = steps_of(max((count or 0 for count in shown.values()), default=0))
    shaded = [
        Shaded(each, shown[each.rd], "none" if each.rd in missed else _look(shown[each.rd] or 0, key))
        for each in drawing.outlines
    ]
    words = [(f"step-{step}", _ends(low, high)) for step, (low, high) in enumerate(key, 1)]
    return CoverageMap(drawing.width, drawing.height, shaded, words, any(each.look == "none" for each in shaded))


def steps_of(most: int) -> list[tuple[int, int]]:
    """From one to the most in steps of one width, at most five; the last may be narrower."""
    width = -(-most // STEPS)
    return [(low, min(low + width - 1, most)) for low in range(1, most + 1, width)] if width else []


def _ends(low: int, high: int) -> str:
    return f"{low} {TEXTS['span_to']} {high}" if low < high else str(low)


def _look(count: int, key: list[tuple[int, int]]) -> str:
    return next((f"step-{step}" for step, (low, high) in enumerate(key, 1) if low <= count <= high), "")
