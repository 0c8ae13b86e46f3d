"""enrol-code: an invitation for one device, as text, as a code to read out, and as a QR code to scan."""

import argparse
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from station.authority import Authority
from station.commands.office import Office
from station.database import open_database
from station.devices import NAME_CHARACTERS_MAX, is_name, make_code
from station.happenings import system_user
from station.inviting import invitation_text
from station.served import Served, last_served
from sync.address import station_address
from sync.commandline import Exit, Stop, show_or_stop, tell
from sync.limits import ENROL_SECONDS_MAX
from sync.qr import picture_of, qr_lines
from sync.whole_file import NotWritten, check_free, or_replace, write_whole

_MINUTES = ENROL_SECONDS_MAX // 60


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401 - argparse keeps its type private
    """Add this command to the command line."""
    help_text = "Print a one-time code with which one device can enrol, and the same as a QR code with the address."
    added = commands.add_parser(
        "enrol-code", parents=[common], help=help_text, description=help_text, allow_abbrev=False
    )
    added.add_argument("name", metavar="NAME", help="what the station will call the device, like 'car 42'")
    added.add_argument("--address", metavar="URL", help="the station's address, if not the one it last served at")
    added.add_argument("--png", metavar="FILE", type=Path, help="write the QR code as a picture too")
    added.add_argument("--svg", metavar="FILE", type=Path, help="the same, as SVG")
    added.add_argument("--replace", action="store_true", help="write over pictures of these names")
    added.set_defaults(do=_enrol_code, opens=open_database)


def _enrol_code(office: Office, typed: argparse.Namespace) -> Exit:
    name = typed.name.strip()
    if not is_name(name):
        raise Stop(Exit.BAD_INPUT, f"A device's name has 1 to {NAME_CHARACTERS_MAX} characters, like 'car 42'.")
    served = _served(office, typed.address)
    pictures = {kind: file for kind, file in (("png", typed.png), ("svg", typed.svg)) if file is not None}
    if served is None and pictures:
        raise Stop(Exit.NOT_READY, "No picture was written: there is no address to write into it.")
    _check_free(pictures.values(), may_replace=typed.replace)
    with office.database.writing() as session:
        code = make_code(session, name, office.now(), system_user())
    text = None if served is None else invitation_text(served, Authority(office.folder), code)
    if text is not None:
        _write_pictures(
            text, pictures, may_replace=typed.replace
        )  # before anything is shown: where it fails, that alone is said
    found = {"code": code, "name": name, "minutes": _MINUTES, "invitation": text}
    show_or_stop(found, [code], as_json=typed.json)
    if text is None:
        tell("The station has not served yet, so its address is not known. Start it, or give --address.")
    elif not typed.json:
        # Beside the result: a program that asks for a code reads the code alone.
        for line in _for_people(name, text):
            tell(line)
    return Exit.DONE


def _served(office: Office, address: str | None) -> Served | None:
    last = last_served(office.folder)
    if address is None:
        return last
    try:
        found = station_address(address)
    except ValueError as problem:
        raise Stop(Exit.BAD_INPUT, str(problem)) from None
    return Served(found, has_own_authority=found.startswith("https:") and (last is None or last.has_own_authority))


def _for_people(name: str, text: str) -> list[str]:
    return [
        f"For {name}, once, within {_MINUTES} minutes. On the device type or paste:",
        "",
        f"  contact755 enrol '{text}'",
        "",
        *qr_lines(text),
    ]


def _check_free(files: Iterable[Path], *, may_replace: bool) -> None:
    """See that pictures may be written there before a code is made that nobody would have a picture of."""
    for file in files:
        try:
            check_free(file, may_replace=may_replace)
        except NotWritten as problem:
            raise Stop(Exit.BAD_INPUT, or_replace(problem)) from None


def _write_pictures(text: str, files: Mapping[str, Path], *, may_replace: bool) -> None:
    for kind, file in files.items():
        try:
            write_whole(file, picture_of(text, kind), may_replace=may_replace)
        except NotWritten as problem:
            raise Stop(Exit.STORE_TROUBLE, str(problem)) from None
