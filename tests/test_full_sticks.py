"""What the deputy's program writes onto a stick that is full or read-only: told by the exit code, and nothing is lost."""

import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from journals import Mount
from programs import Program, serving

from sync.commandline import Exit


@pytest.fixture
def car(deputy: Program, station755: Program) -> Program:
    """The deputy's program, enrolled, with a contact that the station does not have."""
    with serving(station755) as address:
        assert deputy("enrol", address, station755("enrol-code", "car 42").out.strip()).code == 0
    assert deputy("log", "other").code == 0
    return deputy


def filled(disk: Path) -> None:
    """Write until nothing goes onto it any more."""
    with suppress(OSError), (disk / "filler").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    assert shutil.disk_usage(disk).free == 0


@pytest.mark.parametrize("command", ["export", "salvage"])
def test_a_full_or_read_only_stick_is_told_from_a_wrong_name(
    car: Program, mount: Mount, tmp_path: Path, command: str
) -> None:
    stick = mount("size=64k")
    filled(stick)
    full = car(command, str(stick / "b"))
    assert (full.code, "No space left on device" in full.err) == (Exit.STORE_TROUBLE, True), full
    mount("remount,ro")
    read_only = car(command, str(stick / "b"))
    assert (read_only.code, "Read-only file system" in read_only.err) == (Exit.STORE_TROUBLE, True), read_only
    (tmp_path / "taken").touch()
    for name in (stick, tmp_path / "taken", tmp_path / "no folder" / "b", tmp_path / ("x" * 300)):
        wrong = car(command, str(name))
        assert wrong.code == Exit.BAD_INPUT, wrong
    assert [path.name for path in stick.iterdir()] == ["filler"]
    assert car(command, str(tmp_path / "b")).code == 0
