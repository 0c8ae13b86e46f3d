"""The command line on a sealed store: PINs, locking, unlocking, and a station that can open what everybody forgot."""

import json
import os
import shutil
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from programs import Program, sealing_program, serving
from terminals import asked, on_terminal

from sync.commandline import Exit

PIN, OTHER_PIN, WRONG_PIN = "271828", "314159", "161803"
NOTE = "porch lights"
SIGN_ON = ("sign-on", "900001", "--unit", "42A", "--watch", "day", "--pin-file")


@pytest.fixture
def car(tmp_path: Path, runtime: Path) -> Program:
    """The deputy's program, which seals what it makes; with an empty data folder."""
    return sealing_program(tmp_path / "car", runtime)


@pytest.fixture
def station(tmp_path: Path) -> Program:
    """The station's program with an empty data folder."""
    return Program("station755", tmp_path / "station")


@pytest.fixture
def pin(tmp_path: Path) -> str:
    """A file with the PIN."""
    return in_file(tmp_path, PIN)


@pytest.fixture
def signed_on(car: Program, pin: str) -> Program:
    """The same with somebody signed on, and one contact logged."""
    assert car(*SIGN_ON, pin).code == 0
    assert car("log", "coffee-shop", "--rd", "0454", "--note", NOTE).code == 0
    return car


def in_file(folder: Path, text: str) -> str:
    """A file with this text."""
    path = folder / f"{text}.txt"
    path.write_text(text + "\n")
    return str(path)


def reboot(runtime: Path) -> None:
    """What was in memory is gone."""
    shutil.rmtree(runtime)
    runtime.mkdir(mode=0o700)


def test_a_shift_on_a_sealed_store(signed_on: Program, runtime: Path, pin: str) -> None:
    car = signed_on
    status = car("status", "--json").json
    assert (status["sealing"], status["locked"], status["ready_to_send"]) == ("sealed (PIN)", False, 1)
    assert "fsync" in status["each_write"]
    assert "Store: sealed (PIN); each write: fsync" in car("status").out
    assert [path for path in car.data.rglob("*") if path.is_file() and NOTE.encode() in path.read_bytes()] == []
    assert NOTE in car("list", "--json").out
    said = car("sign-off", "--pin-file", pin)
    assert "The store is locked." in said.out
    assert "1 contact is not sent yet and safe on this device. Send with: contact755 unlock NUMBER, then" in said.out
    assert list((runtime / "contact755").iterdir()) == []
    for typed in (["log", "other"], ["list"], ["send"], ["undo"], ["sign-off"], ["change-pin"]):
        refused = car(*typed)
        assert (refused.code, "locked" in refused.err) == (Exit.NOT_READY, True), typed
    locked = car("status", "--json")
    assert (locked.code, locked.json["locked"], locked.json["sealing"]) == (Exit.NOT_READY, True, "sealed (PIN)")
    assert car("unlock", "900001", "--pin-file", pin).code == 0
    assert [item["note"] for item in car("list", "--json").json] == [NOTE]
    assert car("sign-off").out == "Nobody was signed on. The store is locked.\n"


def test_a_reboot_locks_and_the_pin_brings_everything_back(signed_on: Program, runtime: Path, pin: str) -> None:
    assert stat.S_IMODE((runtime / "contact755").stat().st_mode) == 0o700
    reboot(runtime)
    assert signed_on("list").code == Exit.NOT_READY
    assert signed_on(*SIGN_ON, pin).code == 0
    assert [item["note"] for item in signed_on("list", "--json").json] == [NOTE]


def test_wrong_pins_are_told_and_then_made_to_wait(signed_on: Program, pin: str, tmp_path: Path) -> None:
    wrong = in_file(tmp_path, WRONG_PIN)
    signed_on("sign-off", "--without-signing")
    said = [signed_on("unlock", "900001", "--pin-file", wrong) for _ in range(5)]
    assert [each.code for each in said] == [Exit.BAD_INPUT] * 5
    assert said[0].err == "Wrong PIN. 4 more tries before a wait.\n"
    assert said[4].err == "Wrong PIN. Wait 60 s.\n"
    for typed in (("unlock", "900001", "--pin-file", pin), (*SIGN_ON, pin)):
        waiting = signed_on(*typed)
        assert (waiting.code, "Too many wrong PINs. Wait " in waiting.err) == (Exit.NOT_READY, True)
    assert signed_on("unlock", "900002", "--pin-file", pin).code == Exit.NOT_READY
    assert WRONG_PIN not in "".join(each.err + each.out for each in said)


