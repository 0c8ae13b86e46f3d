"""Worksheets as CSV (RFC 4180, UTF-8), safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping

from station.worksheets import Line
from sync.reference import Reference
from sync.times import write_time

# A cell that starts like this (the wide forms too) would be run as a formula by spreadsheets; an apostrophe makes it text.
_FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")

_COLUMNS: Mapping[str, Callable[[Line], object]] = {
    "date": lambda line: line.shift_on.isoformat(),
    "watch": lambda line: line.contact.watch,
    "person": lambda line: line.contact.person,
    "role": lambda line: line.contact.role.value,
    "unit": lambda line: line.contact.unit,
    "time": lambda line: line.contact_at.strftime("%Y-%m-%d %H:%M"),
    "source": lambda line: line.contact.source.value,
    "tag": lambda line: line.contact.tag,
    "rd": lambda line: line.contact.rd,
    "setting": lambda line: line.contact.setting,
    "people": lambda line: line.contact.people,
    "cards": lambda line: line.contact.cards,
    "minutes": lambda line: line.contact.minutes,
    "note": lambda line: line.contact.note,
    "flags": lambda line: " ".join(line.flags),
    "signed": lambda line: line.signed,
    "claimed_at": lambda line: write_time(line.contact.claimed_at),
    "entered_at": lambda line: write_time(line.contact.entered_at),
    "corrects": lambda line: line.contact.corrects,
    "contact": lambda line: line.contact.id,
}


def worksheet_csv(lines: Iterable[Line], reference: Reference) -> str:
    """The lines as CSV with a header; the clearance code stands in each line, as a worksheet has it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*_COLUMNS, "code"])
    for line in lines:
        writer.writerow(
            [*(cell(column(line)) for column in _COLUMNS.values()), reference.at(line.contact_at).clearance_code]
        )
    return out.getvalue()


def line_json(line: Line, reference: Reference) -> dict[str, object]:
    """The same values for a program."""
    return {name: column(line) for name, column in _COLUMNS.items()} | {
        "code": reference.at(line.contact_at).clearance_code
    }


def cell(value: object) -> str:
    """A value as a cell that no spreadsheet runs."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip().startswith(_FORMULA_STARTS) else text
