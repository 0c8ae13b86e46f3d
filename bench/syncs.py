"""Counts fsyncs, in a pass of its own that is not timed: strace sees those of every library alike.

`python -m bench.syncs NAME TAPS FOLDER` taps between two fsyncs of no file, which mark where the count begins and ends.
"""

import os
import shutil
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path

from bench.cells import open_cell
from bench.stores import fill

# No process here has so many files open; the call fails, and strace writes it down.
NO_FILE = 99_999
MARK = f"fsync({NO_FILE})"


def syncs_per_tap(name: str, taps: int, folder: Path) -> float | None:
    """How often one of SUBJECTS, with nothing stored, asks the disk to sync; None where strace cannot tell."""
    strace = shutil.which("strace")
    if strace is None:
        return None
    told = folder / "strace"
    trace = [strace, "-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", str(told)]
    command = [sys.executable, "-m", "bench.syncs", name, str(taps), str(folder)]
    done = subprocess.run([*trace, *command], check=False, stderr=subprocess.DEVNULL)
    if done.returncode != 0:
        return None
    between = told.read_text().split(MARK)[1]
    return round(between.count("sync(") / taps, 3)


def main() -> None:
    """Tap, between two marks."""
    name, taps, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    with ExitStack() as stack:
        cell = open_cell(stack, name, 0, fill(folder, f"{name}", [0])[0])
        cell.warm_up()
        _mark()
        for _ in range(taps):
            cell.tap()
        _mark()


def _mark() -> None:
    with suppress(OSError):
        os.fsync(NO_FILE)


if __name__ == "__main__":
    main()
