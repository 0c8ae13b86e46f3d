"""How fast a station takes batches in over HTTP, against the same rows written straight into its database (`make bench-intake`).

Each round has two parts, in an order drawn anew: the plain INSERTs of bench/straight.py, and as many other batches sent by
a fleet of devices (bench/fleet.py), each with a connection of its own that sends its next batch once the last one was
answered. Station and fleet are processes of their own, and share the machine's cores: `station_cpu`, `database_cpu` and
`fleet_cpu` say how much of one core each took. Both write into the same database.
"""

import argparse
import json
import os
import pickle
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import update

from bench.cluster import Cluster, binaries, running_cluster
from bench.fleet import BATCH_RECORDS, enrol_all, next_batch, request_of
from bench.measure import place, say, summary
from bench.straight import Straight
from station.again import again_and_again
from station.database import Database, open_database
from station.tables import StationRow
from sync.reference import Reference, load_reference

BIN = Path(sys.executable).parent
GOODBYE_SECONDS_MAX = 30
# Between two writes of somebody else: often enough for a figure, too seldom to be one's work.
OTHER_WRITES_SECONDS = 0.1
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Cell:
    """One kind of database, with so many devices and workers; and what was measured there."""

    kind: str
    devices: int
    workers: int
    straight: list[float] = field(default_factory=list)  # records/s, by round
    station: list[float] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)  # of somebody else who writes meanwhile
    cpu: dict[str, list[float]] = field(default_factory=dict)  # shares of one core, by round

    def figure(self) -> dict[str, Any]:
        """The line for it."""
        ratios = [station / straight for station, straight in zip(self.station, self.straight, strict=True)]
        return {
            "bench": "intake",
            "name": f"{self.kind}, {self.devices} devices, {self.workers} worker{'s' * (self.workers > 1)}",
            "records_per_s": round(statistics.median(self.station)),
            "straight_per_s": round(statistics.median(self.straight)),
            "ratio": round(statistics.median(ratios), 3),
            "ratio_least": round(min(ratios), 3),
            "ratio_most": round(max(ratios), 3),
            **summary(self.took),
            **({f"other_{name}": value for name, value in summary(self.waited).items()} if self.waited else {}),
            **{name: round(statistics.median(shares), 2) for name, shares in self.cpu.items()},
        }


@contextmanager
def another_writer(database: Database, waited: list[float]) -> Iterator[None]:
    """Somebody who writes something small again and again, as a sergeant who approves, until the block ends."""

    def write(_is_over: threading.Event) -> None:
        asked_at = time.perf_counter()
        with database.writing() as session:
            session.execute(update(StationRow).values(epoch=StationRow.epoch))
        waited.append(time.perf_counter() - asked_at)

    with again_and_again("another writer", OTHER_WRITES_SECONDS, write):
        yield


@contextmanager
def serving(at: Path | str, workers: int) -> Iterator[tuple[int, tuple[str, int]]]:
    """A station of so many workers; the first one's process, and its address."""
    place_of = ["--data", str(at)] if isinstance(at, Path) else ["--database", at]
    command = [str(BIN / "station755"), "serve", "--port", "0", "--json", "--workers", str(workers), *place_of]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            text = ""
            while process.stdout is not None and not text.rstrip().endswith("}"):
                text += process.stdout.readline()
            address = urlsplit(json.loads(text)["address"])
            yield process.pid, (str(address.hostname), int(address.port or 0))
        finally:
            process.terminate()
            process.communicate(timeout=GOODBYE_SECONDS_MAX)


