"""The look's promises that a number can hold: contrast by day and at night, and nothing from elsewhere."""

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parent.parent.parent / "station" / "static"
CSS = (STATIC / "console.css").read_text("utf-8")
THEMES = re.findall(r":root {(.*?)}", CSS, re.DOTALL)[:2]
# WCAG 2.2: text needs 4.5.
CONTRAST_MIN = 4.5


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG has it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", THEMES, ids=["day", "night"])
def test_everything_written_can_be_read(theme: str) -> None:
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", theme))
    pairs = [(text, under) for text in ("text", "quiet", "accent", "attention") for under in ("background", "surface")]
    for text, under in [*pairs, ("on-accent", "accent")]:
        low, high = sorted((luminance(colours[text]), luminance(colours[under])))
        assert (high + 0.05) / (low + 0.05) >= CONTRAST_MIN, (text, under)


def test_the_look_asks_nobody_else() -> None:
    asked = re.findall(r"url\((.*?)\)", CSS)
    assert [each for each in asked if not each.startswith('"#')] == [
        '"inter.woff2"'
    ]  # a part of the page itself is nobody
    assert "@import" not in CSS


def test_what_others_wrote_lies_beside_its_licence() -> None:
    assert "Zero-Clause BSD" in (STATIC / "htmx.LICENSE.txt").read_text("utf-8")
    assert "SIL Open Font License" in (STATIC / "inter.LICENSE.txt").read_text("utf-8")
