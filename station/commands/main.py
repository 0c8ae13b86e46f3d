"""`station755`: the composition root of the station's command line."""

import argparse
import os
import platform
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.exc import DatabaseError

from station.authority import AuthorityDamaged
from station.clocks import now
from station.commands import (
    audit_command,
    authority_command,
    backup_command,
    bundle_command,
    enrol_command,
    move_command,
    office_commands,
    people_commands,
    quarantine_command,
    reading_commands,
    records_command,
    recovery_command,
    reference_command,
    serve_command,
)
from station.commands.office import DATA_VARIABLE, DATABASE_VARIABLE, Office, Premises
from station.database import DatabaseGone, exists, open_database
from station.happenings import ORIGIN
from station.kind import DatabaseTrouble, reason_of
from station.postgres import BadAddress, server_at
from station.references import standing_reference
from sync import __version__
from sync.commandline import Exit, Parser, Stop, exit_table, folder_typed, home_folder, tell
from sync.reference import load_reference


def main(arguments: Sequence[str]) -> Exit:
    """Do what was typed. Raises Stop and the exceptions that `refusal_of` knows."""
    reference = load_reference()
    typed = parser().parse_args(arguments)
    folder = data_folder(typed.data)
    ORIGIN.set(f"command line, {platform.node()}")
    at = database_place(typed.database, folder)
    found: Exit
    if typed.opens is None:
        found = typed.do(Premises(at, folder, now), typed)
        return found
    is_new = typed.opens is open_database and not exists(at)
    database = typed.opens(at)
    if is_new:
        tell(f"A new station's data folder is made: {at}")
    try:
        with database.reading() as session:
            standing = standing_reference(session, reference, now())
        found = typed.do(Office(at, database, standing, now, folder), typed)
    finally:
        database.close()
    return found


def refusal_of(problem: Exception) -> Stop | None:
    """The sentence and exit code for an exception that the station raises on purpose."""
    if isinstance(problem, DatabaseTrouble | DatabaseGone | AuthorityDamaged):
        return Stop(Exit.STORE_TROUBLE, str(problem))
    if isinstance(problem, DatabaseError):
        return Stop(
            Exit.STORE_TROUBLE,
            f"The station's database cannot do that now: {reason_of(problem)}. Check it, its disk and the free space there.",
        )
    if isinstance(problem, OSError):
        return Stop(
            Exit.STORE_TROUBLE,
            f"The station's data folder cannot be used: {problem}. Check the folder's rights and the free space.",
        )
    return None


def parser() -> Parser:
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
    common.add_argument(
        "--database",
        metavar="ADDRESS",
        type=_address,
        help=f"a PostgreSQL database, like postgresql://station@localhost/station (or {DATABASE_VARIABLE}); "
        "default: SQLite in the data folder",
    )
    common.add_argument("--json", action="store_true", help="print for a program")
    serve_command.add_to(commands, common)
    enrol_command.add_to(commands, common)
    office_commands.add_to(commands, common)
    people_commands.add_to(commands, common)
    reading_commands.add_to(commands, common)
    reference_command.add_to(commands, common)
    quarantine_command.add_to(commands, common)
    records_command.add_to(commands, common)
    recovery_command.add_to(commands, common)
    bundle_command.add_to(commands, common)
    authority_command.add_to(commands, common)
    backup_command.add_to(commands, common)
    move_command.add_to(commands, common)
    audit_command.add_to(commands, common)
    return top


def data_folder(typed: Path | None) -> Path:
    """The data folder: as typed, or as the environment says, or the user's own."""
    if typed is not None:
        return typed
    named = os.environ.get(DATA_VARIABLE)
    return Path(named) if named else home_folder(".station755")


def database_place(typed: str | None, folder: Path) -> Path | str:
    """The database: as typed, or as the environment says, or SQLite in the data folder. Raises Stop."""
    if typed is not None:
        return typed
    named = os.environ.get(DATABASE_VARIABLE)
    if not named:
        return folder
    try:
        return _address(named)
    except argparse.ArgumentTypeError as problem:
        raise Stop(Exit.BAD_INPUT, f"{DATABASE_VARIABLE}: {problem}") from None


def _address(text: str) -> str:
    try:
        server_at(text)
    except BadAddress as problem:
        raise argparse.ArgumentTypeError(f"what was given {problem}") from None  # it may hold a password
    return text
