"""reference: the versions of the reference data: looked at, taken away as a file, and a new one taken over from a file."""

import argparse
import json
from pathlib import Path
from typing import Any

from station.commands import reference_map_command
from station.commands.office import Office, note_afterwards
from station.commands.reference_lines import moment_typed, version_line
from station.commands.typed_values import number_of
from station.database import open_database, open_for_reading
from station.happenings import Happening, system_user
from station.reference_rules import problems_in
from station.references import NotSaved, document_of, kept_versions, save, valid_at
from sync.canonical import JsonObject, MalformedJson, read_json
from sync.commandline import Exit, Parser, Stop, show, show_or_stop
from sync.limits import REFERENCE_BYTES_MAX
from sync.times import write_time
from sync.whole_file import NotWritten, check_free, or_replace, write_whole

# Indented, a document may have this many times its bytes.
_INDENTED_TIMES_MAX = 4


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401 - argparse keeps its type private
    """Add this command, with its four, to the command line."""
    help_text = "The station, its areas and RDs, watches, settings and texts: see them (show), take them away (export), take over a new version (import), or a map of the RDs (map)."
    reference = commands.add_parser("reference", help=help_text, description=help_text, allow_abbrev=False)
    those = reference.add_subparsers(metavar="WHAT", required=True, parser_class=Parser)

    def command(name: str, do: Any, opens: Any, help_text: str) -> argparse.ArgumentParser:  # noqa: ANN401 - functions
        added: argparse.ArgumentParser = those.add_parser(
            name, parents=[common], help=help_text, description=help_text, allow_abbrev=False
        )
        added.set_defaults(do=do, opens=opens)
        return added

    command("show", _show, open_for_reading, "The versions, and since when each is valid.")
    exporting = command("export", _export, open_for_reading, "Write a version into a file that can be imported.")
    exporting.add_argument("file", metavar="FILE", type=Path, help="the file")
    exporting.add_argument(
        "--version",
        metavar="N",
        type=number_of("station755 reference show"),
        dest="number",
        help="default: the one valid now",
    )
    exporting.add_argument("--replace", action="store_true", help="write over a file of this name")
    importing = command("import", _import, open_database, "Make a file the next version, whole or not at all.")
    importing.add_argument("file", metavar="FILE", type=Path, help="a file like that of export")
    importing.add_argument("--from", metavar="DATE", dest="begins", help="2027-01-01 or 2027-01-01T06:00; default: now")
    importing.add_argument("--preview", action="store_true", help="only see whether it can be taken over")
    reference_map_command.add_to(command)


def _show(office: Office, typed: argparse.Namespace) -> Exit:
    with office.database.reading() as session:
        kept = kept_versions(session)
    now_valid = valid_at(kept, office.now())
    found = [
        {
            "version": each.number,
            "valid_from": write_time(each.valid_from),
            "made_at": write_time(each.made_at),
            "who": each.who,
            "is_valid": each is now_valid,
        }
        for each in kept
    ]
    show_or_stop(found, [version_line(each, office, is_valid=each is now_valid) for each in kept], as_json=typed.json)
    return Exit.DONE


def _export(office: Office, typed: argparse.Namespace) -> Exit:
    try:
        check_free(typed.file, may_replace=typed.replace)
    except NotWritten as problem:
        raise Stop(Exit.BAD_INPUT, or_replace(problem)) from None
    with office.database.reading() as session:
        number = typed.number or valid_at(kept_versions(session), office.now()).number
        document = document_of(session, number)
    if document is None:
        raise Stop(Exit.NOT_FOUND, f"There is no version {number}. See: station755 reference show")
    note_afterwards(office.at, Happening.REFERENCE_EXPORTED, f"version {number}", str(typed.file))
    try:
        write_whole(typed.file, indented(document).encode(), may_replace=typed.replace)
    except NotWritten as problem:
        raise Stop(Exit.STORE_TROUBLE, str(problem)) from None
    said = f"Exported: version {number}, in {typed.file}."
    show({"version": number, "file": str(typed.file)}, [said], as_json=typed.json)
    return Exit.DONE


def indented(document: JsonObject) -> str:
    """A document as a person reads and edits it."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _import(office: Office, typed: argparse.Namespace) -> Exit:
    document = _read(typed.file)
    begins = None if typed.begins is None else moment_typed(typed.begins, office)
    problems = problems_in(document)
    if typed.preview and not problems:
        show_or_stop({"problems": []}, ["Nothing was changed: the file can be taken over."], as_json=typed.json)
        return Exit.DONE
    try:
        with office.database.writing() as session:
            kept = save(session, document, begins, system_user(), office.now())
            is_valid = valid_at(kept_versions(session), office.now()).number == kept.number
    except NotSaved as refusal:
        lines = "".join(f"\n  {sentence}" for sentence in refusal.problems)
        raise Stop(Exit.BAD_INPUT, f"Nothing was changed. This cannot be taken over:{lines}") from None
    found = {"version": kept.number, "valid_from": write_time(kept.valid_from)}
    show(
        found,
        [f"Taken over: {version_line(kept, office, is_valid=is_valid)}."],
        as_json=typed.json,
    )
    return Exit.DONE


def _read(file: Path) -> object:
    try:
        with file.open("rb") as opened:
            raw = opened.read(_INDENTED_TIMES_MAX * REFERENCE_BYTES_MAX + 1)
    except OSError as problem:
        raise Stop(Exit.BAD_INPUT, f"{file} cannot be read: {problem.strerror}.") from None
    if len(raw) > _INDENTED_TIMES_MAX * REFERENCE_BYTES_MAX:
        raise Stop(Exit.BAD_INPUT, f"{file} is larger than reference data are.")
    try:
        found: object = read_json(raw)
    except MalformedJson as problem:
        raise Stop(Exit.BAD_INPUT, f"{file} is not JSON: {problem}.") from None
    return found
