"""Writes the store's part of docs/figures.md and its picture, from the lines of bench.tap and bench.open alone.

`make figures` measures first; `python -m bench.figures` writes again what was measured last.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.picture import draw

PAGE = Path("docs/figures.md")
PICTURE = Path("docs/pictures/tap.svg")
LINES = [Path("build/bench/tap.jsonl"), Path("build/bench/open.jsonl")]
BEGIN, END = "<!-- made by `make figures` from here -->", "<!-- to here -->"
STORED = 100_000
TAP_RATIO_MAX, HISTORY_RATIO_MAX, BYTES_RATIO_MAX, OPEN_MS_MAX = 1.3, 1.2, 2, 50
OPEN_STORED = (10_000, 100_000)

Figure = dict[str, Any]
TAP_COLUMNS = {
    "who": "name",
    "stored": "stored",
    "median": "median",
    "p95": "p95",
    "p99": "p99",
    "÷ floor": "ratio",
    "÷ itself at 0": "ratio_to_empty",
    "CPU": "cpu",
    "bytes": "bytes",
    "÷ record": "bytes_ratio",
    "to the disk": "disk_bytes",
    "fsyncs": "fsyncs",
    "n": "n",
}
OPEN_COLUMNS = {
    "who": "name",
    "stored": "stored",
    "files": "cache",
    "median": "median",
    "p95": "p95",
    "÷ SQLite": "ratio",
    "memory added, KiB": "added_kib",
    "at most, KiB": "most_kib",
    "n": "n",
}


def table(columns: dict[str, str], figures: Sequence[Figure]) -> list[str]:
    """Figures as a table, a row each."""
    rows = [[cell(figure[name]) for name in columns.values()] for figure in figures]
    return [f"| {' | '.join(row)} |" for row in (list(columns), ["---"] * len(columns), *rows)]


def cell(value: object) -> str:
    """One value as it stands in a table."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.0f}" if value >= 1_000 else f"{value:.3g}"  # noqa: PLR2004 - beyond this no digit behind the point says anything
    return f"{value:,}" if isinstance(value, int) else str(value)


def goals(taps: Sequence[Figure], opens: Sequence[Figure]) -> list[str]:
    """What was to be reached, and whether it was; a goal whose figure was not taken is left out."""
    sealed = [each for each in taps if each["name"] == "sealed"]
    last = [each["ratio_to_empty"] for each in sealed if each["stored"] == STORED]
    warm = [each for each in opens if each["cache"] == "warm"]
    found = [
        ("a sealed tap ÷ floor, at its worst history", TAP_RATIO_MAX, [each["ratio"] for each in sealed]),
        (f"a sealed tap at {STORED:,} ÷ at 0", HISTORY_RATIO_MAX, last),
        ("bytes written per sealed tap ÷ the record's", BYTES_RATIO_MAX, [each["bytes_ratio"] for each in sealed]),
        ("fsyncs per sealed tap, rounded", 1, [round(each["fsyncs"]) for each in sealed if each["fsyncs"] is not None]),
        *(
            (f"open and list 50, in ms, {name}, warm, at {stored:,}", OPEN_MS_MAX, _medians(warm, name, stored))
            for name in ("sealed", "compacted sealed", "app's list sealed")
            for stored in OPEN_STORED
        ),
    ]
    rows = []
    for name, goal, each in found:
        measured = [value for value in each if value is not None]
        if measured:
            rows.append(f"| {name} | ≤ {goal} | {cell(max(measured))} | {'yes' if max(measured) <= goal else 'no'} |")
    return ["| goal | at most | measured | reached |", "| --- | --- | --- | --- |", *rows]


def page(before: str, figures: Sequence[Figure]) -> str:
    """The page with its part between the two marks made anew."""
    taps, opens = ([each for each in figures if each["bench"] == bench] for bench in ("tap", "open"))
    (tap_place, *taps), (open_place, *opens) = taps, opens
    part = [
        *goals(taps, opens),
        "",
        f"![One durable tap against the floor, by history](pictures/{PICTURE.name})",
        "",
        f"One durable tap, in ms; a record has {tap_place['record_bytes']} bytes. {_taken(tap_place)}",
        "",
        *table(TAP_COLUMNS, taps),
        "",
        f"Open and list, in ms. {_taken(open_place)}",
        "",
        *table(OPEN_COLUMNS, opens),
    ]
    head, begin, rest = before.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{PAGE} has lost its marks: put back the lines {BEGIN} and {END}.")
    return "\n".join([head + BEGIN, "", *part, "", END + tail])


def main() -> None:
    """Read lines, write the page and the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=Path, nargs=2, default=LINES, help="what bench.tap and bench.open printed")
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--picture", type=Path, default=PICTURE)
    asked = parser.parse_args()
    figures = [json.loads(line) for path in asked.lines for line in path.read_text("utf-8").splitlines()]
    asked.page.write_text(page(asked.page.read_text("utf-8"), figures), "utf-8")
    draw([each for each in figures if each["bench"] == "tap"][1:], asked.picture)


def _medians(figures: Sequence[Figure], name: str, stored: int) -> list[float]:
    return [each["median"] for each in figures if (each["name"], each["stored"]) == (name, stored)]


def _taken(place: Figure) -> str:
    return (
        "Taken on {system}, {file_system}, {cores} cores, Python {python}, with a load of {load} at the start.".format(
            **place
        )
    )


if __name__ == "__main__":
    main()
