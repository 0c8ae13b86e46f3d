"""import and recover: taking in the records that somebody carried here in a file, and answering with another."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from station.bundle_files import NotOneBundle, bundle_in
from station.bundles import gets_receipt, is_rescue, open_bundle, outcome_now, take_in_bundle
from station.commands.office import Office
from station.database import open_database
from station.happenings import system_user
from station.recovery import NotNamed, Recovered, RecoveryRefused
from sync.bundle import BUNDLE_BYTES_MAX, BadBundle, Opened
from sync.commandline import Exit, Stop, show
from sync.receipt_file import BadReceiptFile
from sync.sealing import NotOpened
from sync.verdicts import Verdict
from sync.whole_file import NameTaken, NotWritten, check_free, write_whole

_NO_RECEIPT = "No receipt is written: the file was not sealed, so the device could not tell a forged one from it."

_UNCHANGED = "Nothing was changed."
_SETTLE = "and there: contact755 settle "


@dataclass(frozen=True, slots=True)
class Answer:
    """Where the receipt for the device was written, or else why there is none."""

    file: Path | None = None
    why_none: str | None = None


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401 - argparse keeps its type private
    """Add these commands to the command line: two names for the same, for whoever reads the one or the other."""
    help_texts = {
        "import": "Take in a file made by: contact755 export FILE (or salvage), and write the device's receipt beside it.",
        "recover": "Take in what was rescued of a device's store, from a file made by: contact755 salvage FILE",
    }
    for name, help_text in help_texts.items():
        added = commands.add_parser(name, parents=[common], help=help_text, description=help_text, allow_abbrev=False)
        added.add_argument(
            "bundle",
            metavar="BUNDLE",
            type=Path,
            nargs="+",
            help="the file, or pictures of all codes that a device shows",
        )
        added.add_argument("--device", metavar="NAME", help="which device it is from, if the file cannot prove that")
        added.add_argument(
            "--receipt", metavar="FILE", type=Path, help="where to write the receipt (default: BUNDLE.receipt)"
        )
        added.add_argument("--replace", action="store_true", help="write over a receipt of this name")
        added.set_defaults(do=_take_in, opens=open_database, verb="Taken in" if name == "import" else "Recovered")


def _take_in(office: Office, typed: argparse.Namespace) -> Exit:
    try:
        data = bundle_in((str(file), _read(file)) for file in typed.bundle)
    except NotOneBundle as problem:
        raise Stop(Exit.BAD_INPUT, f"{problem} {_UNCHANGED}") from None
    opened = _opened(office, data)
    file = typed.receipt or typed.bundle[0].with_name(f"{typed.bundle[0].name}.receipt")
    try:
        if gets_receipt(opened):
            check_free(file, may_replace=typed.replace)
        now, by = office.now(), system_user()
        taken = take_in_bundle(office.database, office.reference, opened, data, typed.device, now, by)
    except NotWritten as problem:
        how = "--receipt FILE, or --replace" if isinstance(problem, NameTaken) else "--receipt FILE"
        raise Stop(Exit.BAD_INPUT, f"{problem} ({how}). Nothing was changed.") from None
    except NotNamed as problem:
        raise Stop(Exit.REFUSED, f"{problem} (--device NAME)") from None
    except RecoveryRefused as problem:
        raise Stop(Exit.REFUSED, str(problem)) from None
    except BadReceiptFile as problem:
        raise _no_receipt(problem) from None
    answer = Answer(why_none=None if is_rescue(opened) else _NO_RECEIPT)
    if taken.receipt is not None:
        _write(file, taken.receipt, may_replace=typed.replace)
        answer = Answer(file)
    found = taken.recovered
    show(_as_json(found, answer), _lines(found, answer, typed.verb), as_json=typed.json)
    return Exit.NEEDS_ATTENTION if found.newly_quarantined else Exit.DONE


def _write(file: Path, receipt: bytes, *, may_replace: bool) -> None:
    try:
        write_whole(file, receipt, may_replace=may_replace)
    except NotWritten as problem:
        raise _no_receipt(problem) from None


def _no_receipt(problem: Exception) -> Stop:
    sentence = f"Everything is taken in, but there is no receipt for the device: {problem} Then do this again."
    return Stop(Exit.STORE_TROUBLE, sentence)


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(BUNDLE_BYTES_MAX + 1)  # one more, so that a larger file is found out
    except OSError as problem:
        raise Stop(Exit.BAD_INPUT, f"{file} cannot be read: {problem.strerror or problem}.") from None


def _opened(office: Office, data: bytes) -> Opened:
    try:
        return open_bundle(office.database, data)
    except BadBundle as problem:
        raise Stop(Exit.BAD_INPUT, f"{problem} {_UNCHANGED}") from None
    except NotOpened:
        sentence = "This bundle is sealed to another station's key, or damaged. Nothing was changed. Make it again, or take it there."
        raise Stop(Exit.REFUSED, sentence) from None


def _as_json(found: Recovered, answer: Answer) -> dict[str, Any]:
    return {
        "device": found.device,
        "receipt_file": None if answer.file is None else str(answer.file),
        "receipts": [] if found.answer is None else [taken.receipt for taken in found.answer.taken],
        **{verdict.value: found.verdicts[verdict] for verdict in Verdict},
        "unreadable": found.unreadable,
        "newly_quarantined": found.newly_quarantined,
        "damage": list(found.damage),
    }


def _lines(found: Recovered, answer: Answer, verb: str) -> list[str]:
    outcome = outcome_now(found)
    return [
        f"{verb} from {found.device}: {outcome.accepted} accepted, "
        f"{outcome.already_here} already here, {outcome.aside} in quarantine"
        + (f" ({outcome.newly} of them new; see: station755 quarantine)." if outcome.aside else "."),
        *([f"{outcome.later} to be handed in again later: take the file in again then."] if outcome.later else []),
        *(f"What was wrong on the device: {line}" for line in found.damage),
        *([] if answer.file is None else [f"Bring this back to the device: {answer.file}", _SETTLE + answer.file.name]),
        *([] if answer.why_none is None else [answer.why_none]),
    ]
