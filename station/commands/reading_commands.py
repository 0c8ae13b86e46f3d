"""worksheets: what a sergeant reads."""

import argparse
from collections import Counter
from typing import Any

from station.commands.office import Office, note_afterwards
from station.commands.typed_values import date_typed
from station.csvs import line_json, worksheet_csv
from station.database import open_for_reading
from station.happenings import Happening
from station.signings import of_sheet, signing_words, signings_on
from station.worksheets import worksheet_lines
from sync.commandline import Exit, Stop, put_or_stop, show_or_stop


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401 - argparse keeps its type private
    """Add this command to the command line."""
    help_text = "Show the worksheets of a date: the date on which the watch started."
    sheets = commands.add_parser(
        "worksheets", parents=[common], help=help_text, description=help_text, allow_abbrev=False
    )
    sheets.add_argument("--on", metavar="DATE", type=date_typed, required=True, help="like 2026-11-22")
    sheets.add_argument("--watch", metavar="WATCH", help="only this watch, like day")
    sheets.add_argument("--person", metavar="NUMBER", help="only this person")
    sheets.add_argument("--csv", action="store_true", help="every contact, as CSV")
    sheets.set_defaults(do=_worksheets, opens=open_for_reading)


def _worksheets(office: Office, typed: argparse.Namespace) -> Exit:
    if typed.watch is not None and office.reference.watch_named(typed.watch) is None:
        raise Stop(
            Exit.BAD_INPUT, f"{typed.watch!r} is not a watch. Use one of: {', '.join(office.reference.watches)}."
        )
    with office.database.reading() as session:
        lines = worksheet_lines(session, office.reference, typed.on, typed.watch, typed.person)
        signings = signings_on(session, office.reference, typed.on, typed.watch, typed.person)
    happening = Happening.WORKSHEETS_EXPORTED if typed.csv or typed.json else Happening.WORKSHEETS_READ
    note_afterwards(office.at, happening, typed.person or "", " ".join(filter(None, (str(typed.on), typed.watch))))
    if typed.csv and not typed.json:
        put_or_stop(worksheet_csv(lines, office.reference))
        return Exit.DONE
    counts = Counter((line.contact.watch, line.contact.person) for line in lines)
    rows = [
        f"{typed.on} · {watch} · {person} · {count} contact{'' if count == 1 else 's'} · "
        + ("; ".join(map(signing_words, of_sheet(signings, watch, person))) or "not signed yet")
        for (watch, person), count in counts.items()
    ]
    found = [line_json(line, office.reference) for line in lines]
    show_or_stop(found, rows or [f"No contacts on {typed.on}."], as_json=typed.json)
    return Exit.DONE
