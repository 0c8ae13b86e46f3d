"""The app itself is killed while taps arrive over its web socket: what its screen said "Logged" of is there, once."""

import asyncio
import os
import random
import signal
import sys
from pathlib import Path

import pytest
from killed_app import COMMAND, Kills, forked_apps, kill_again_and_again
from programs import START_SECONDS_MAX, address_of, sealing_program

from sync.reference import Reference

# Kills among taps; those that come before anybody sees a window are besides.
KILLS, KILLS_LONG = 30, 300
# Of these so many are of the command as a person starts it; a start of Python each.
KILLS_BY_COMMAND, KILLS_BY_COMMAND_LONG = 2, 10
# Within so many kills each fault must be noticed; both are at the first or second.
KILLS_OF_FAULTS_MAX = 8
PIN = "271828"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(sys.platform == "win32", reason="NOT TESTED HERE: Windows has no fork and no SIGKILL."),
]

# As with a file of C's or Python's own: the bytes lie in the process until its buffer is emptied.
_SAID_BEFORE_WRITTEN = """
import threading
from field_app.store import disk

append, size, held = disk._RealFile.append, disk._RealFile.size, []

def write_later(file, data):
    held.append(data)
    threading.Timer(0.1, lambda: append(file, held.pop(0))).start()

disk._RealFile.append = write_later
disk._RealFile.size = lambda file: size(file) + sum(map(len, held))
"""
_LOGGED_TWICE = """
from field_app.logbook import Logbook

log = Logbook.log
Logbook.log = lambda logbook, details: (log(logbook, details), log(logbook, details))[1]
"""
FAULTS = {
    "said before written": (_SAID_BEFORE_WRITTEN, "not there"),
    "logged twice": (_LOGGED_TWICE, "Logged twice"),
}


@pytest.fixture
def kills(tmp_path: Path, runtime: Path, reference: Reference, monkeypatch: pytest.MonkeyPatch) -> Kills:
    """A sealed car with somebody signed on, and nothing tapped."""
    car = sealing_program(tmp_path / "car", runtime)
    pin = tmp_path / "pin"
    pin.write_text(PIN)
    assert car("sign-on", "900001", "--unit", "42A", "--watch", "day", "--pin-file", str(pin)).code == 0
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    return Kills(car, reference, random.Random(seed))


def kill_the_command(kills: Kills) -> None:
    """Start the app as a person does, tap, and kill it."""
    process = kills.car.start_anew(*COMMAND)
    try:
        asyncio.run(kills.tap_until_killed(address_of(process), process.pid))
    finally:
        process.kill()
        process.communicate(timeout=START_SECONDS_MAX)
    assert process.returncode == -signal.SIGKILL
    kills.judge()


def test_a_killed_app_loses_no_tap_that_its_screen_called_logged_and_doubles_none(
    kills: Kills, *, is_long: bool
) -> None:
    times, by_command = (KILLS_LONG, KILLS_BY_COMMAND_LONG) if is_long else (KILLS, KILLS_BY_COMMAND)
    with forked_apps(kills.car) as apps:
        kill_again_and_again(kills, apps, times - by_command)
    for _ in range(by_command):
        kill_the_command(kills)
    told = kills.car("list", "--json").json
    assert {(item["tag"], item["setting"]) for item in told} == {
        (each["tag"], each["setting"]) for each in kills.found.values()
    }
    assert kills.car("check").code == 0
    print(kills)
    assert kills.among_taps == times
    assert kills.in_a_tap > 0


@pytest.mark.parametrize("name", FAULTS)
def test_an_app_with_this_fault_is_found_out(name: str, kills: Kills) -> None:
    fault, complaint = FAULTS[name]
    with forked_apps(kills.car, fault) as apps, pytest.raises(AssertionError, match=complaint) as found:
        kill_again_and_again(kills, apps, KILLS_OF_FAULTS_MAX)
    print(str(found.value)[:300], os.linesep, kills)
