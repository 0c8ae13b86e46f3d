"""Make assets/fonts/scripts.otf out of the sources that assets/fonts/README.md names.

    python docs/make_scripts_font.py SOURCES assets/fonts/scripts.otf

SOURCES is a folder that holds the source files under the names below, and the web client's roboto.woff2. Needs
fonttools and brotli, which nothing else here needs: the made file is what ships.
"""

import sys
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.misc.psCharStrings import T2CharString
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

# No part of a source's name, as their licence asks of a changed font.
FAMILY = "Contact 755 Scripts"
EM_UNITS = 1000
# Roboto's own line, so that a line of text is as high as without this font.
ASCENT, DESCENT = 928, -244
CJK = "NotoSansCJK-Regular.ttc"
CJK_KOREAN, CJK_SIMPLIFIED, CJK_TRADITIONAL = 1, 2, 3  # places in the collection
# Drawn as nothing: they join or choose emoji.
JOINERS = {0x200B, 0x200C, 0x200D, 0xFE0E, 0xFE0F}


def spoken(codec: str, rows: range, cells: range) -> set[int]:
    """The characters of a national standard, by its rows."""
    texts = (bytes((row, cell)).decode(codec, "ignore") for row in rows for cell in cells)
    return {ord(text) for text in texts if len(text) == 1}


def blocks(*named: tuple[int, int]) -> set[int]:
    """Whole blocks of Unicode."""
    return {code for first, last in named for code in range(first, last + 1) if unicodedata.category(chr(code)) != "Cn"}


def wanted() -> list[tuple[str, int, set[int]]]:
    """Which characters are taken from which source, the first that has one wins."""
    simplified = spoken("gb2312", range(0xA1, 0xF8), range(0xA1, 0xFF))
    traditional = spoken("big5", range(0xA4, 0xF9 + 1), range(0x40, 0xFF))
    korean = blocks((0xAC00, 0xD7A3), (0x3131, 0x318E))
    signs = blocks((0x3000, 0x30FF), (0xFF01, 0xFFEE))  # punctuation, kana, full width
    pointing = blocks((0x2010, 0x206F), (0x20A0, 0x20C0), (0x2100, 0x23FF), (0x2460, 0x27BF), (0x2900, 0x297F))
    pointing |= blocks((0x2B00, 0x2BFF))
    pictures = blocks((0x1F300, 0x1FAFF), (0x1F000, 0x1F2FF)) | {0x203C, 0x2049, 0x3030, 0x303D, 0x3297, 0x3299}
    return [
        (CJK, CJK_KOREAN, korean),
        (CJK, CJK_SIMPLIFIED, simplified | signs),
        (CJK, CJK_TRADITIONAL, traditional),
        ("noto-emoji-emoji-400-normal.woff2", -1, pictures | pointing),
        ("noto-sans-symbols-2-symbols-400-normal.woff2", -1, pointing),
        ("noto-sans-symbols-symbols-400-normal.woff2", -1, pointing),
        ("noto-sans-math-latin-400-normal.woff2", -1, pointing),
    ]


def drawn(font: TTFont, glyph: str) -> tuple[T2CharString, int]:
    """A glyph as this font will hold it, and its width."""
    scale = EM_UNITS / font["head"].unitsPerEm
    glyphs = font.getGlyphSet()
    width = round(glyphs[glyph].width * scale)
    pen = T2CharStringPen(width, glyphs)
    glyphs[glyph].draw(TransformPen(pen, (scale, 0, 0, scale, 0, 0)))
    return pen.getCharString(), width


def empty(width: int) -> T2CharString:
    """A glyph that shows nothing."""
    return T2CharStringPen(width, None).getCharString()


def collect(folder: Path) -> dict[int, tuple[T2CharString, int]]:
    """Every wanted character that the web client's own Roboto lacks."""
    known = set(TTFont(folder / "roboto.woff2").getBestCmap())
    found = {code: (empty(0), 0) for code in JOINERS - known}
    for name, place, codes in wanted():
        font = TTFont(folder / name, fontNumber=place)
        cmap = font.getBestCmap()
        for code in sorted(codes - known - set(found)):
            if code in cmap:
                found[code] = drawn(font, cmap[code])
    return found


def build(found: dict[int, tuple[T2CharString, int]], at: Path) -> None:
    """Put the glyphs together and write the file."""
    names = {code: f"u{code:X}" for code in found}
    order = [".notdef", *(names[code] for code in sorted(found))]
    builder = FontBuilder(EM_UNITS, isTTF=False)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap({code: names[code] for code in found})
    charstrings = {".notdef": empty(EM_UNITS)} | {names[code]: glyph for code, (glyph, _) in found.items()}
    builder.setupCFF("Contact755Scripts", {"FullName": FAMILY, "FamilyName": FAMILY}, charstrings, {})
    widths = {".notdef": EM_UNITS} | {names[code]: width for code, (_, width) in found.items()}
    builder.setupHorizontalMetrics({name: (width, 0) for name, width in widths.items()})
    builder.setupHorizontalHeader(ascent=ASCENT, descent=DESCENT)
    builder.setupNameTable({"familyName": FAMILY, "styleName": "Regular", "psName": "Contact755Scripts"})
    builder.setupOS2(sTypoAscender=ASCENT, sTypoDescender=DESCENT, usWinAscent=ASCENT, usWinDescent=-DESCENT)
    builder.setupPost(keepGlyphNames=False)
    builder.font["head"].created = builder.font["head"].modified = 0  # made again, it is the same file
    builder.font.recalcTimestamp = False
    builder.save(at)


def main(typed: Iterable[str]) -> None:
    """Read the sources, write the font."""
    folder, at = map(Path, typed)
    build(collect(folder), at)


if __name__ == "__main__":
    main(sys.argv[1:])
