"""The fonts of PDFs, and how text is broken into lines with them."""

import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

PLAIN, BOLD = "DejaVuSansCondensed", "DejaVuSansCondensed-Bold"
_FOLDER = Path(__file__).parent / "fonts"
# Written from right to left, which reportlab does not do: it would stand there back to front.
_RIGHT_TO_LEFT = {"R", "AL"}


@cache
def ready_fonts() -> tuple[TTFont, ...]:
    """The fonts, read once in a process: some 700 kB each."""
    fonts = tuple(TTFont(name, str(_FOLDER / f"{name}.ttf")) for name in (PLAIN, BOLD))
    for font in fonts:
        pdfmetrics.registerFont(font)
    return fonts


def drawn(text: str) -> str:
    """Text on one line as it can be drawn, with ? for what the fonts lack."""
    composed = unicodedata.normalize("NFC", text)
    return "".join("?" if _is_lacked(character) else character for character in " ".join(composed.split()))


def is_lacked(text: str) -> bool:
    """Whether something in a text cannot be drawn."""
    return any(map(_is_lacked, " ".join(unicodedata.normalize("NFC", text).split())))


def wrapped(text: str, font: str, size: float, width: float) -> list[str]:
    """Text as lines that are no wider than this, as drawn; a word that is wider is broken."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for piece in _pieces(drawn(paragraph), font, size, width):
            longer = f"{line} {piece}" if line else piece
            if line and _width(longer, font, size) > width:
                lines.append(line)
                longer = piece
            line = longer
        lines.append(line)
    return lines


def _pieces(text: str, font: str, size: float, width: float) -> Iterator[str]:
    """The words, those too wide for a line in parts."""
    for word in text.split(" "):
        part = ""
        for character in word if _width(word, font, size) > width else ():
            if part and _width(part + character, font, size) > width:
                yield part
                part = ""
            part += character
        yield part or word


def _width(text: str, font: str, size: float) -> float:
    return pdfmetrics.stringWidth(text, font, size)


def _is_lacked(character: str) -> bool:
    is_shown = character.isprintable() and unicodedata.bidirectional(character) not in _RIGHT_TO_LEFT
    return not is_shown or ord(character) not in _shown()


@cache
def _shown() -> frozenset[int]:
    """The characters that every font has."""
    return frozenset.intersection(*(frozenset(font.face.charToGlyph) for font in ready_fonts()))
