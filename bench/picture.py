"""Draws one tap against the floor, by how much is stored."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

# In the order of the legend; a label, a colour that differs in brightness too, and a mark.
LOOKS = {
    "tinydb": ("TinyDB as it comes", "#b2182b", "v"),
    "sqlite": ("SQLite (WAL, FULL)", "#ef8a62", "s"),
    "records sealed": ("RecordStore.add, sealed", "#67a9cf", "D"),
    "sealed": ("JournalDB.insert, sealed", "#2166ac", "o"),
    "plain": ("JournalDB.insert, not sealed", "#053061", "x"),
}
INCHES = (8, 4.5)


def draw(figures: Sequence[dict[str, Any]], path: Path) -> None:
    """The medians in terms of the floor's, as a file that is the same for the same figures."""
    with mpl.rc_context({"svg.hashsalt": path.name, "font.size": 10}):
        drawing = Figure(figsize=INCHES, layout="constrained")
        axes = drawing.add_subplot()
        histories = sorted({each["stored"] for each in figures})
        for name, (label, colour, mark) in LOOKS.items():
            found = {each["stored"]: each["ratio"] for each in figures if each["name"] == name}
            places = [place for place, stored in enumerate(histories) if stored in found]
            ratios = [found[histories[place]] for place in places]
            axes.plot(places, ratios, color=colour, marker=mark, label=label)
        axes.axhline(1, color="black", linewidth=1, label="floor: append and fsync")
        axes.set_yscale("log")
        axes.set_xticks(range(len(histories)), [f"{stored:,}" for stored in histories])
        axes.set_xlabel("contacts stored before")
        axes.set_ylabel("one durable tap ÷ floor (medians)")
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.legend(frameon=False)
        path.parent.mkdir(parents=True, exist_ok=True)
        drawing.savefig(path, metadata={"Date": None})