def test_a_pin_is_asked_for_without_an_echo_and_a_new_one_twice(car: Program, runtime: Path) -> None:
    said = asked(car, SIGN_ON[:-1], PIN, OTHER_PIN)
    assert (said.code, "not the same" in said.err) == (Exit.BAD_INPUT, True)
    assert PIN not in said.err
    said = asked(car, SIGN_ON[:-1], "123456")
    assert (said.code, "guessed" in said.err) == (Exit.BAD_INPUT, True)
    strict = replace(car, more={**car.more, "PYTHONIOENCODING": "utf-8:strict"})  # as a terminal is read
    assert "digits alone" in asked(strict, SIGN_ON[:-1], "27\udcfc1828").err  # a byte that is no letter
    assert asked(car, SIGN_ON[:-1], PIN, PIN).code == 0
    reboot(runtime)
    assert asked(car, ["unlock", "900001"], WRONG_PIN).code == Exit.BAD_INPUT
    assert asked(car, SIGN_ON[:-1], PIN).code == 0


def test_without_a_terminal_a_file_is_asked_for(car: Program, tmp_path: Path) -> None:
    done = subprocess.run(
        [car.folder / car.name, *SIGN_ON[:-1]],
        env=car.environment({}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
    assert (done.returncode, "--pin-file FILE" in done.stderr) == (Exit.BAD_INPUT, True)
    assert car(*SIGN_ON, str(tmp_path / "nothing")).code == Exit.BAD_INPUT
    assert car(*SIGN_ON, in_file(tmp_path, "12")).code == Exit.BAD_INPUT


def test_where_no_memory_holds_the_key_each_command_asks(tmp_path: Path, pin: str) -> None:
    """The same commands with a keyring that has no folder in memory, as on a system without such a file system."""
    lines = (
        "import sys; from sync.commandline import run; from field_app.keys.keyring import Keyring;"
        "from field_app.commands.main import main, refusal_of;"
        "run(lambda typed: main(typed, Keyring), refusal_of, sys.argv[1:])"
    )
    command: list[str | Path] = [sys.executable, "-c", lines]
    environment = {**os.environ, "CONTACT755_DATA": str(tmp_path / "car")}
    assert on_terminal([*command, *SIGN_ON, pin], environment, []).code == 0
    assert on_terminal([*command, "log", "other"], environment, [PIN]).out.startswith("Logged")
    assert on_terminal([*command, "log", "other"], environment, [WRONG_PIN]).code == Exit.BAD_INPUT
    assert len(json.loads(on_terminal([*command, "list", "--json"], environment, [PIN]).out)) == 1


def test_a_second_person_and_a_forgotten_pin(signed_on: Program, pin: str, tmp_path: Path) -> None:
    other = in_file(tmp_path, OTHER_PIN)
    second = ("sign-on", "900002", "--watch", "pm", "--pin-file", other)
    signed_on("sign-off", "--without-signing")
    refused = signed_on(*second)
    assert (refused.code, "900002 has no PIN on this device" in refused.err) == (Exit.NOT_READY, True)
    assert signed_on("unlock", "900001", "--pin-file", pin).code == 0
    assert signed_on(*second).code == 0
    new = in_file(tmp_path, "662607")
    assert signed_on("change-pin", "--pin-file", pin, "--new-pin-file", new).code == Exit.BAD_INPUT
    assert signed_on("change-pin", "--pin-file", other, "--new-pin-file", new).out == "900002 has a new PIN.\n"
    given = ("change-pin", "900001", "--by", "900002", "--pin-file", new, "--new-pin-file", other)
    assert signed_on(*given).code == 0
    signed_on("sign-off", "--without-signing")
    assert signed_on("unlock", "900001", "--pin-file", pin).code == Exit.BAD_INPUT
    assert signed_on("unlock", "900001", "--pin-file", other).code == 0
    assert len(signed_on("list", "--json").json) == 1


def test_a_pin_is_taken_away_but_never_the_last_one(signed_on: Program, pin: str, tmp_path: Path) -> None:
    other = in_file(tmp_path, OTHER_PIN)
    remove = ("remove-pin", "900001", "--by", "900002", "--pin-file", other)
    assert signed_on(*remove).code == Exit.BAD_INPUT  # is signed on
    assert signed_on("sign-on", "900002", "--watch", "pm", "--pin-file", other).code == 0
    assert signed_on("remove-pin", "900001", "--by", "900002", "--pin-file", pin).code == Exit.BAD_INPUT
    assert signed_on(*remove).out.startswith("900001 has no PIN here any more.")
    assert signed_on(*remove).code == Exit.NOT_READY
    signed_on("sign-off", "--without-signing")
    assert signed_on("unlock", "900001", "--pin-file", pin).code == Exit.NOT_READY
    assert signed_on("unlock", "900002", "--pin-file", other).code == 0
    last = signed_on("remove-pin", "900002", "--by", "900002", "--pin-file", other)
    assert (last.code, "the only PIN" in last.err) == (Exit.BAD_INPUT, True)


def test_the_worksheet_signed_at_sign_off_reaches_the_sergeant(
    car: Program, station: Program, pin: str, tmp_path: Path
) -> None:
    with serving(station) as address:
        assert car("enrol", address, station("enrol-code", "car 42").out.strip()).code == 0
        assert car(*SIGN_ON, pin).code == 0
        car("log", "coffee-shop", "--rd", "0454")
        car("log", "other", "--rd", "0454")
        refused = car("sign-off", "--json")
        assert (refused.code, "--without-signing" in refused.err) == (Exit.BAD_INPUT, True)
        assert car("sign-off", "--pin-file", in_file(tmp_path, WRONG_PIN)).code == Exit.BAD_INPUT
        assert car("status", "--json").json["signed_on"]["person"] == "900001"
        said = car("sign-off", "--pin-file", pin, "--send", "--json")
        (worksheet,) = said.json["worksheets"]
        assert (worksheet["contacts"], worksheet["signed_by_pin"], said.json["ready_to_send"]) == (2, True, 0)
        rows = station("worksheets", "--on", worksheet["date"]).out
        assert ", 2 contacts" in rows
        assert " · signed " in rows


def test_a_new_data_key_costs_nothing_that_was_logged(signed_on: Program, pin: str) -> None:
    assert signed_on("rotate-key").code == 0
    assert signed_on("log", "other").code == 0
    signed_on("sign-off", "--without-signing")
    assert signed_on("rotate-key").code == Exit.NOT_READY
    assert signed_on(*SIGN_ON, pin).code == 0
    assert len(signed_on("list", "--json").json) == 2


def test_the_station_opens_a_device_whose_only_pin_is_forgotten_and_nothing_is_lost(
    car: Program, station: Program, runtime: Path, pin: str, tmp_path: Path
) -> None:
    with serving(station) as address:
        assert car("enrol", address, station("enrol-code", "car 42").out.strip()).code == 0
        assert car("status", "--json").json["sealing"] == "NOT SEALED (no PIN yet)"
        assert car(*SIGN_ON, pin).code == 0
        assert car("log", "coffee-shop").code == 0
        reboot(runtime)
        keys = tmp_path / "keys on a stick.json"
        shutil.copy(car.data / "keys.json", keys)
        code = tmp_path / "code.txt"
        code.write_text(station("recovery-code", str(keys)).out)
        new = in_file(tmp_path, OTHER_PIN)
        recover = ("unlock", "900007", "--recovery", str(code), "--pin-file", new)
        assert car(*recover).code == 0
        assert car("send").out.startswith("1 of 1 contact received")
        refused = car("sign-off", "--pin-file", new)
        assert (refused.code, "has no PIN here to sign with" in refused.err) == (Exit.BAD_INPUT, True)
        assert car("sign-off", "--without-signing").code == 0
        assert car("unlock", "900001", "--pin-file", pin).code == Exit.NOT_READY
        assert car(*recover).code == Exit.BAD_INPUT  # it was good once
        assert car("unlock", "900007", "--pin-file", new).code == 0
        assert station("recovery-code", str(car.data / "keys.json")).code == 0
    elsewhere = Program("station755", tmp_path / "other station")
    elsewhere("enrol-code", "x")
    assert elsewhere("recovery-code", str(keys)).code == Exit.NOT_FOUND
    assert elsewhere("recovery-code", pin).code == Exit.BAD_INPUT


def test_an_unsealed_store_is_a_choice_that_is_made_once_and_said(
    car: Program, tmp_path: Path, runtime: Path, pin: str
) -> None:
    assert car("status", "--json").json["sealing"] == "no store yet"
    assert car("sign-on", "900001", "--watch", "day", "--unsealed").code == 0
    assert car("log", "other").code == 0
    assert car("sign-on", "900001", "--watch", "day").code == 0  # it goes on as it is
    assert car("status", "--json").json["sealing"] == "NOT SEALED"
    assert "Store: NOT SEALED; each write: fsync" in car("status").out
    assert car("rotate-key").code == Exit.BAD_INPUT
    sealed = sealing_program(tmp_path / "sealed car", runtime)
    assert sealed(*SIGN_ON, pin).code == 0
    assert sealed(*SIGN_ON, pin, "--unsealed").code == Exit.BAD_INPUT
    assert sealed("log", "other", CONTACT755_UNSEALED="1").code == 0
    assert sealed("status", "--json", CONTACT755_UNSEALED="1").json["sealing"] == "sealed (PIN)"


def test_a_bad_number_makes_no_store(car: Program, pin: str) -> None:
    assert car("sign-on", "Smith", "--watch", "day", "--pin-file", pin).code == Exit.BAD_INPUT
    assert car("unlock", "900001", "--pin-file", pin).code == Exit.BAD_INPUT
    assert car("status", "--json").json["sealing"] == "no store yet"


def test_lost_keys_are_told_and_nothing_is_written_in_plain_beside_what_was_sealed(
    signed_on: Program, tmp_path: Path
) -> None:
    for name in ("keys.json", "keys-copy.json"):
        (signed_on.data / name).rename(tmp_path / name)
    said = signed_on("log", "other")
    assert (said.code, "keys.json" in said.err) == (Exit.STORE_TROUBLE, True), said
    for name in ("keys.json", "keys-copy.json"):
        (tmp_path / name).rename(signed_on.data / name)
    assert len(signed_on("list", "--json").json) == 1
