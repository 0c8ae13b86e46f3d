"""backup and restore: a whole station in one file, and back, while it serves."""

import argparse
from contextlib import closing
from pathlib import Path
from typing import Any

from station.archive import BadArchive, Manifest, check_archive
from station.backing_up import NotBackedUp, back_up
from station.commands.office import Premises, note_afterwards
from station.database import open_for_reading
from station.happenings import Happening, system_user
from station.restoring import NewerBackup, NotRestored, Restored, restore
from sync.commandline import Exit, Stop, show, show_or_stop
from sync.whole_file import NotWritten, or_replace


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401 - argparse keeps its type private
    """Add these commands to the command line."""
    help_text = (
        "Write the whole station into one file, while it serves: the database, the certificate authority, all keys."
    )
    added = commands.add_parser("backup", parents=[common], help=help_text, description=help_text, allow_abbrev=False)
    added.add_argument("file", metavar="FILE", type=Path, help="the file; keep it where nobody else reads it")
    added.add_argument("--replace", action="store_true", help="write over a file of this name")
    added.add_argument("--check", action="store_true", help="only see whether FILE is a backup, whole and unchanged")
    added.set_defaults(do=_back_up, opens=None)

    help_text = "Put a backup in place; the devices then send by themselves what came in since."
    added = commands.add_parser("restore", parents=[common], help=help_text, description=help_text, allow_abbrev=False)
    added.add_argument("file", metavar="FILE", type=Path, help="a file made by: station755 backup FILE")
    added.add_argument(
        "--replace", action="store_true", help="in place of what is there, which is kept in a backup of its own"
    )
    added.set_defaults(do=_restore, opens=None)


def _back_up(premises: Premises, typed: argparse.Namespace) -> Exit:
    if typed.check:
        return _check(typed)
    try:
        with closing(open_for_reading(premises.at)) as database:
            made = back_up(database, premises.folder, typed.file, premises.now(), may_replace=typed.replace)
    except NotWritten as problem:
        raise Stop(Exit.BAD_INPUT, f"{or_replace(problem)} Nothing was changed.") from None
    except NotBackedUp as problem:
        raise Stop(Exit.STORE_TROUBLE, str(problem)) from None
    note_afterwards(premises.at, Happening.BACKED_UP, details=str(typed.file))
    lines = [
        f"Backed up: {_held(made)}, in {typed.file} ({typed.file.stat().st_size} bytes).",
        "It holds the station's keys: keep it where nobody else reads it, and not on this machine alone.",
    ]
    show(_as_json(typed.file, made), lines, as_json=typed.json)
    return Exit.DONE


def _check(typed: argparse.Namespace) -> Exit:
    try:
        found = check_archive(typed.file)
    except BadArchive as problem:
        raise Stop(Exit.BAD_INPUT, str(problem)) from None
    lines = [f"Whole and unchanged: a backup of {found.made_at}, {_held(found)}."]
    show_or_stop(_as_json(typed.file, found), lines, as_json=typed.json)
    return Exit.DONE


def _restore(premises: Premises, typed: argparse.Namespace) -> Exit:
    try:
        done = restore(
            premises.at, premises.folder, typed.file, premises.now(), system_user(), may_replace=typed.replace
        )
    except (BadArchive, NotRestored) as problem:
        raise Stop(Exit.BAD_INPUT, str(problem)) from None
    except NewerBackup as problem:
        raise Stop(Exit.NOT_READY, str(problem)) from None
    except (NotBackedUp, NotWritten) as problem:
        sentence = f"Nothing was restored, since what is there could not be kept. {problem}"
        raise Stop(Exit.STORE_TROUBLE, sentence) from None
    show(
        _as_json(typed.file, done.manifest)
        | {
            "epoch": done.epoch,
            "kept": None if done.kept is None else str(done.kept),
            "has_other_authority": done.has_other_authority,
        },
        _restored_lines(done),
        as_json=typed.json,
    )
    return Exit.DONE


def _restored_lines(done: Restored) -> list[str]:
    return [
        f"Restored as of {done.manifest.made_at}: {_held(done.manifest)}.",
        "What came in since, the devices send again by themselves, each with its next send.",
        _AGAIN,
        *([] if done.kept is None else [f"What was there before is kept: {done.kept}"]),
        *([_OTHER_AUTHORITY] if done.has_other_authority else []),
    ]


_AGAIN = (
    "What was done here since has to be done again: first legal holds, deletions and devices revoked; then devices enrolled, "
    "people and passwords, decisions in quarantine, reviews, briefings, cards moved, reference data."
)
_OTHER_AUTHORITY = (
    "The data folder has another certificate authority than the backup, and it was left. If devices do not believe the "
    "station now, move the folder's tls away and restore once more, with --replace."
)


def _held(manifest: Manifest) -> str:
    records, devices = manifest.records, manifest.devices
    return f"{records} record{'' if records == 1 else 's'} from {devices} device{'' if devices == 1 else 's'}"


def _as_json(file: Path, manifest: Manifest) -> dict[str, Any]:
    names = ("made_at", "version", "kind", "revision", "epoch", "records", "devices")
    return {"file": str(file), "bytes": file.stat().st_size, **{name: getattr(manifest, name) for name in names}}
