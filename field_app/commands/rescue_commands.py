"""check and salvage: a store looked through without changing it, and what can be rescued of it."""

import argparse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from field_app.clock import SystemClock
from field_app.keys.keyring import Keyring
from field_app.rescuing import Rescued, rescued, surveyed_in
from field_app.store.check import Report, report_on
from sync.bundle import BadBundle, Bundle
from sync.commandline import Exit, Stop, show, show_or_stop
from sync.verdicts import STATE_WORDS
from sync.whole_file import DiskTrouble, NotWritten, check_free, write_whole


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401 - argparse keeps its type private
    """Add these commands to the command line."""
    help_text = "Read the whole store, changing nothing, and say what is wrong with it."
    added = commands.add_parser("check", parents=[common], help=help_text, description=help_text, allow_abbrev=False)
    added.set_defaults(looks=_check)

    help_text = "Write everything that can be rescued of the store into one file, for: station755 recover FILE"
    added = commands.add_parser("salvage", parents=[common], help=help_text, description=help_text, allow_abbrev=False)
    added.add_argument("file", metavar="FILE", type=Path, help="the file to make; one that is there is left alone")
    added.set_defaults(looks=_salvage)


def _check(folder: Path, keyring: Keyring, typed: argparse.Namespace) -> Exit:
    report = report_on(*surveyed_in(folder, keyring))
    show_or_stop(_report_json(report), _report_lines(report), as_json=typed.json)
    return Exit.DONE if report.is_well else Exit.STORE_TROUBLE


def _salvage(folder: Path, keyring: Keyring, typed: argparse.Namespace) -> Exit:
    with _refusing():
        check_free(typed.file, may_replace=False)
    try:
        found = rescued(folder, keyring, SystemClock().now())
    except BadBundle as problem:
        raise Stop(Exit.STORE_TROUBLE, str(problem)) from None
    with _refusing():
        write_whole(typed.file, found.data)
    show(_salvaged_json(found, typed.file), _salvaged_lines(found, typed.file), as_json=typed.json)
    return Exit.DONE


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except DiskTrouble as problem:
        raise Stop(Exit.STORE_TROUBLE, str(problem)) from None
    except NotWritten as problem:
        raise Stop(Exit.BAD_INPUT, str(problem)) from None


def _report_json(report: Report) -> dict[str, Any]:
    return {
        "is_well": report.is_well,
        "files": report.files,
        "bytes": report.bytes,
        "frames": report.frames,
        "frames_sealed": report.frames_sealed,
        "frames_locked": report.frames_locked,
        "bits_mended": report.bits_mended,
        "bytes_damaged": report.bytes_damaged,
        "bytes_tail": report.bytes_tail,
        "records": report.records,
        "contacts": None
        if report.contacts is None
        else {state.value: count for state, count in report.contacts.items()},
        "findings": [{"is_wrong": each.is_wrong, "line": each.line} for each in report.findings],
    }


def _report_lines(report: Report) -> list[str]:
    wrong = [each.line for each in report.findings if each.is_wrong]
    others = [each.line for each in report.findings if not each.is_wrong]
    return [
        f"{_so_many(report.files, 'file')}, {_so_many(report.bytes, 'byte')}, {_so_many(report.frames, 'frame')}"
        + (f", {report.frames_sealed} of them sealed." if report.frames_sealed else "."),
        *(
            []
            if report.contacts is None or report.records is None
            else [f"{_so_many(report.records, 'record')}. {_counts(report.contacts)}"]
        ),
        *(f"Wrong: {line}." for line in wrong),
        *(f"Note: {line}." for line in others),
        "All is well." if report.is_well else "What can be read is rescued with: contact755 salvage FILE",
    ]


def _counts(contacts: Mapping[Any, int]) -> str:
    return " · ".join(f"{STATE_WORDS[state]} {count}" for state, count in contacts.items())


def _salvaged_json(found: Rescued, file: Path) -> dict[str, Any]:
    bundle = found.salvaged.bundle
    return {
        "file": str(file),
        "device": bundle.device,
        "records": len(bundle.records),
        "raw": len(bundle.raw),
        "frames_sealed": len(bundle.frames),
        "is_signed": found.salvaged.private_key is not None,
        "is_sealed": found.is_sealed,
        "damage": list(bundle.damage),
    }


def _salvaged_lines(found: Rescued, file: Path) -> list[str]:
    bundle = found.salvaged.bundle
    frames = len(bundle.frames)
    return [
        f"Rescued: {_so_many(len(bundle.records), 'record')}"
        + (f", {len(bundle.raw)} pieces that cannot be proved" if bundle.raw else "")
        + (f", {frames} sealed frames that only the station can open" if frames else "")
        + f". They are in {file}",
        *([] if found.is_sealed or not bundle.records else ["The file is not sealed: whoever has it can read it."]),
        *([] if found.salvaged.private_key else [_unsigned_words(bundle)]),
        *(
            ["The device's keys.json is missing, so not even the station can open the sealed frames."]
            if frames and not bundle.keys
            else []
        ),
        "Take it to the station, and there: station755 recover FILE. Keep the store until then.",
    ]


def _unsigned_words(bundle: Bundle) -> str:
    """What an unsigned file means at the station: a locked store's key lies sealed in it, and proves it as well."""
    is_told = " unless the sealed frames tell it" if bundle.frames and bundle.keys else ""
    return f"It is not signed: the station will ask which device it is from{is_told}."


def _so_many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
