"""The only source of time and identity on a device."""

import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import uuid6

from sync.times import whole_milliseconds

_BOOT_FILE = Path("/proc/sys/kernel/random/boot_id")


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
    """The device's own clocks."""

    def __init__(self) -> None:
        # Where the system does not tell, each process counts as a boot of its own: less precise, never wrong.
        self._boot = _BOOT_FILE.read_text().strip() if _BOOT_FILE.is_file() else str(uuid.uuid4())

    def now(self) -> datetime:
        """Aware UTC wall clock, whole milliseconds."""
        return whole_milliseconds(datetime.now(UTC))

    def monotonic_ms(self) -> int:
        """CLOCK_BOOTTIME where there is one, since time.monotonic() stands still while Linux sleeps."""
        if hasattr(time, "CLOCK_BOOTTIME"):
            return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
        return time.monotonic_ns() // 1_000_000

    def boot(self) -> str:
        """The kernel's boot id, or this process's."""
        return self._boot

    def new_id(self) -> str:
        """A fresh UUIDv7."""
        return str(uuid6.uuid7())
