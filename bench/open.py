"""Open a store and list its last 50 contacts, at several lengths of history (`make bench-open`).

Each opening is a process of its own, timed inside it from the call that opens, so without Python's start and imports. Warm:
the files are in the page cache. Cold: they were dropped from it before; the program's own files were not.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.measure import mean, place, ratio, say, summary
from bench.opening import LAST, OPENINGS
from bench.stores import UNSENT, fill, sync_files

HISTORIES = [0, 1_000, 10_000, 100_000]
# TinyDB takes seconds beyond this: it is opened once in each state, and never cold.
TINYDB_STORED_MAX = 10_000
# Held in all when the list is there, by the opening alone, and by the opening at its most.
MEMORY = ("memory_kib", "added_kib", "most_kib")


@dataclass
class Case:
    """A store that is opened again and again, and what that took."""

    name: str
    stored: int
    path: Path
    is_cold: bool
    seconds: list[float] = field(default_factory=list)
    memory: dict[str, list[int]] = field(default_factory=lambda: {name: [] for name in MEMORY})

    def open_once(self) -> None:
        """Open in a process of its own."""
        if self.is_cold:
            drop(self.path)
        command = [sys.executable, "-m", "bench.opening", self.name, str(self.path)]
        said = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        expected = min(self.stored, UNSENT if self.name.startswith("outbox") else LAST)
        if said["listed"] != expected:
            raise RuntimeError(f"{self.name} listed {said['listed']} of {self.stored} contacts instead of {expected}.")
        self.seconds.append(said["seconds"])
        for name in MEMORY:
            self.memory[name].extend([said[name]] if name in said else [])


def drop(path: Path) -> None:
    """Let the system forget what it holds of these files in memory."""
    for each in path.iterdir():
        with each.open("rb") as file:
            os.fsync(file.fileno())  # what is not on the disk yet cannot be dropped
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def cases(folder: Path, histories: list[int]) -> list[Case]:
    """Everybody over every history, warm, and cold where the system can be told to forget."""
    names = {store for store, _ in OPENINGS.values()}
    stores = {name: fill(folder, name, histories) for name in sorted(names)}
    sync_files(folder)
    states = [False, True] if hasattr(os, "posix_fadvise") else [False]
    return [
        Case(name, stored, stores[store][stored], is_cold)
        for name, (store, _) in OPENINGS.items()
        for stored in histories
        for is_cold in states
        if not (is_cold and name == "tinydb")
    ]


def open_in_turn(found: list[Case], times: int, seed: int) -> None:
    """So many rounds, each in an order of its own."""
    shuffled = random.Random(seed)  # noqa: S311 - an order, not a secret
    for number in range(times):
        for case in shuffled.sample(found, len(found)):
            if case.name != "tinydb" or case.stored <= TINYDB_STORED_MAX or number == 0:
                case.open_once()


def figure(case: Case, found: list[Case]) -> dict[str, Any]:
    """What there is to say of one case: its times, in terms of SQLite's in the same state, and its memory."""
    peer = next(
        each for each in found if (each.name, each.stored, each.is_cold) == ("sqlite", case.stored, case.is_cold)
    )
    return {
        "bench": "open",
        "name": case.name,
        "stored": case.stored,
        "cache": "cold" if case.is_cold else "warm",
        **summary(case.seconds),
        "ratio": ratio(case.seconds, peer.seconds),
        **{name: mean(kept) for name, kept in case.memory.items()},
    }


def main() -> None:
    """Measure, and print one line per figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=15, help="rounds; TinyDB at 100,000 takes part in the first alone")
    parser.add_argument("--histories", type=int, nargs="+", default=HISTORIES, help="how many contacts are stored")
    parser.add_argument("--seed", type=int, default=755, help="of the order within each round")
    parser.add_argument(
        "--folder", type=Path, default=Path("build"), help="where the stores lie meanwhile: a real disk"
    )
    asked = parser.parse_args()
    asked.folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=asked.folder) as name:
        say({"bench": "open", "name": "place", **place(Path(name)), "seed": asked.seed})
        found = cases(Path(name), asked.histories)
        open_in_turn(found, asked.times, asked.seed)
    for case in found:
        say(figure(case, found))


if __name__ == "__main__":
    main()
