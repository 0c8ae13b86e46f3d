"""`contact755`: the composition root of the command line."""

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from field_app.clock import Clock, SystemClock
from field_app.commands import (
    app_command,
    briefing_commands,
    file_commands,
    key_commands,
    logging_commands,
    rescue_commands,
    station_commands,
    status_commands,
)
from field_app.commands.pins_typed import unlock_on_terminal
from field_app.enrolling import EnrolmentRefused
from field_app.folders import DATA_VARIABLE, data_folder
from field_app.hand import open_hand
from field_app.keys.faults import NoPinHere, NoPinToRemove, NotOpened, PinMustWait, locked
from field_app.keys.here import keyring_here
from field_app.keys.keyring import Keyring
from field_app.refusals import BadInput, NoStoreHere, NoSuchBriefing, NoSuchContact, NotEnrolled, NotSignedOn
from field_app.store.faults import StoreFault, StoreLocked
from sync import __version__
from sync.commandline import Exit, Parser, Stop, exit_table, folder_typed, tell
from sync.exchange import NotReachable
from sync.reference import Reference, load_reference

# The first that fits counts.
_CODES: dict[type[Exception], Exit] = {
    BadInput: Exit.BAD_INPUT,
    NotSignedOn: Exit.NOT_READY,
    NotEnrolled: Exit.NOT_READY,
    NoStoreHere: Exit.NOT_FOUND,
    NoSuchContact: Exit.NOT_FOUND,
    NoSuchBriefing: Exit.NOT_FOUND,
    NotReachable: Exit.NOT_REACHABLE,
    EnrolmentRefused: Exit.REFUSED,
    NoPinHere: Exit.NOT_READY,
    NoPinToRemove: Exit.NOT_READY,
    PinMustWait: Exit.NOT_READY,
    NotOpened: Exit.BAD_INPUT,
    StoreLocked: Exit.NOT_READY,
    StoreFault: Exit.STORE_TROUBLE,
}


def main(arguments: Sequence[str], keyring_at: Callable[[Path, Clock], Keyring] = keyring_here) -> Exit:
    """Do what was typed. `keyring_at` gives the keyring of a data folder. Raises Stop and the exceptions that `refusal_of` knows."""
    reference = load_reference()
    typed = parser(reference).parse_args(arguments)
    folder, clock = data_folder(typed.data), SystemClock()
    keyring = keyring_at(folder, clock)
    if typed.looks is not None:
        looked: Exit = typed.looks(folder, keyring, typed)
        return looked
    typed.before(keyring, typed, reference)
    open_store = partial(open_hand, folder, clock, reference, keyring)
    if typed.opens_itself is not None:
        done: Exit = typed.opens_itself(open_store, keyring, reference, typed)
        return done
    if keyring.is_locked():
        if keyring.outlives_process:
            locked_found: Exit = typed.do_locked(keyring, typed)
            return locked_found
        unlock_on_terminal(keyring)
    with open_store() as hand:
        found: Exit = typed.do(hand, typed)
        damage = hand.store.damage()
    if damage:
        tell(f"The store has damage ({len(damage)}); what is good was kept. See: contact755 check")
    return found


def _nothing(_: Keyring, __: argparse.Namespace, ___: Reference) -> None:
    """Most commands need nothing done before the store is opened."""


def _refuse_locked(_: Keyring, __: argparse.Namespace) -> Exit:
    raise locked()


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
    top.set_defaults(looks=None)  # what a command does that looks at the store's files and opens no store
    top.add_argument("--version", action="version", version=f"contact755 {__version__}")
    top.set_defaults(before=_nothing, opens_itself=None, do_locked=_refuse_locked)
    commands = top.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--data", metavar="DIR", type=folder_typed, help=f"the data folder (or {DATA_VARIABLE})")
    common.add_argument("--json", action="store_true", help="print for a program")
    logging_commands.add_to(commands, common, reference)
    briefing_commands.add_to(commands, common)
    key_commands.add_to(commands, common)
    station_commands.add_to(commands, common)
    file_commands.add_to(commands, common)
    rescue_commands.add_to(commands, common)
    status_commands.add_to(commands, common)
    app_command.add_to(commands, common)
    return top
