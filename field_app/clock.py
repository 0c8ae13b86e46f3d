"""The only source of time and identity on a device."""

import sys
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import uuid6

from sync.times import whole_milliseconds

BOOT_FILE = Path("/proc/sys/kernel/random/boot_id")
# The clock that goes on while the device sleeps, by sys.platform. Python's own time.monotonic() stands still then on Linux, and
# on Apple systems, where it is mach_absolute_time and CLOCK_MONOTONIC_RAW counts sleep (clock_gettime(3) there). On Windows it
# goes on: it is GetTickCount64, since 3.13 QueryPerformanceCounter.
_STEADY_CLOCKS: Mapping[str, str] = {
    "linux": "CLOCK_BOOTTIME",
    "android": "CLOCK_BOOTTIME",
    "darwin": "CLOCK_MONOTONIC_RAW",
    "ios": "CLOCK_MONOTONIC_RAW",
}


class Clock(Protocol):
    """What a record needs to know of the moment."""

    def now(self) -> datetime:
        """Aware UTC wall clock, whole milliseconds. May be wrong: the station corrects it."""

    def monotonic_ms(self) -> int:
        """Milliseconds that never step back within one boot, sleep included."""

    def boot(self) -> str:
        """A name for this boot: monotonic times of different boots have nothing to do with each other."""

    def new_id(self) -> str:
        """A fresh UUIDv7, the one id of a record from tap to worksheet."""


class SystemClock:
    """The device's own clocks, as its platform (sys.platform) has them."""

    def __init__(self, platform: str = sys.platform, boot_file: Path = BOOT_FILE) -> None:
        self._steady: int | None = getattr(time, _STEADY_CLOCKS.get(platform, ""), None)
        self._boot = _boot_of(boot_file)

    def now(self) -> datetime:
        """Aware UTC wall clock, whole milliseconds."""
        return whole_milliseconds(datetime.now(UTC))

    def monotonic_ms(self) -> int:
        """Of the clock that counts sleep, from the system's start."""
        nanoseconds = time.monotonic_ns() if self._steady is None else time.clock_gettime_ns(self._steady)
        return nanoseconds // 1_000_000

    def boot(self) -> str:
        """The kernel's boot id, or this process's."""
        return self._boot

    def new_id(self) -> str:
        """A fresh UUIDv7."""
        return str(uuid6.uuid7())


def _boot_of(file: Path) -> str:
    # Where the system does not tell, each process counts as a boot of its own: less precise, never wrong.
    try:
        return file.read_text().strip()
    except OSError:
        return str(uuid.uuid4())
