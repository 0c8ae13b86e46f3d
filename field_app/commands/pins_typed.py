"""Asking for a PIN: on the terminal without an echo, or from a file; never on the command line, which others can see."""

import argparse
import getpass
import warnings
from pathlib import Path

from field_app.keys.keyring import Keyring
from field_app.keys.pins import PIN_DIGITS_MAX, checked_new_pin
from field_app.refusals import BadInput

_NO_TERMINAL = "There is no terminal to ask for the PIN on. Name a file that holds it: --pin-file FILE"


def add_pin_file(parser: argparse.ArgumentParser, name: str = "--pin-file", what: str = "the PIN") -> None:
    """Let a command take a PIN from a file."""
    parser.add_argument(name, metavar="FILE", type=Path, help=f"read {what} from this file instead of asking for it")


def pin_typed(person: str, file: Path | None) -> str:
    """The PIN of a person. Raises BadInput."""
    return _in_file(file) if file is not None else _asked(f"PIN of {person}: ")


def new_pin_typed(person: str, file: Path | None) -> str:
    """A PIN to be set; asked for twice. Raises BadInput."""
    if file is not None:
        return checked_new_pin(_in_file(file), person)
    pin = checked_new_pin(_asked(f"New PIN for {person} (six digits or more): "), person)
    if _asked("The same again: ").strip() != pin:
        raise BadInput("The two were not the same. Nothing was changed; try again.")
    return pin


def unlock_on_terminal(keyring: Keyring) -> None:
    """Where the system has no place for an open key between two commands: each asks. Raises BadInput, NotOpened."""
    people = sorted(keyring.people())
    person = people[0] if len(people) == 1 else _asked("Number (is not shown): ").strip()
    keyring.unlock(person, pin_typed(person, None))


def _in_file(path: Path) -> str:
    try:
        with path.open(encoding="ascii") as file:
            return file.read(PIN_DIGITS_MAX + 2)
    except (OSError, ValueError):
        raise BadInput(f"{path} cannot be read. It should hold the PIN and nothing else.") from None


def _asked(words: str) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)  # else it would be asked for with an echo
            return getpass.getpass(words)
    except UnicodeDecodeError:
        raise BadInput("That is not text: digits alone are asked for. Nothing was changed; try again.") from None
    except EOFError:  # Ctrl-D; without a terminal there was the warning before anything was read
        raise BadInput("Nothing was typed. Nothing was changed; try again.") from None
    except (getpass.GetPassWarning, OSError):
        raise BadInput(_NO_TERMINAL) from None
