"""Draws what the console's pages cost by how many contacts there are (`python -m bench.pages_picture LINES…`)."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from bench.picture import INCHES

PICTURE = Path("docs/pictures/pages.svg")
GOAL_MS = 50
# In the order of the legend; a colour that differs in brightness too.
COLOURS = {
    "worksheets of a day": "#b2182b",
    "worksheets of a watch": "#ef8a62",
    "one worksheet": "#92c5de",
    "cards": "#4393c3",
    "board": "#2166ac",
    "coverage": "#4d9221",
    "devices": "#053061",
}
LINES = {"sqlite": ("SQLite", "-", "o"), "postgresql": ("PostgreSQL", "--", "s")}


def draw(figures: Sequence[dict[str, Any]], path: Path) -> None:
    """The p95 of each page, as a file that is the same for the same figures."""
    with mpl.rc_context({"svg.hashsalt": path.name, "font.size": 10}):
        drawing = Figure(figsize=INCHES, layout="constrained")
        axes = drawing.add_subplot()
        for kind, (database, line, mark) in LINES.items():
            for page, colour in COLOURS.items():
                found = {each["contacts"]: each["p95"] for each in figures if each["name"] == f"{kind}, {page}"}
                if found:
                    counts = sorted(found)
                    values = [found[count] for count in counts]
                    axes.plot(counts, values, line, color=colour, marker=mark, label=f"{page}, {database}")
        axes.axhline(GOAL_MS, color="black", linewidth=1)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel("contacts of three years")
        axes.set_ylabel("p95 of a page in ms; the line is the goal")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.legend(frameon=False, fontsize=8, ncols=2)
        path.parent.mkdir(parents=True, exist_ok=True)
        drawing.savefig(path, metadata={"Date": None})


def main() -> None:
    """Read what bench.pages printed, and draw it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lines", type=Path, nargs="+", help="what bench.pages printed, in one or more files")
    parser.add_argument("--picture", type=Path, default=PICTURE)
    asked = parser.parse_args()
    figures = [json.loads(line) for path in asked.lines for line in path.read_text("utf-8").splitlines()]
    draw([each for each in figures if "p95" in each], asked.picture)


if __name__ == "__main__":
    main()
