"""A text as a QR code: on the terminal, as a picture, or on a page. The only file that knows the QR library."""

from collections.abc import Callable
from io import BytesIO
from itertools import zip_longest

import segno

# Read from half a metre off a screen or a printed page.
_PICTURE_SCALE = 8
_SHOWN_SCALE = 4
# Two rows in one line of text: light squares are drawn, so that it is right on a dark terminal. Readers take the
# reverse as well, which is what a light terminal shows.
_HALVES = {(1, 1): " ", (1, 0): "▄", (0, 1): "▀", (0, 0): "█"}


def qr_lines(text: str) -> list[str]:
    """The QR code of a text, as lines for a terminal."""
    rows = [list(row) for row in _code(text).matrix_iter(border=4)]
    pairs = zip_longest(rows[::2], rows[1::2], fillvalue=[0] * len(rows[0]))
    return ["".join(_HALVES[bool(above), bool(below)] for above, below in zip(*pair, strict=True)) for pair in pairs]


def qr_squares(text: str) -> tuple[int, str]:
    """The QR code of a text for a page's own picture: its side, and its dark squares as the path of an SVG."""
    rows = list(_code(text).matrix_iter(border=4))
    dark = ((x, y) for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark)
    return len(rows), "".join(f"M{x} {y}h1v1h-1z" for x, y in dark)


def picture_of(text: str, kind: str) -> bytes:
    """The QR code of a text as a file of this kind has it, png or svg."""
    found = BytesIO()
    save: Callable[..., None] = _code(text).save
    save(found, kind=kind, scale=_PICTURE_SCALE, border=4)
    return found.getvalue()


def code_png(content: bytes) -> bytes:
    """The QR code of some bytes as a PNG, a few points for each square: whoever shows it makes it larger."""
    found = BytesIO()
    save: Callable[..., None] = _code(content).save
    save(found, kind="png", scale=_SHOWN_SCALE, border=4)
    return found.getvalue()


def _code(content: str | bytes) -> segno.QRCode:
    return segno.make_qr(content, error="m")  # a scratched screen still reads
