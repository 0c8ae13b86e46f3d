"""Who taps in bench/tap.py: the floor, our store, and its peers, each over a history of its own."""

import os
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tinydb import TinyDB

from bench.measure import written
from bench.stores import INSERT, KEY, contact, document, open_sqlite, text
from field_app.store.journal import JournalDB
from field_app.store.records import RecordStore

OURS = ("sealed", "plain", "records sealed")
SUBJECTS = (*OURS, "sqlite", "tinydb")
# TinyDB reads and writes its whole file at each tap: some 3 s with 100,000 contacts, so a quarter of an hour for 300 taps.
TINYDB_STORED_MAX = 10_000
# 334 taps of 1,000 rounds, since no cell is to have fewer than 300: with 10,000 contacts these take a minute and a half.
TINYDB_EVERY = 3
WARM_UP_TAPS = 3


@dataclass
class Cell:
    """One who taps: what it is given before the clock starts, what it does, and what that took."""

    name: str
    stored: int
    path: Path
    prepare: Callable[[int], Any]
    act: Callable[[Any], object]
    taps: int = 0
    seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    bytes_asked: list[int] = field(default_factory=list)
    bytes_on_disk: list[int] = field(default_factory=list)

    def tap(self) -> None:
        """One tap, timed and counted."""
        self.taps += 1
        given = self.prepare(self.stored + self.taps)
        before = written()
        worked, started = time.thread_time(), time.perf_counter()
        self.act(given)
        self.seconds.append(time.perf_counter() - started)
        self.cpu_seconds.append(time.thread_time() - worked)
        after = written()
        if before is not None and after is not None:
            self.bytes_asked.append(after.asked - before.asked)
            self.bytes_on_disk.append(after.disk - before.disk)

    def warm_up(self) -> int:
        """A few taps that do not count. Gives the bytes that the last one added to the files."""
        for _ in range(WARM_UP_TAPS):
            size = _bytes_in(self.path)
            self.tap()
        for kept in (self.seconds, self.cpu_seconds, self.bytes_asked, self.bytes_on_disk):
            kept.clear()
        return _bytes_in(self.path) - size


def open_cell(stack: ExitStack, name: str, stored: int, path: Path) -> Cell:
    """One of SUBJECTS over the store in this folder, closed when the stack is."""
    prepare: Callable[[int], Any] = document
    act: Callable[[Any], object]
    if name == "sqlite":
        db = stack.enter_context(closing(open_sqlite(path)))

        def act(found: dict[str, Any]) -> object:
            return db.execute(INSERT, (text(found),))

    elif name == "tinydb":
        act = stack.enter_context(TinyDB(path / "db.json")).insert
    else:
        journal = stack.enter_context(JournalDB(path, KEY if name.endswith("sealed") else None))
        act = journal.insert
        if name.startswith("records"):
            prepare, act = (lambda _: [contact]), RecordStore(journal).add
    return Cell(name, stored, path, prepare, act)


def open_floor(stack: ExitStack, ours: str, size: int, path: Path) -> Cell:
    """An append of as many bytes as one of ours writes, and an fsync, on a descriptor that stays open."""
    path.mkdir()
    descriptor = os.open(path / "floor", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    stack.callback(os.close, descriptor)

    def act(data: bytes) -> None:
        os.write(descriptor, data)
        os.fsync(descriptor)

    return Cell(f"floor {ours}", 0, path, lambda _: os.urandom(size), act)


def _bytes_in(path: Path) -> int:
    return sum(each.stat().st_size for each in path.iterdir() if each.is_file())
