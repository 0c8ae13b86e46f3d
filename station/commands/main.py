"""`station755`: the composition root of the station's command line."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.exc import DatabaseError

from station.app import now
from station.commands import (
    bundle_command,
    office_commands,
    quarantine_command,
    reading_commands,
    recovery_command,
)
from station.commands.office import Office
from station.database import DatabaseGone, DatabaseTrouble, exists, open_database
from sync import __version__
from sync.commandline import Exit, Parser, Stop, exit_table, folder_typed, home_folder, tell
from sync.reference import Reference, load_reference

DATA_VARIABLE = "STATION755_DATA"


def main(arguments: Sequence[str]) -> Exit:
    """Do what was typed. Raises Stop and the exceptions that `refusal_of` knows."""
    reference = load_reference()
    typed = parser(reference).parse_args(arguments)
    folder = data_folder(typed.data)
    if typed.opens is open_database and not exists(folder):
        tell(f"A new station's data folder is made: {folder}")
    database = typed.opens(folder)
    try:
        found: Exit = typed.do(Office(database, reference, now), typed)
    finally:
        database.close()
    return found


def refusal_of(problem: Exception) -> Stop | None:
    """The sentence and exit code for an exception that the station raises on purpose."""
    if isinstance(problem, DatabaseTrouble | DatabaseGone):
        return Stop(Exit.STORE_TROUBLE, str(problem))
    if isinstance(problem, DatabaseError):
        return Stop(
            Exit.STORE_TROUBLE,
            f"The station's database cannot do that now: {problem.orig}. Check the disk and its free space.",
        )
    return None


def parser(reference: Reference) -> Parser:
    """The whole command line."""
    top = Parser(
        prog="station755",
        description="Run the station server, and read what it has taken in.",
        epilog=exit_table(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"station755 {__version__}")
    commands = top.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--data", metavar="DIR", type=folder_typed, help=f"the data folder (or {DATA_VARIABLE})")
    common.add_argument("--json", action="store_true", help="print for a program")
    office_commands.add_to(commands, common)
    reading_commands.add_to(commands, common, reference)
    quarantine_command.add_to(commands, common)
    recovery_command.add_to(commands, common)
    bundle_command.add_to(commands, common)
    return top


def data_folder(typed: Path | None) -> Path:
    """The data folder: as typed, or as the environment says, or the user's own."""
    if typed is not None:
        return typed
    named = os.environ.get(DATA_VARIABLE)
    return Path(named) if named else home_folder(".station755")