def cpu_seconds(pids: Sequence[int]) -> float:
    """What these processes have worked so far, on Linux."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / _TICKS


def children_of(pid: int) -> list[int]:
    """A process and its children."""
    try:
        return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    except OSError:
        return [pid]


def measure(
    cell: Cell, at: Path | str, cluster: Cluster | None, asked: argparse.Namespace, reference: Reference
) -> None:
    """All rounds of one cell."""
    chance = random.Random(asked.seed)  # noqa: S311 - an order, not a secret
    database = open_database(at)
    senders, others = (enrol_all(database, cell.devices) for _ in range(2))
    straight = Straight(at)
    each = max(1, round(asked.batches / cell.devices))
    with serving(at, cell.workers) as station:
        for number in range(asked.rounds + 1):
            plain = [
                straight.rows_of(next_batch(sender, chance, reference), reference)
                for sender in others
                for _ in range(each)
            ]
            sent = [
                [request_of(sender, next_batch(sender, chance, reference)).sent for _ in range(each)]
                for sender in senders
            ]
            seconds = 0.0
            answered: dict[str, Any] = {}
            for part in chance.sample(("straight", "station"), 2):
                if part == "straight":
                    seconds = straight.store(plain)
                else:
                    with another_writer(database, cell.waited) if asked.another_writer else nullcontext():
                        answered = fleet(sent, station, cluster)
            if number:  # the first round warms everything up
                note(cell, seconds, answered, each * cell.devices * BATCH_RECORDS)
    straight.close()
    database.close()


def note(cell: Cell, seconds: float, sent: dict[str, Any], records: int) -> None:
    """Keep one round's figures."""
    cell.straight.append(records / seconds)
    cell.station.append(records / sent["seconds"])
    cell.took += sent["took"]
    for name, share in sent["shares"].items():
        cell.cpu.setdefault(name, []).append(share)


def fleet(sent: list[list[bytes]], station: tuple[int, tuple[str, int]], cluster: Cluster | None) -> dict[str, Any]:
    """Have a process of its own send all this, each device over a connection of its own."""
    first, address = station
    given = pickle.dumps([(address, requests) for requests in sent])
    pids = children_of(first)
    servers = [] if cluster is None else children_of(cluster.pid)
    before = cpu_seconds(pids), cpu_seconds(servers)
    done = subprocess.run([sys.executable, "-m", "bench.fleet"], input=given, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    found["shares"] = {
        "station_cpu": (cpu_seconds(pids) - before[0]) / found["seconds"],
        "database_cpu": (cpu_seconds(servers) - before[1]) / found["seconds"],
        "fleet_cpu": found["cpu"] / found["seconds"],
    }
    return found


def main() -> None:
    """Measure, and print one line per figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="after one that warms up")
    parser.add_argument("--batches", type=int, default=200, help="in each part of a round, about")
    parser.add_argument("--devices", type=int, nargs="+", default=[50, 200])
    parser.add_argument("--kinds", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    parser.add_argument("--seed", type=int, default=755)
    parser.add_argument(
        "--another-writer", action="store_true", help="measure how long somebody else who writes meanwhile waits"
    )
    parser.add_argument("--folder", type=Path, default=Path("build"), help="where the databases lie: a real disk")
    asked = parser.parse_args()
    asked.folder.mkdir(exist_ok=True)
    reference = load_reference()
    programs = binaries()
    with tempfile.TemporaryDirectory(dir=asked.folder) as name, ExitStack() as stack:
        folder = Path(name).absolute()
        folder.chmod(0o755)  # PostgreSQL runs as another user
        say({"bench": "intake", "name": "place", **place(folder), "batch": BATCH_RECORDS, "seed": asked.seed})
        for devices in asked.devices:
            for count in (1, 2) if "sqlite" in asked.kinds else ():
                cell = Cell("sqlite", devices, count)
                measure(cell, folder / f"station {devices} {count}", None, asked, reference)
                say(cell.figure())
        if "postgresql" not in asked.kinds or programs is None:
            return
        cluster = stack.enter_context(running_cluster(programs, folder, {"log_min_messages": "panic"}))
        for devices in asked.devices:
            for count in (1, 2):
                cell = Cell("postgresql", devices, count)
                with cluster.database() as address:
                    measure(cell, address, cluster, asked, reference)
                say(cell.figure())


if __name__ == "__main__":
    main()
