"""recover: taking in what was rescued of a device's store."""

import argparse
from pathlib import Path
from typing import Any

from station.commands.office import Office
from station.database import open_database
from station.devices import the_station
from station.recovery import Recovered, RecoveryRefused, recover
from sync.bundle import BUNDLE_BYTES_MAX, BadBundle, Opened, read_bundle
from sync.commandline import Exit, Stop, show
from sync.sealing import NotOpened, open_with
from sync.verdicts import Verdict

_PUT_ASIDE = (Verdict.QUARANTINED, Verdict.CONFLICTING, Verdict.HELD)


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401 - argparse keeps its type private
    """Add this command to the command line."""
    help_text = "Take in what was rescued of a device's store, from a file made by: contact755 salvage FILE"
    added = commands.add_parser("recover", parents=[common], help=help_text, description=help_text, allow_abbrev=False)
    added.add_argument("bundle", metavar="BUNDLE", type=Path, help="the file")
    added.add_argument("--device", metavar="NAME", help="which device it is from, if the file cannot prove that")
    added.set_defaults(do=_recover, opens=open_database)


def _recover(office: Office, typed: argparse.Namespace) -> Exit:
    with office.database.reading() as session:
        private_key = the_station(session).recovery_key
    opened = _opened(_read(typed.bundle), private_key)
    try:
        found = recover(office.database, office.reference, opened, typed.device, office.now())
    except RecoveryRefused as problem:
        raise Stop(Exit.REFUSED, str(problem)) from None
    show(_as_json(found), _lines(found), as_json=typed.json)
    return Exit.NEEDS_ATTENTION if found.newly_quarantined else Exit.DONE


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(BUNDLE_BYTES_MAX + 1)  # one more, so that a larger file is found out
    except OSError as problem:
        raise Stop(Exit.BAD_INPUT, f"{file} cannot be read: {problem.strerror or problem}.") from None


def _opened(data: bytes, private_key: str) -> Opened:
    try:
        return read_bundle(data, lambda sealed, bound: open_with(private_key, sealed, bound))
    except BadBundle as problem:
        raise Stop(Exit.BAD_INPUT, f"{problem} Nothing was changed.") from None
    except NotOpened:
        sentence = "This bundle is sealed to another station's key, or damaged. Nothing was changed. Make it again, or take it there."
        raise Stop(Exit.REFUSED, sentence) from None


def _as_json(found: Recovered) -> dict[str, Any]:
    return {
        "device": found.device,
        **{verdict.value: found.verdicts[verdict] for verdict in Verdict},
        "unreadable": found.unreadable,
        "newly_quarantined": found.newly_quarantined,
        "damage": list(found.damage),
    }


def _lines(found: Recovered) -> list[str]:
    aside = sum(found.verdicts[verdict] for verdict in _PUT_ASIDE) + found.unreadable
    return [
        f"Recovered from {found.device}: {found.verdicts[Verdict.ACCEPTED]} accepted, "
        f"{found.verdicts[Verdict.ALREADY_HERE]} already here, {aside} in quarantine"
        + (f" ({found.newly_quarantined} of them new; see: station755 quarantine)." if aside else "."),
        *(f"What was wrong on the device: {line}" for line in found.damage),
    ]
