"""Sentences of the deputy's program that say no more, and nothing else, than what is true."""

from pathlib import Path

import pytest
from programs import Program, sealing_program, serving
from terminals import asked

from sync.commandline import Exit

PIN = "271828"
SIGN_ON = ("sign-on", "900001", "--unit", "42A", "--watch", "day")


@pytest.fixture
def car(tmp_path: Path, runtime: Path) -> Program:
    """The deputy's program, which seals what it makes; with an empty data folder."""
    return sealing_program(tmp_path / "car", runtime)


@pytest.fixture
def pin(tmp_path: Path) -> str:
    """A file with a PIN."""
    path = tmp_path / "pin.txt"
    path.write_text(PIN)
    return str(path)


@pytest.mark.parametrize("typed", [(), ("--without-signing",)])
@pytest.mark.parametrize("done", [[("count-cards", "38")], [("log", "other"), ("undo",)]])
def test_a_sign_off_speaks_of_no_worksheet_that_was_not_signed(
    deputy: Program, done: list[tuple[str, ...]], typed: tuple[str, ...]
) -> None:
    for command in done:
        assert deputy(*command).code == 0
    assert "Something is not sent yet and safe on this device." in deputy("sign-off", *typed).out


def test_a_locked_store_that_is_salvaged_says_that_its_sealed_frames_may_tell_whose_it_is(
    car: Program, station755: Program, pin: str, tmp_path: Path
) -> None:
    with serving(station755) as address:
        assert car(*SIGN_ON, "--pin-file", pin).code == 0
        assert car("enrol", address, station755("enrol-code", "car 42").out.strip()).code == 0
    assert car("log", "other").code == 0
    assert car("sign-off", "--without-signing").code == 0
    said = car("salvage", str(tmp_path / "b"))
    assert "the station will ask which device it is from unless the sealed frames tell it." in said.out
    assert station755("recover", str(tmp_path / "b")).out.startswith("Recovered from car 42: 1 accepted")


def test_nothing_typed_for_a_pin_is_not_told_as_a_missing_terminal(car: Program) -> None:
    said = asked(car, SIGN_ON, "\x04")  # Ctrl-D
    assert (said.code, "Nothing was typed." in said.err, "no terminal" in said.err) == (Exit.BAD_INPUT, True, False)


def test_who_removes_a_pin_that_is_not_there_is_not_told_how_to_get_one(car: Program, pin: str) -> None:
    assert car(*SIGN_ON, "--pin-file", pin).code == 0
    said = car("remove-pin", "900077", "--by", "900001", "--pin-file", pin)
    assert (said.code, said.err) == (
        Exit.NOT_READY,
        "900077 has no PIN on this device, so there is none to take away.\n",
    )
