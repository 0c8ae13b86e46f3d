"""The served app, started and killed again and again while fingers tap in several of its windows; and what must be left.

A start of Python with all that the app needs takes a second; so one program loads it once, and forks for each start a
process that runs `contact755 run` from its beginning.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

from programs import START_SECONDS_MAX, Program, address_of, said_at_start
from socket_windows import Gone, socket_window

from field_app.actions import DEBOUNCE_SECONDS
from field_app.clock import SystemClock
from field_app.hand import open_hand
from sync.canonical import JsonObject
from sync.records import hashed, unhashed
from sync.reference import Reference

COMMAND = ("run", "--no-browser", "--port", "0", "--json")
WINDOWS = 4
# A window's taps begin within this after the first contact of a start.
TAPS_BEGIN_SECONDS = 0.15
# The kill comes within one of these: in the middle of the first taps, of their answers, of later taps.
KILL_SECONDS = (0.05, 0.05, 0.3, 0.3, DEBOUNCE_SECONDS + 0.3)
# And before one start in so many, another one is killed before anybody sees a window.
KILLED_EARLY_ONE_IN = 6
EARLY_SECONDS = 0.15

_FORKS_APPS = """
import json, os, sys
import flet, msgpack, uvicorn, uvloop, websockets
import field_app.serve, field_app.commands.main
from field_app.commands.start import run
from field_app.store import files

files.SEGMENT_BYTES = 4_000  # kills must also meet files that are closed
{fault}
for _ in sys.stdin:
    child = os.fork()
    if child == 0:
        print(json.dumps({{"pid": os.getpid()}}), flush=True)
        sys.argv = ["contact755", *{command!r}]
        try:
            run()
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    print(json.dumps({{"ended": os.waitstatus_to_exitcode(status)}}), flush=True)
"""


@dataclass
class Tap:
    """One tap: with a tag of its own, by which its contact is found again."""

    tag: str
    setting: str
    is_said: bool = False


@dataclass
class Kills:
    """What was tapped and said in all starts so far, and every record that was ever found on the disk."""

    car: Program
    reference: Reference
    lot: random.Random
    taps: list[Tap] = field(default_factory=list)
    found: dict[str, JsonObject] = field(default_factory=dict)
    early: int = 0  # kills before anybody saw a window
    among_taps: int = 0  # after a start's first contact was said to be logged, while four windows tapped on
    in_a_tap: int = 0  # of these, while the screen still owed an answer

    def judge(self) -> None:
        """What was said is there, once; the rest whole or not at all; what was there is there, to the bit."""
        with open_hand(self.car.data, SystemClock(), self.reference) as hand:
            records = hand.store.records()
        assert all(hashed(unhashed(record)) == record for record in records.values()), "A record is not whole."
        numbers = [record["sequence"] for record in records.values()]
        assert numbers == [*range(1, len(records) + 1)], f"A number is not there, or twice: {numbers}"
        assert {key: records.get(key) for key in self.found} == self.found, "What was on the disk is not there."
        self.found = dict(records)
        kept = Counter((record["tag"], record["setting"]) for record in records.values())
        said = {(tap.tag, tap.setting) for tap in self.taps if tap.is_said}
        assert said <= kept.keys(), f"Said to be logged, and not there: {said - kept.keys()}"
        assert max(kept.values(), default=1) == 1, f"Logged twice: {kept.most_common(3)}"
        assert kept.keys() <= {(tap.tag, tap.setting) for tap in self.taps}, "Nobody tapped this."

    def __str__(self) -> str:
        said = sum(tap.is_said for tap in self.taps)
        return (
            f"{self.among_taps} kills among taps, {self.in_a_tap} of them before an answer, and {self.early} early; "
            f"{len(self.taps)} taps, {said} said to be logged, {len(self.found)} found"
        )

    async def tap_until_killed(self, launch: str, pid: int) -> None:
        """A first contact must be logged; then several windows tap until the process is killed."""
        is_logging, is_killed = asyncio.Event(), asyncio.Event()
        taps_before = len(self.taps)

        async def kill() -> None:
            await is_logging.wait()
            await asyncio.sleep(self.lot.random() * self.lot.choice(KILL_SECONDS))
            is_killed.set()
            self.among_taps += 1
            self.in_a_tap += not all(tap.is_said for tap in self.taps[taps_before:])
            os.kill(pid, signal.SIGKILL)

        async def finger(place: int) -> None:
            try:
                await self._finger(launch, place, is_logging)
            except Gone:
                assert is_killed.is_set(), "The app is gone, and nobody killed it."

        async with asyncio.TaskGroup() as group:
            for each in (kill(), *map(finger, range(WINDOWS))):
                group.create_task(each)

    async def _finger(self, launch: str, place: int, is_logging: asyncio.Event) -> None:
        settings = [*self.reference.settings]
        async with socket_window(launch) as window:
            await window.can_touch("Tag", *settings)
            if place > 0:
                await is_logging.wait()
                await asyncio.sleep(self.lot.random() * TAPS_BEGIN_SECONDS)
            for turn in count(place):
                tap = Tap(str(len(self.taps) + 1), settings[turn % len(settings)])
                self.taps.append(tap)
                await window.type("Tag", tap.tag)
                await window.tap(tap.setting)
                await window.draws("Logged ", self.reference.label_of(tap.setting))
                tap.is_said = True
                is_logging.set()
                await asyncio.sleep(DEBOUNCE_SECONDS)


class ForkedApps:
    """Starts the app as often as asked, each a process of its own."""

    def __init__(self, program: subprocess.Popen[str]) -> None:
        self._program = program

    def kill_early(self, seconds: float) -> None:
        """Start, and kill after so long."""
        pid = self._start()
        time.sleep(seconds)
        os.kill(pid, signal.SIGKILL)
        self._see_it_end()

    def kill_in_taps(self, kills: Kills) -> None:
        """Start, tap, and kill."""
        pid = self._start()
        asyncio.run(kills.tap_until_killed(address_of(self._program), pid))
        self._see_it_end()

    def _start(self) -> int:
        assert self._program.stdin is not None
        self._program.stdin.write("start\n")
        self._program.stdin.flush()
        return int(said_at_start(self._program)["pid"])

    def _see_it_end(self) -> None:
        while "ended" not in (said := said_at_start(self._program)):
            pass  # the address, which it had just told
        assert said["ended"] == -signal.SIGKILL, "The app ended by itself."


@contextmanager
def forked_apps(car: Program, fault: str = "") -> Iterator[ForkedApps]:
    """A program that starts the app; `fault` is put into each before."""
    program = subprocess.Popen(
        [sys.executable, "-c", _FORKS_APPS.format(fault=fault, command=COMMAND)],
        env=car.environment({}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield ForkedApps(program)
    finally:
        program.kill()
        program.communicate(timeout=START_SECONDS_MAX)


def kill_again_and_again(kills: Kills, apps: ForkedApps, times: int) -> None:
    """So many kills among taps, and some early ones besides; all is judged after each."""
    for _ in range(times):
        if kills.lot.random() * KILLED_EARLY_ONE_IN < 1:
            apps.kill_early(kills.lot.random() * EARLY_SECONDS)
            kills.early += 1
            kills.judge()
        apps.kill_in_taps(kills)
        kills.judge()
