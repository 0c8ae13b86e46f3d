"""audit: proving that the audit is whole, taking it away, and printing its head."""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from station.chain import Broken, Entry, Head, head_of, verify
from station.chronicle import all_entries, head_in
from station.commands.office import Office, Premises, note_afterwards
from station.database import open_for_reading
from station.happenings import Happening
from sync.canonical import canonical_bytes
from sync.commandline import Exit, Parser, Stop, show, show_or_stop
from sync.whole_file import NotWritten, check_free, or_replace, write_whole


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401 - argparse keeps its type private
    """Add this command, with its three, to the command line."""
    help_text = "Prove that nothing in the audit was changed (verify), take it away (export), or print its head."
    audit = commands.add_parser("audit", help=help_text, description=help_text, allow_abbrev=False)
    those = audit.add_subparsers(metavar="WHAT", required=True, parser_class=Parser)

    def command(name: str, do: Any, help_text: str) -> argparse.ArgumentParser:  # noqa: ANN401 - a function
        added: argparse.ArgumentParser = those.add_parser(
            name, parents=[common], help=help_text, description=help_text, allow_abbrev=False
        )
        added.set_defaults(do=do, opens=open_for_reading)
        return added

    verifying = command("verify", _verify, "Prove the chain from its first entry, and name the first that is broken.")
    verifying.add_argument("--head", metavar="HEAD", type=_head, help="one that was kept: what was cut off shows too")
    verifying.add_argument(
        "--file",
        metavar="FILE",
        type=Path,
        action=_Apart,
        help="prove a file of audit export instead; needs no station",
    )
    exporting = command("export", _export, "Write every entry into a file, a line of JSON each.")
    exporting.add_argument("file", metavar="FILE", type=Path, help="the file")
    exporting.add_argument("--replace", action="store_true", help="write over a file of this name")
    command("head", _print_head, "Print the number and hash of the last entry, to be kept elsewhere.")


class _Apart(argparse.Action):
    """An option with which no database is opened: whoever was given the file may have no station."""

    def __call__(self, _parser: Any, typed: argparse.Namespace, values: Any, _option: str | None = None) -> None:  # noqa: ANN401 - argparse's own
        """Note the file."""
        setattr(typed, self.dest, values)
        typed.opens = None


def _head(text: str) -> Head:
    try:
        return head_of(text)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None


def _verify(at: Office | Premises, typed: argparse.Namespace) -> Exit:
    if isinstance(at, Premises):
        found = verify(_lines_of(typed.file), typed.head)
    else:
        with at.database.reading() as session:
            found = verify(all_entries(session), typed.head)
    if isinstance(found, Broken):
        raise Stop(
            Exit.STORE_TROUBLE,
            f"The audit is broken at entry {found.number}: {found.why}. Keep the database and its backups as they are, and "
            "tell whoever answers for the station's security.",
        )
    lines = [f"The audit is whole: {found.number} entries, up to {found}."]
    show_or_stop({"entries": found.number, "head": str(found)}, lines, as_json=typed.json)
    return Exit.DONE


def _export(office: Office, typed: argparse.Namespace) -> Exit:
    try:
        check_free(typed.file, may_replace=typed.replace)
    except NotWritten as problem:
        raise Stop(Exit.BAD_INPUT, or_replace(problem)) from None
    note_afterwards(office.at, Happening.AUDIT_EXPORTED, details=str(typed.file))
    with office.database.reading() as session:
        lines = [canonical_bytes(asdict(entry)) + b"\n" for entry in all_entries(session)]
        head = head_in(session)
    try:
        write_whole(typed.file, b"".join(lines), may_replace=typed.replace)
    except NotWritten as problem:
        raise Stop(Exit.STORE_TROUBLE, str(problem)) from None
    said = f"Exported: {len(lines)} entries, up to {head}, in {typed.file}."
    show({"entries": len(lines), "head": str(head), "file": str(typed.file)}, [said], as_json=typed.json)
    return Exit.DONE


def _print_head(office: Office, typed: argparse.Namespace) -> Exit:
    with office.database.reading() as session:
        head = head_in(session)
    show_or_stop({"head": str(head)}, [str(head)], as_json=typed.json)
    return Exit.DONE


def _lines_of(file: Path) -> Iterator[Entry]:
    """The entries of an exported file. Raises Stop."""
    try:
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                yield Entry(**json.loads(line))
    except (OSError, ValueError, TypeError, RecursionError) as problem:
        raise Stop(Exit.BAD_INPUT, f"{file} cannot be read as an exported audit: {problem}.") from None
