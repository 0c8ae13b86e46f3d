"""One durable tap, over histories of several lengths, against the disk's floor and against peers (`make bench-tap`).

In each round every one of them taps once, in an order that is drawn anew: so a slow minute of the machine is everybody's.
The floor appends as many bytes as ours does to a file that is open already, and calls fsync: less cannot be durable.
"""

import argparse
import random
import statistics
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.cells import OURS, SUBJECTS, TINYDB_EVERY, TINYDB_STORED_MAX, Cell, open_cell, open_floor
from bench.measure import mean, milliseconds, place, ratio, say, summary
from bench.stores import document, fill, sync_files, text
from bench.syncs import syncs_per_tap

HISTORIES = [0, 100, 1_000, 10_000, 100_000]


def open_cells(stack: ExitStack, folder: Path, histories: Sequence[int]) -> list[Cell]:
    """The floors, then everybody over every history."""
    filled = {}
    for name in SUBJECTS:
        lengths = [each for each in histories if name != "tinydb" or each <= TINYDB_STORED_MAX]
        filled.update({(name, stored): path for stored, path in fill(folder, name, lengths).items()})
    sync_files(folder)
    cells = [open_cell(stack, *each, path) for each, path in filled.items()]
    sizes = {cell.name: cell.warm_up() for cell in cells}
    floors = [open_floor(stack, name, sizes[name], folder / f"floor {name}") for name in OURS]
    for floor in floors:
        floor.warm_up()
    return [*floors, *cells]


def tap_in_turn(cells: Sequence[Cell], taps: int, seed: int) -> None:
    """So many rounds."""
    shuffled = random.Random(seed)  # noqa: S311 - an order, not a secret
    for number in range(taps):
        for cell in shuffled.sample(cells, len(cells)):
            if cell.name != "tinydb" or number % TINYDB_EVERY == 0:
                cell.tap()


def figure(cell: Cell, cells: Sequence[Cell], record_bytes: int, syncs: float | None) -> dict[str, Any]:
    """What there is to say of one cell: its times, in terms of its floor and of itself with nothing stored."""
    floor_name = f"floor {cell.name if cell.name in OURS else 'plain'}"
    floor = cell if cell.name.startswith("floor") else next(each for each in cells if each.name == floor_name)
    found = {"bench": "tap", "name": cell.name, "stored": cell.stored, **summary(cell.seconds)}
    found["ratio"] = ratio(cell.seconds, floor.seconds)
    empty = next((each for each in cells if (each.name, each.stored) == (cell.name, 0)), None)
    found["ratio_to_empty"] = None if empty is None else ratio(cell.seconds, empty.seconds)
    found["cpu"] = milliseconds(statistics.median(cell.cpu_seconds))
    found["bytes"] = mean(cell.bytes_asked)
    found["bytes_ratio"] = None if found["bytes"] is None else round(found["bytes"] / record_bytes, 2)
    found["disk_bytes"] = mean(cell.bytes_on_disk)
    return {**found, "fsyncs": syncs}


def main() -> None:
    """Measure, and print one line per figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--taps", type=int, default=1_000, help="rounds; TinyDB takes part in every third")
    parser.add_argument(
        "--histories", type=int, nargs="+", default=HISTORIES, help="how many contacts are stored before"
    )
    parser.add_argument("--seed", type=int, default=755, help="of the order within each round")
    parser.add_argument(
        "--folder", type=Path, default=Path("build"), help="where the stores lie meanwhile: a real disk"
    )
    asked = parser.parse_args()
    asked.folder.mkdir(exist_ok=True)
    record_bytes = len(text(document(1)).encode())
    with tempfile.TemporaryDirectory(dir=asked.folder) as name, ExitStack() as stack:
        folder = Path(name)
        say({"bench": "tap", "name": "place", **place(folder), "record_bytes": record_bytes, "seed": asked.seed})
        cells = open_cells(stack, folder, asked.histories)
        tap_in_turn(cells, asked.taps, asked.seed)
        syncs = {subject: syncs_per_tap(subject, asked.taps, _made(folder / "syncs" / subject)) for subject in SUBJECTS}
    for cell in cells:
        say(figure(cell, cells, record_bytes, syncs.get(cell.name, 1.0)))  # a floor's one fsync is there to be read


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


if __name__ == "__main__":
    main()
