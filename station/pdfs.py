"""Worksheets as one PDF, which is the same bytes for the same words. Drawing alone: what is said comes from outside.

Plain strings are drawn, never reportlab's markup: what somebody typed can be nothing but text (docs/adr/0028-pdf.md).
"""

import io
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from reportlab.lib.pagesizes import landscape, letter
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Spacer, Table

from station.pdf_fonts import BOLD, PLAIN, drawn, is_lacked, ready_fonts, wrapped

_PAGE = landscape(letter)
_MARGIN, _HEAD, _FOOT = 36.0, 20.0, 18.0  # points, as all measures here
_WIDTH, _HEIGHT = _PAGE[0] - 2 * _MARGIN, _PAGE[1] - 2 * _MARGIN - _HEAD - _FOOT
_SIZE, _LEADING, _PAD = 7.5, 9.5, 2.0
_TITLE_SIZE, _SMALL = 13.0, 7.0
_RUNNING_WIDTH = 500.0
_FACTS_A_ROW = 4
_LABEL_WIDTH = 40.0
# A cell that is longer goes on in the next row, so that every row fits on a page.
_ROW_LINES_MAX = 30
# A command of reportlab's table styles: what, from and to which cell, how.
_Command = tuple[str, tuple[int, int], tuple[int, int], *tuple[object, ...]]
_RULE, _FAINT = (0.0, 0.0, 0.0), (0.75, 0.75, 0.75)


class Column(NamedTuple):
    """A column of the contacts: its heading, and its width in points."""

    heading: str
    width: float
    is_number: bool = False


class Passage(NamedTuple):
    """A heading with lines under it; without lines it is not printed."""

    heading: str
    lines: tuple[str, ...]


class Paper(NamedTuple):
    """One worksheet in words. `running` stands at the head of each page, `sums` under the columns."""

    title: str
    running: str
    facts: tuple[tuple[str, str], ...]
    passages: tuple[Passage, ...]
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    sums: tuple[str, ...]
    hints: tuple[str, ...]


def pdf_of(papers: Sequence[Paper], title: str, author: str, language: str) -> bytes:
    """The worksheets, each from a new page on and with its own page numbers."""
    ready_fonts()
    out = io.BytesIO()
    # Invariant: no time of making, and an id that follows from the content.
    canvas = Canvas(out, pagesize=_PAGE, pageCompression=1, invariant=1, lang=language)
    canvas.setTitle(title)
    canvas.setAuthor(author)
    canvas.setCreator("Contact 755")
    for paper in papers:
        pages = _pages(_parts(paper))
        canvas.bookmarkPage(paper.running)
        canvas.addOutlineEntry(paper.running, paper.running)
        for number, page in enumerate(pages, 1):
            _draw_page(canvas, page, paper, f"{number} of {len(pages)}")
    canvas.save()
    return out.getvalue()


def text_lacked(paper: Paper) -> bool:
    """Whether a worksheet says something that the font cannot show."""
    ready_fonts()
    passages = chain.from_iterable(passage.lines for passage in paper.passages)
    facts = chain.from_iterable(paper.facts)
    return any(map(is_lacked, chain([paper.running], facts, passages, *paper.rows)))


def _draw_page(canvas: Canvas, page: Sequence[Flowable], paper: Paper, number: str) -> None:
    top, bottom = _PAGE[1] - _MARGIN, _MARGIN
    canvas.setFont(BOLD, _TITLE_SIZE)
    canvas.drawString(_MARGIN + _PAD, top - _TITLE_SIZE, drawn(paper.title))
    canvas.setFont(PLAIN, _SMALL)
    running, *more = wrapped(paper.running, PLAIN, _SMALL, _RUNNING_WIDTH)
    canvas.drawRightString(_PAGE[0] - _MARGIN, top - _TITLE_SIZE, f"{running} …" if more else running)
    canvas.drawString(_MARGIN + _PAD, bottom, " ".join(map(drawn, paper.hints)))
    canvas.drawRightString(_PAGE[0] - _MARGIN, bottom, number)
    y = top - _HEAD
    for part in page:
        _, height = part.wrap(_WIDTH, _HEIGHT)
        y -= height
        part.drawOn(canvas, _MARGIN, y)
    canvas.showPage()


