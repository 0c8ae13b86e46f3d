"""Worksheets in words for paper: what their pages show (sheet_views.py), as text alone. Pure."""

from collections.abc import Iterable, Sequence

from station.console.review_views import ReviewLine
from station.console.sheet_views import SheetView
from station.console.views import ContactRow, Exceptional
from station.console.words import day_words
from station.day_sheets import Totals
from station.pdfs import Column, Paper, Passage, text_lacked

TITLE = "Worksheet"
_LOOK_FIRST = "To look at first"
_REVIEWS = "Reviews"
_EMPTY = "No contacts on this worksheet."
_UNOFFICIAL = "Worksheet-style view, not the official form."
_LACKED = "? stands for a character that this paper's font lacks; the worksheet's page and its CSV have it."

# As on the page; together as wide as Letter on its side between the margins, in points.
_COLUMNS = (
    Column("Time", 62),
    Column("Source", 38),
    Column("Tag", 34),
    Column("RD", 30),
    Column("Area", 62),
    Column("Setting", 112),
    Column("People", 42, is_number=True),
    Column("Cards", 38, is_number=True),
    Column("Min", 34, is_number=True),
    Column("Note", 158),
    Column("Code", 30),
    Column("Flags", 80),
)


def paper_of(sheet: SheetView, station: str) -> Paper:
    """A worksheet for paper."""
    where = [station, sheet.watch_label, day_words(sheet.on), sheet.person, sheet.units]
    paper = Paper(
        title=f"{TITLE} · {sheet.person}",
        running=" · ".join(filter(None, where)),
        facts=_facts(sheet, station),
        passages=(_exceptions(sheet.exceptions), _reviews(sheet.reviews)),
        caption=f"Contacts cleared with code {sheet.code}, by time" if sheet.rows else _EMPTY,
        columns=_COLUMNS,
        rows=tuple(_cells(row, sheet.code) for row in sheet.rows),
        sums=_sums(sheet.totals),
        hints=(_UNOFFICIAL,),
    )
    return paper._replace(hints=(_UNOFFICIAL, _LACKED)) if text_lacked(paper) else paper


def title_of(sheets: Sequence[SheetView], station: str) -> str:
    """What a document of these worksheets is called: by the one that it holds, or by their date."""
    first = sheets[0]
    only = [f"{TITLE} {first.person}", first.watch_label]
    return ", ".join([*(only if len(sheets) == 1 else ["Worksheets"]), day_words(first.on), station])


def _facts(sheet: SheetView, station: str) -> tuple[tuple[str, str], ...]:
    return (
        ("Station", station),
        ("Date", day_words(sheet.on)),
        ("Watch", sheet.watch_label),
        ("Person", sheet.person),
        ("Unit", sheet.units or "none"),
        ("Role", sheet.roles or "none"),
        ("Review", sheet.state_words),
        ("Signed", "; ".join(sheet.signings) or "not yet"),
    )


def _exceptions(found: Iterable[Exceptional]) -> Passage:
    return Passage(_LOOK_FIRST, tuple(_exception(each) for each in found))


def _exception(each: Exceptional) -> str:
    about = " ".join(filter(None, [each.about, ", ".join(row.time for row in each.rows)]))
    return f"{each.reason}: {about}" if about else each.reason


def _reviews(found: Iterable[ReviewLine]) -> Passage:
    lines = []
    for review in found:
        lines.append(review.heading)
        lines.extend(f"• {note.about}: “{note.words}” · {note.outcome}" for note in review.notes)
    return Passage(_REVIEWS, tuple(lines))


def _cells(row: ContactRow, code: str) -> tuple[str, ...]:
    return (
        _under(row.time, f"entered {row.entered}" if row.entered else ""),
        row.source,
        row.tag,
        row.rd,
        row.area,
        row.setting,
        str(row.people),
        str(row.cards),
        row.minutes,
        _under(row.note, f"Corrected: {'; '.join(row.changes)}" if row.changes else "", row.clock),
        code,
        "\n".join(row.flags),
    )


def _under(first: str, *more: str) -> str:
    # A note's own line breaks are spaces, as on the page.
    return "\n".join(filter(None, [" ".join(first.split()), *more]))


def _sums(totals: Totals) -> tuple[str, ...]:
    contacts = f"{totals.contacts} contact{'s' if totals.contacts != 1 else ''}"
    return (contacts, *[""] * 5, str(totals.people), str(totals.cards), str(totals.minutes), *[""] * 3)
