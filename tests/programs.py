"""The two programs, run as a person runs them: real processes, real sockets, real signals."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forks import Forked, may_fork

from field_app.keys.choice import UNSEALED_VARIABLE

BIN = Path(sys.executable).parent
# A cold start on a busy two-core machine.
START_SECONDS_MAX = 30
RUN_SECONDS_MAX = 60


@dataclass(frozen=True)
class Said:
    """What a program printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - what a program printed
        """Its output, decoded."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Program:
    """One of the two programs with its data folder; call it with what a person would type."""

    name: str
    data: Path
    folder: Path = BIN
    # What its environment has besides; a store is sealed unless it is told not to be.
    more: Mapping[str, str] = field(default_factory=lambda: {UNSEALED_VARIABLE: "1"})

    def __call__(self, *typed: str, **environment: str) -> Said:
        """Run to the end."""
        process = self.start(*typed, **environment)
        try:
            out, err = process.communicate(timeout=RUN_SECONDS_MAX)
        finally:
            process.kill()
        assert "Traceback" not in err + out, err
        return Said(process.returncode, out, err)

    def start(self, *typed: str, **environment: str) -> subprocess.Popen[str]:
        """Start, and go on; by a fork of a program that is loaded already, where that does the same."""
        can_fork = may_fork(self.folder / self.name, self.environment(environment))
        return self._start(Forked if can_fork else subprocess.Popen, *typed, **environment)

    def start_anew(self, *typed: str) -> subprocess.Popen[str]:
        """Start with a Python of its own, as a person does, and go on."""
        return self._start(subprocess.Popen, *typed)

    def _start(self, how: type[subprocess.Popen[str]], *typed: str, **environment: str) -> subprocess.Popen[str]:
        command, its_own = [str(self.folder / self.name), *map(str, typed)], self.environment(environment)
        return how(command, env=its_own, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")

    @contextmanager
    def running(self, *typed: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
        """A program that serves; gives the process and its address. It may be killed meanwhile."""
        process = self.start(*typed, "--json")
        try:
            yield process, address_of(process)
        finally:
            process.terminate()
            process.communicate(timeout=START_SECONDS_MAX)

    def environment(self, more: dict[str, str]) -> dict[str, str]:
        """The environment: this one's, with the data folder."""
        return {**os.environ, f"{self.name.upper()}_DATA": str(self.data), **self.more, **more}


def sealing_program(data: Path, runtime: Path) -> Program:
    """The deputy's program as it is in a car: a store that it makes is sealed, and `runtime` forgets at a reboot."""
    return Program("contact755", data, more={"XDG_RUNTIME_DIR": str(runtime)})


@contextmanager
def serving(station: Program, *typed: str) -> Iterator[str]:
    """A station that serves on a free port; gives its address."""
    process = station.start("serve", "--port", "0", "--json", *typed)
    try:
        yield address_of(process)
    finally:
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=START_SECONDS_MAX)
        assert process.returncode in {0, -signal.SIGKILL}, err
        assert "fault" not in err, err
        assert "Traceback" not in err, err


def said_at_start(process: subprocess.Popen[str]) -> dict[str, Any]:
    """What a station started with --json says before it serves."""
    assert process.stdout is not None
    text = ""
    while not text.rstrip().endswith("}"):
        line = process.stdout.readline()
        assert line, process.communicate()
        text += line
    found: dict[str, Any] = json.loads(text)
    return found


def address_of(process: subprocess.Popen[str]) -> str:
    """Where a program started with --json serves, once it does."""
    address = str(said_at_start(process)["address"])
    if address.startswith("http://") and "?" not in address:
        _wait_until_healthy(address)
    return address


def _wait_until_healthy(address: str) -> None:
    give_up_at = time.monotonic() + START_SECONDS_MAX
    while True:
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=5) as answer:  # noqa: S310 - a loopback address
                if answer.status == 200:
                    return
        except OSError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.05)
