"""export and settle: to the station and back without a network, in a file that somebody carries."""

import argparse
from pathlib import Path
from typing import Any

from field_app.entries import counted
from field_app.exporting import NothingToExport, SealMissing, export
from field_app.hand import Hand
from field_app.sending import received_words
from field_app.settling import Settled, settle
from sync.commandline import Exit, Stop, show
from sync.receipt_file import RECEIPT_FILE_BYTES_MAX, BadReceiptFile, NotBelieved
from sync.verdicts import State
from sync.whole_file import DiskTrouble, NotWritten, check_free, or_replace, write_whole

_UNCHANGED = "Nothing was changed."


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401 - argparse keeps its type private
    """Add these commands to the command line."""
    help_text = "Write what the station does not have yet into one file, for: station755 import FILE"
    added = commands.add_parser("export", parents=[common], help=help_text, description=help_text, allow_abbrev=False)
    added.add_argument("file", metavar="FILE", type=Path, help="the file to make; one that is there is left alone")
    added.add_argument("--replace", action="store_true", help="write over a file of this name")
    added.add_argument(
        "--plain",
        action="store_true",
        help="if the station gave no key to seal to, write it so that anybody can read it",
    )
    added.set_defaults(do=_export)

    help_text = "Settle what a receipt file from the station names, as if it had come over the air."
    added = commands.add_parser("settle", parents=[common], help=help_text, description=help_text, allow_abbrev=False)
    added.add_argument("file", metavar="FILE", type=Path, help="the receipt file that station755 import wrote")
    added.set_defaults(do=_settle)


def _export(hand: Hand, typed: argparse.Namespace) -> Exit:
    try:
        check_free(typed.file, may_replace=typed.replace)
        found = export(hand.store, hand.device, hand.clock, may_be_plain=typed.plain)
        write_whole(typed.file, found.data, may_replace=typed.replace)
    except DiskTrouble as problem:
        raise Stop(Exit.STORE_TROUBLE, str(problem)) from None
    except NotWritten as problem:
        raise Stop(Exit.BAD_INPUT, or_replace(problem)) from None
    except SealMissing as problem:
        raise Stop(Exit.NOT_READY, str(problem)) from None
    except NothingToExport as problem:
        show({"file": None, "records": 0}, [str(problem)], as_json=typed.json)
        return Exit.DONE
    lines = [
        f"{found.records} record{'' if found.records == 1 else 's'} that the station does not have: {typed.file}",
        *([] if found.is_sealed else ["The file is not sealed: whoever has it can read it."]),
        f"Take it to the station, and there: station755 import {typed.file.name}",
        *(["Bring the receipt back, and here: contact755 settle RECEIPT"] if found.is_sealed else []),
        "Until then everything stays ready to send; sending it as well does no harm.",
    ]
    as_json = {
        "file": str(typed.file),
        "bundle": found.bundle,
        "records": found.records,
        "bytes": len(found.data),
        "is_sealed": found.is_sealed,
    }
    show(as_json, lines, as_json=typed.json)
    return Exit.DONE


def _settle(hand: Hand, typed: argparse.Namespace) -> Exit:
    try:
        found = settle(hand.store, hand.device, hand.logbook, _read(typed.file))
    except BadReceiptFile as problem:
        raise Stop(Exit.BAD_INPUT, f"{problem} {_UNCHANGED}") from None
    except NotBelieved as problem:
        raise Stop(Exit.REFUSED, f"{problem} {_UNCHANGED}") from None
    attention = [entry for entry in found.received if entry.state is State.NEEDS_ATTENTION]
    as_json = {
        "station": found.station,
        "contacts": len(found.received) + len(found.still_ready),
        "contacts_received": len(found.received),
        "records_received": found.records,
        "needs_attention": [{"id": entry.contact.id, "reason": entry.reason} for entry in attention],
        "receipts": list(found.receipts),
    }
    lines = [*settled_lines(found), *(f"Needs attention: {entry.contact.id}: {entry.reason}" for entry in attention)]
    show(as_json, lines, as_json=typed.json)
    return Exit.NEEDS_ATTENTION if attention else Exit.DONE


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(RECEIPT_FILE_BYTES_MAX + 1)  # one more, so that a larger file is found out
    except OSError as problem:
        raise Stop(Exit.BAD_INPUT, f"{file} cannot be read: {problem.strerror or problem}.") from None


def settled_lines(found: Settled) -> list[str]:
    """What was settled, in the words of `send`."""
    waiting = len(found.still_ready)
    total = len(found.received) + waiting
    first = (
        received_words(len(found.received), total, found.receipts)
        if found.receipts
        else "Nothing here was waiting for this receipt."
    )
    return [first, *([f"{counted(waiting)} still ready to send."] if waiting else [])]
