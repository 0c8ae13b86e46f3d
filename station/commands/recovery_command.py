"""recovery-code: opening a device whose PINs are all forgotten."""

import argparse
from pathlib import Path
from typing import Any

from station.commands.office import Office, note_afterwards
from station.database import open_for_reading
from station.devices import the_station
from station.happenings import Happening
from sync.commandline import Exit, Stop, show
from sync.keyslots import KeySlots, KeysNewer, KeysUnreadable, recovery_bound, slots_from_bytes
from sync.sealing import NotOpened, open_with


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401 - argparse keeps its type private
    """Add this command to the command line."""
    help_text = "Print what opens a device whose PINs are all forgotten, once, from the keys.json in its data folder."
    added = commands.add_parser(
        "recovery-code", parents=[common], help=help_text, description=help_text, allow_abbrev=False
    )
    added.add_argument("file", metavar="FILE", type=Path, help="the device's keys.json, or a copy of it")
    added.set_defaults(do=_recovery_code, opens=open_for_reading)


def _recovery_code(office: Office, typed: argparse.Namespace) -> Exit:
    keys = _keys_in(typed.file)
    slot = keys.recovery()
    if slot is None:
        raise Stop(Exit.NOT_FOUND, "That device was never enrolled at a station that could open it.")
    with office.database.reading() as session:
        private_key = the_station(session).recovery_key
    try:
        code = open_with(private_key, bytes.fromhex(slot.sealed), recovery_bound(keys.ring)).hex()
    except NotOpened:
        raise Stop(Exit.NOT_FOUND, "That device was enrolled at another station. Only that one can open it.") from None
    note_afterwards(office.at, Happening.DEVICE_OPENED, details=f"keyring {keys.ring}")
    show({"recovery_code": code}, [code], as_json=typed.json)
    return Exit.DONE


def _keys_in(path: Path) -> KeySlots:
    try:
        return slots_from_bytes(path.read_bytes())
    except (OSError, KeysUnreadable, KeysNewer):
        sentence = f"{path} cannot be read as a device's keys.json. Copy it from the device's data folder again."
        raise Stop(Exit.BAD_INPUT, sentence) from None