def _pages(parts: Iterator[Flowable]) -> list[list[Flowable]]:
    pages: list[list[Flowable]] = [[]]
    left = _HEIGHT
    for whole in parts:
        rest = [whole]
        while rest:
            part = rest.pop(0)
            _, height = part.wrap(_WIDTH, left)
            if height <= left:
                pages[-1].append(part)
                left -= height
                continue
            halves = part.split(_WIDTH, left)
            if not halves:  # nothing of it fits here
                pages.append([])
                left, halves = _HEIGHT, [part]
            rest = [*halves, *rest]
    return pages


def _parts(paper: Paper) -> Iterator[Flowable]:
    yield _facts(paper.facts)
    for passage in paper.passages:
        if passage.lines:
            yield Spacer(_WIDTH, _LEADING / 2)
            yield _lines(passage.heading, passage.lines)
    yield Spacer(_WIDTH, _LEADING / 2)
    yield _contacts(paper) if paper.rows else _lines(paper.caption, ())


def _facts(facts: Sequence[tuple[str, str]]) -> Table:
    widths = [_LABEL_WIDTH, _WIDTH / _FACTS_A_ROW - _LABEL_WIDTH] * _FACTS_A_ROW
    starts = range(0, len(facts), _FACTS_A_ROW)
    texts = [list(chain.from_iterable(facts[start : start + _FACTS_A_ROW])) for start in starts]
    rows = list(chain.from_iterable(_rows(row, widths) for row in texts))
    bold: list[_Command] = [
        ("FONT", (place, 0), (place, -1), BOLD, _SIZE, _LEADING) for place in range(0, len(widths), 2)
    ]
    return Table(rows, widths, style=[*_style(), *bold])


def _lines(heading: str, lines: Sequence[str]) -> Table:
    split = chain.from_iterable(wrapped(line, PLAIN, _SIZE, _WIDTH - 2 * _PAD) for line in lines)
    rows = [[drawn(heading)], *([line] for line in split)]
    # Lines of one passage stand close together.
    tight: list[_Command] = (
        [("TOPPADDING", (0, 1), (-1, -1), 0), ("BOTTOMPADDING", (0, 1), (-1, -1), 0)] if lines else []
    )
    head: _Command = ("FONT", (0, 0), (-1, 0), BOLD, _SIZE, _LEADING)
    return Table(rows, [_WIDTH], repeatRows=1, style=[*_style(), head, *tight])


def _contacts(paper: Paper) -> Table:
    columns, widths = paper.columns, [column.width for column in paper.columns]
    caption = [drawn(paper.caption), *[""] * (len(columns) - 1)]
    heads = [drawn(column.heading) for column in columns]
    rows = list(chain.from_iterable(_rows(row, widths) for row in paper.rows))
    sums = [drawn(cell) for cell in paper.sums]
    first_number = next(place for place, column in enumerate(columns) if column.is_number)
    style: list[_Command] = [
        *_style(),
        ("SPAN", (0, 0), (-1, 0)),
        ("FONT", (0, 0), (-1, 1), BOLD, _SIZE, _LEADING),
        ("LINEBELOW", (0, 2), (-1, -2), 0.25, _FAINT),
        ("LINEBELOW", (0, 1), (-1, 1), 0.75, _RULE),
        ("LINEABOVE", (0, -1), (-1, -1), 0.75, _RULE),
        ("FONT", (0, -1), (-1, -1), BOLD, _SIZE, _LEADING),
        ("SPAN", (0, -1), (first_number - 1, -1)),
        *(("ALIGN", (place, 1), (place, -1), "RIGHT") for place, column in enumerate(columns) if column.is_number),
        *(("RIGHTPADDING", (place, 1), (place, -1), 8) for place, column in enumerate(columns) if column.is_number),
    ]
    return Table([caption, heads, *rows, sums], widths, repeatRows=2, style=style)


def _rows(row: Sequence[str], widths: Sequence[float]) -> Iterator[list[str]]:
    """A row broken into lines; what is longer than a row goes on in the next one."""
    cells = [wrapped(cell, PLAIN, _SIZE, width - 2 * _PAD - 1) for cell, width in zip(row, widths, strict=True)]
    for start in range(0, max(map(len, cells)), _ROW_LINES_MAX):
        yield ["\n".join(cell[start : start + _ROW_LINES_MAX]) for cell in cells]


def _style() -> list[_Command]:
    sides = ("TOPPADDING", "BOTTOMPADDING", "LEFTPADDING", "RIGHTPADDING")
    return [
        ("FONT", (0, 0), (-1, -1), PLAIN, _SIZE, _LEADING),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        *((side, (0, 0), (-1, -1), _PAD) for side in sides),
    ]
