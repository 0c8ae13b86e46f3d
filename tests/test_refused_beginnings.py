"""A sign-on or an enrolment that is refused for what was typed: no store is made, no PIN set, nothing left open."""

import json
from pathlib import Path

import pytest
from documents import compton
from programs import Program, sealing_program, serving

from sync.commandline import Exit

SIGN_ON = ("sign-on", "900001", "--watch", "day", "--pin-file")


@pytest.fixture
def car(tmp_path: Path, runtime: Path) -> Program:
    """The deputy's program, which seals what it makes; with an empty data folder."""
    return sealing_program(tmp_path / "car", runtime)


@pytest.fixture
def pin(tmp_path: Path) -> str:
    """A file with a PIN."""
    path = tmp_path / "pin.txt"
    path.write_text("271828\n")
    return str(path)


def sealing(car: Program) -> str:
    """How the store is sealed, as `status` says it."""
    return str(car("status", "--json").json["sealing"])


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        (("--watch", "foo"), "'foo' is not a watch. Use one of: "),
        (("--watch", "day", "--unit", "forty-two"), "'FORTY-TWO' is not a unit."),
        (("--watch", "day", "--unit", "42A", "--role", "desk"), "The desk has no unit"),
    ],
)
def test_a_slip_at_the_first_sign_on_makes_no_store_and_sets_no_pin(
    car: Program, pin: str, typed: tuple[str, ...], why: str
) -> None:
    said = car("sign-on", "900001", *typed, "--pin-file", pin)
    assert (said.code, why in said.err) == (Exit.BAD_INPUT, True), said
    assert sealing(car) == "no store yet"
    assert not car.data.exists()


def test_a_pin_that_cannot_be_one_makes_no_store(car: Program, tmp_path: Path) -> None:
    (tmp_path / "short.txt").write_text("12")
    assert car(*SIGN_ON, str(tmp_path / "short.txt")).code == Exit.BAD_INPUT
    assert not car.data.exists()


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        (("http://127.0.0.1:1",), "The code is missing."),
        (("http://127.0.0.1:1", "K7QM"), "An enrolment code has eight letters and digits"),
        (("ftp://127.0.0.1", "K7QM-4T2X"), "address"),
        (("http://127.0.0.1:1", "K7QM-4T2X", "--authority", "nothing.pem"), "cannot be read as a certificate"),
    ],
)
def test_a_slip_at_an_enrolment_makes_no_store(car: Program, typed: tuple[str, ...], why: str) -> None:
    said = car("enrol", *typed)
    assert (said.code, why in said.err) == (Exit.BAD_INPUT, True), said
    assert not car.data.exists()


def test_a_locked_store_is_locked_again_when_the_sign_on_that_opened_it_is_refused(car: Program, pin: str) -> None:
    assert car(*SIGN_ON, pin).code == 0
    assert car("sign-off", "--without-signing").code == 0
    said = car("sign-on", "900001", "--watch", "foo", "--pin-file", pin)
    assert (said.code, "'foo' is not a watch" in said.err) == (Exit.BAD_INPUT, True), said
    assert car("list").code == Exit.NOT_READY


def test_a_refused_sign_on_gives_nobody_a_pin_in_a_store_that_is_open(car: Program, pin: str) -> None:
    assert car(*SIGN_ON, pin).code == 0
    said = car("sign-on", "900002", "--watch", "foo", "--pin-file", pin)
    assert (said.code, "'foo' is not a watch" in said.err) == (Exit.BAD_INPUT, True), said
    assert car("status", "--json").json["signed_on"]["person"] == "900001"
    refused = car("remove-pin", "900002", "--by", "900001", "--pin-file", pin)
    assert (refused.code, "900002 has no PIN" in refused.err) == (Exit.NOT_READY, True), refused


def test_a_watch_that_only_the_station_has_told_of_opens_a_locked_store(
    car: Program, station755: Program, pin: str, tmp_path: Path
) -> None:
    document = tmp_path / "compton.json"
    document.write_text(json.dumps(compton()))
    assert station755("reference", "import", str(document)).code == 0
    with serving(station755) as address:
        assert car("enrol", address, station755("enrol-code", "car 42").out.strip()).code == 0
        assert car("send").code == 0
    assert sealing(car) == "NOT SEALED (no PIN yet)"
    assert car("sign-on", "900001", "--watch", "foo", "--pin-file", pin).code == Exit.BAD_INPUT
    assert sealing(car) == "NOT SEALED (no PIN yet)"
    early = ("sign-on", "900001", "--watch", "early", "--pin-file", pin)
    assert car(*early).code == 0
    assert car("sign-off", "--without-signing").code == 0
    assert car(*early).code == 0


def test_a_data_folder_that_is_a_file_is_not_said_to_be_made(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("something else")
    said = Program("station755", tmp_path / "taken")("enrol-code", "car 42")
    assert said.code == 8
    assert "is made" not in said.err
    assert said.err.count("\n") == 1
