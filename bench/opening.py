"""Opens one store once, in a process of its own, and says what that cost: `python -m bench.opening NAME FOLDER`."""

import json
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from itertools import islice
from pathlib import Path
from typing import Any

from tinydb import TinyDB

from bench.measure import memory_kib, say
from bench.stores import KEY, open_sqlite
from field_app.clock import SystemClock
from field_app.logbook import Logbook
from field_app.store.journal import JournalDB
from field_app.store.outbox import RECORDS
from field_app.store.records import RecordStore
from sync.reference import load_reference

LAST = 50
NEWEST = f"SELECT document FROM records ORDER BY id DESC LIMIT {LAST}"  # noqa: S608 - a constant
# Comes with the program, not with the store, so it is read before the clock starts.
REFERENCE = load_reference()


def list_ours(stack: ExitStack, path: Path, key: bytes | None) -> list[Any]:
    """The last contacts in a JournalDB."""
    db = stack.enter_context(JournalDB(path, key))
    with db.journal.reading():
        return [found for _, found in islice(db.named_table(RECORDS).newest_first(), LAST)]


def list_outbox(stack: ExitStack, path: Path) -> list[Any]:
    """What a RecordStore has to send."""
    return RecordStore(stack.enter_context(JournalDB(path, KEY))).ready_ids()


def list_page(stack: ExitStack, path: Path) -> list[Any]:
    """What the app shows of a RecordStore: the last contacts, each with its state, and how many there are in each."""
    page = Logbook(RecordStore(stack.enter_context(JournalDB(path, KEY))), SystemClock(), REFERENCE).page()
    page.counts()
    return list(page.outbox(LAST))


def list_sqlite(stack: ExitStack, path: Path) -> list[Any]:
    """The last contacts in SQLite."""
    db = stack.enter_context(closing(open_sqlite(path)))
    return [json.loads(found) for (found,) in db.execute(NEWEST)]


def list_tinydb(stack: ExitStack, path: Path) -> list[Any]:
    """The last contacts in TinyDB as it comes, which reads its whole file."""
    found: list[Any] = stack.enter_context(TinyDB(path / "db.json")).all()
    return found[-LAST:]


# The store that is opened, and what is listed in it.
OPENINGS: dict[str, tuple[str, Callable[[ExitStack, Path], list[Any]]]] = {
    "sealed": ("records sealed", lambda stack, path: list_ours(stack, path, KEY)),
    "plain": ("records plain", lambda stack, path: list_ours(stack, path, None)),
    "compacted sealed": ("compacted sealed", lambda stack, path: list_ours(stack, path, KEY)),
    "outbox sealed": ("records sealed", list_outbox),
    "app's list sealed": ("records sealed", list_page),
    "sqlite": ("sqlite", list_sqlite),
    "tinydb": ("tinydb", list_tinydb),
}


def main() -> None:
    """Open, list, say what it took."""
    name, path = sys.argv[1], Path(sys.argv[2])
    _, list_last = OPENINGS[name]
    before = memory_kib()
    with ExitStack() as stack:
        started = time.perf_counter()
        found = list_last(stack, path)
        seconds = time.perf_counter() - started
        after = memory_kib()
    figure = {"seconds": seconds, "listed": len(found)}
    if before is not None and after is not None:
        figure |= {"memory_kib": after.now, "added_kib": after.now - before.now, "most_kib": after.most - before.now}
    say(figure)


if __name__ == "__main__":
    main()
