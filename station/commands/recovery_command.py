"""recovery-code: opening a device whose PINs are all forgotten."""

import argparse
from pathlib import Path
from typing import Any

from station.commands.office import Office, note_afterwards
from station.database import open_for_reading
from station.devices import the_station
from station.happenings import Happening
from station.recovery_codes import NoRecoveryCode, NotKeys, recovery_code
from sync.commandline import Exit, Stop, show_or_stop


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401 - argparse keeps its type private
    """Add this command to the command line."""
    help_text = "Print what opens a device whose PINs are all forgotten, once, from the keys.json in its data folder."
    added = commands.add_parser(
        "recovery-code", parents=[common], help=help_text, description=help_text, allow_abbrev=False
    )
    added.add_argument("file", metavar="FILE", type=Path, help="the device's keys.json, or a copy of it")
    added.set_defaults(do=_recovery_code, opens=open_for_reading)


def _recovery_code(office: Office, typed: argparse.Namespace) -> Exit:
    try:
        keys = typed.file.read_bytes()
    except OSError:
        keys = b""
    with office.database.reading() as session:
        private_key = the_station(session).recovery_key
    try:
        found = recovery_code(keys, private_key)
    except NotKeys as problem:
        raise Stop(Exit.BAD_INPUT, f"{typed.file} {problem}") from None
    except NoRecoveryCode as problem:
        raise Stop(Exit.NOT_FOUND, str(problem)) from None
    note_afterwards(office.at, Happening.DEVICE_OPENED, details=f"keyring {found.ring}")
    show_or_stop({"recovery_code": found.code}, [found.code], as_json=typed.json)
    return Exit.DONE
