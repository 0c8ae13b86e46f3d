"""What the store's figures are made of: times, bytes and where they were taken, each printed as one line of JSON."""

import json
import os
import platform
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from field_app.store.policy import facts_here
from sync.commandline import put

_PAGES_FROM = Path("/proc/self/io")
_MEMORY_FROM = Path("/proc/self/status")


class Written(NamedTuple):
    """Bytes that this process handed to write calls, and bytes that these will cost the disk, in whole pages."""

    asked: int
    disk: int


class Memory(NamedTuple):
    """Memory that a process holds (RSS) now, and held at most so far, in KiB."""

    now: int
    most: int


def written() -> Written | None:
    """What this process has written so far; None where the system does not tell."""
    try:
        lines = _PAGES_FROM.read_text().splitlines()
    except OSError:
        return None
    counts = dict(line.split(": ") for line in lines)
    return Written(int(counts["wchar"]), int(counts["write_bytes"]))


def memory_kib() -> Memory | None:
    """What this process holds in memory; None where the system does not tell."""
    try:
        lines = _MEMORY_FROM.read_text().splitlines()
    except OSError:
        return None
    found = {name: value.split() for name, _, value in (line.partition(":") for line in lines)}
    return Memory(int(found["VmRSS"][0]), int(found["VmHWM"][0]))


def percentile(times: Sequence[float], share: float) -> float:
    """The time that this share of all did not exceed."""
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def summary(times: Sequence[float]) -> dict[str, Any]:
    """Median, p95 and p99 of times in seconds, in milliseconds."""
    return {
        "median": milliseconds(statistics.median(times)),
        "p95": milliseconds(percentile(times, 0.95)),
        "p99": milliseconds(percentile(times, 0.99)),
        "n": len(times),
        "unit": "ms",
    }


def milliseconds(seconds: float) -> float:
    """Seconds in milliseconds, to a tenth of a microsecond."""
    return round(seconds * 1000, 4)


def ratio(times: Sequence[float], others: Sequence[float]) -> float:
    """One median in terms of another."""
    return round(statistics.median(times) / statistics.median(others), 3)


def mean(numbers: Sequence[int]) -> float | None:
    """The mean; None of nothing."""
    return round(statistics.fmean(numbers), 1) if numbers else None


def place(folder: Path) -> dict[str, Any]:
    """Where figures are taken: the file system, this Python, and how busy the machine is."""
    load = round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None
    return {
        "file_system": facts_here(folder).file_system,
        "system": platform.system(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load": load,
    }


def say(figure: dict[str, Any]) -> None:
    """One figure, as a line of JSON."""
    put(json.dumps(figure) + "\n")
