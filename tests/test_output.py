"""What the programs print, where it cannot be written: on a full disk, or for a reader who has gone."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import pytest

from field_app.commands.main import main as contact755
from field_app.folders import DATA_VARIABLE
from field_app.keys.choice import UNSEALED_VARIABLE
from station.commands.main import main as station755
from station.commands.office import DATA_VARIABLE as STATION_VARIABLE
from sync.commandline import Exit, Stop, run

# What changes nothing, and what is there to be read or kept by whoever asked.
LOOKS = ("list --json", "status", "receipts", "briefings", "check")
STATION_LOOKS = (
    "worksheets --on 2026-11-22",
    "worksheets --on 2026-11-22 --csv",
    "roster",
    "roster --json",
    "devices",
    "quarantine",
    "records holds",
    "records delete --until 2020-01-01",
    "reference show",
    "audit verify",
    "audit head",
    "enrol-code car",
    "admin-password",
)


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device where somebody is signed on, and a station where somebody is known."""
    for name, value in ((DATA_VARIABLE, "device"), (STATION_VARIABLE, "station")):
        monkeypatch.setenv(name, str(tmp_path / value))
    monkeypatch.setenv(UNSEALED_VARIABLE, "1")
    assert contact755(["sign-on", "900001", "--watch", "day"]) is Exit.DONE
    assert station755(["add-person", "900001"]) is Exit.DONE


@contextmanager
def printing_to(stdout: TextIO, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let what is printed go elsewhere."""
    with stdout, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", stdout)
        yield


def onto_a_full_disk() -> TextIO:
    """An output that takes nothing."""
    return Path("/dev/full").open("w", encoding="utf-8")


def for_nobody() -> TextIO:
    """An output whose reader has gone, as with `| head`."""
    reads, writes = os.pipe()
    os.close(reads)
    return os.fdopen(writes, "w", encoding="utf-8")


@pytest.mark.parametrize(("main", "looks"), [(contact755, LOOKS), (station755, STATION_LOOKS)])
def test_what_was_asked_for_and_could_not_be_written_is_told(
    main: Callable[[Sequence[str]], Exit], looks: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for typed in looks:
        with (
            printing_to(onto_a_full_disk(), monkeypatch),
            pytest.raises(Stop, match=r"could not be written: No space left on device\. .* run this again") as stopped,
        ):
            main(typed.split())
        assert stopped.value.code is Exit.STORE_TROUBLE, typed


def test_a_full_disk_is_told_beside_the_output_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for typed in ("audit head", "audit head --json"):
        with printing_to(onto_a_full_disk(), monkeypatch), pytest.raises(SystemExit) as ended:
            run(station755, lambda _: None, typed.split())
        assert ended.value.code == Exit.STORE_TROUBLE
        assert len(capsys.readouterr().err.splitlines()) == 1


def test_what_was_done_is_done_though_nobody_hears_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with printing_to(onto_a_full_disk(), monkeypatch):
        assert station755(["add-person", "900002", "--json"]) is Exit.DONE


def test_a_reader_who_has_gone_has_what_they_want(monkeypatch: pytest.MonkeyPatch) -> None:
    for typed in ("roster", "worksheets --on 2026-11-22 --csv", "audit head", "admin-password"):
        with printing_to(for_nobody(), monkeypatch):
            assert station755(typed.split()) is Exit.DONE, typed
