"""`contact755`: the composition root of the command line."""

import argparse
from collections.abc import Sequence

from field_app.clock import SystemClock
from field_app.commands import app_command, logging_commands, station_commands
from field_app.enrolling import EnrolmentRefused
from field_app.folders import DATA_VARIABLE, data_folder
from field_app.hand import open_hand
from field_app.refusals import BadInput, NoSuchContact, NotEnrolled, NotSignedOn
from field_app.store.faults import StoreFault
from sync import __version__
from sync.commandline import Exit, Parser, Stop, exit_table, folder_typed, tell
from sync.exchange import NotReachable
from sync.reference import Reference, load_reference

_CODES: dict[type[Exception], Exit] = {
    BadInput: Exit.BAD_INPUT,
    NotSignedOn: Exit.NOT_READY,
    NotEnrolled: Exit.NOT_READY,
    NoSuchContact: Exit.NOT_FOUND,
    NotReachable: Exit.NOT_REACHABLE,
    EnrolmentRefused: Exit.REFUSED,
    StoreFault: Exit.STORE_TROUBLE,
}


def main(arguments: Sequence[str]) -> Exit:
    """Do what was typed. Raises Stop and the exceptions that `refusal_of` knows."""
    reference = load_reference()
    typed = parser(reference).parse_args(arguments)
    with open_hand(data_folder(typed.data), SystemClock(), reference) as hand:
        found: Exit = typed.do(hand, typed)
        damage = hand.store.damage()
    if damage:
        tell(f"The store has damage ({len(damage)}); what is good was kept. See: contact755 status")
    return found


def refusal_of(problem: Exception) -> Stop | None:
    """The sentence and exit code for an exception that the app raises on purpose."""
    return next((Stop(code, str(problem)) for kind, code in _CODES.items() if isinstance(problem, kind)), None)


def parser(reference: Reference) -> Parser:
    """The whole command line."""
    top = Parser(
        prog="contact755",
        description="Log 755 (community relations) contacts in the field and send them to the station.",
        epilog=exit_table(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"contact755 {__version__}")
    commands = top.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--data", metavar="DIR", type=folder_typed, help=f"the data folder (or {DATA_VARIABLE})")
    common.add_argument("--json", action="store_true", help="print for a program")
    logging_commands.add_to(commands, common, reference)
    station_commands.add_to(commands, common)
    app_command.add_to(commands, common)
    return top
