"""Stores with a history, as the app would have made them: a frame for each contact, but one fsync for many."""

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uuid6
from tinydb import TinyDB

from field_app.store.journal import JournalDB
from field_app.store.records import RecordStore
from sync.records import Contact, Role, Source, hashed, record_to_json
from sync.verdicts import Verdict
from sync.wire import Judged, Receipt

KEY = bytes(range(32))
DEVICE_ID = "01936a00-0000-7000-8000-000000755755"
# One station that was never restored: another epoch would have everything sent again.
EPOCH = "01936a00-0000-7000-8000-000000000001"
AT = datetime(2026, 11, 22, 22, 32, tzinfo=UTC)
# What the last shift left to send; everything before has its verdict.
UNSENT = 200
# So many contacts for one fsync; small against a journal file, which is only closed between two of these.
FILL = 100
TABLE = "CREATE TABLE IF NOT EXISTS records (id INTEGER PRIMARY KEY, document TEXT NOT NULL)"
INSERT = "INSERT INTO records (document) VALUES (?)"


def contact(sequence: int) -> Contact:
    """A contact as a deputy logs it, with everything filled in but a note."""
    return Contact(
        id=str(uuid6.uuid7()),
        device=DEVICE_ID,
        sequence=sequence,
        person="900001",
        entered_at=AT,
        monotonic_ms=8_200_000,
        boot="7d5c1f0e-2b1c-4a53-9d57-2f6a6a4b0c11",
        claimed_at=AT,
        setting="foot-patrol",
        source=Source.OBS,
        role=Role.DEPUTY,
        watch="day",
        unit="42A",
        rd="0454",
        people=3,
        cards=2,
        minutes=10,
    )


def document(sequence: int) -> dict[str, Any]:
    """The same as RecordStore keeps it."""
    return hashed(record_to_json(contact(sequence)))


def text(found: dict[str, Any]) -> str:
    """A document as JSON, for peers that keep text."""
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def insert_up_to(path: Path, key: bytes | None, first: int, last: int) -> None:
    """JournalDB.insert of contacts by number."""
    with JournalDB(path, key) as db:
        for start in range(first, last + 1, FILL):
            with db.journal.writing():
                for sequence in range(start, min(start + FILL, last + 1)):
                    db.insert(document(sequence))


def log_up_to(path: Path, key: bytes | None, first: int, last: int) -> None:
    """RecordStore.add of contacts by number, and verdicts on all but the last UNSENT."""
    with JournalDB(path, key) as db:
        store = RecordStore(db)
        for start in range(first, last + 1, FILL):
            with db.journal.writing():
                for _ in range(start, min(start + FILL, last + 1)):
                    store.add([contact])
            store.settle(_receipt(store.ready_ids()[:-UNSENT], start))


def compact_up_to(path: Path, key: bytes | None, first: int, last: int) -> None:
    """The same, and everything in closed files compacted into one, as the app does in idle time."""
    log_up_to(path, key, first, last)
    with JournalDB(path, key) as db:
        db.journal.compact()


def sqlite_up_to(path: Path, first: int, last: int) -> None:
    """The same documents as text in SQLite."""
    with closing(open_sqlite(path)) as db:
        db.execute(TABLE)
        db.execute("BEGIN")
        db.executemany(INSERT, ((text(document(sequence)),) for sequence in range(first, last + 1)))
        db.execute("COMMIT")


def tinydb_up_to(path: Path, first: int, last: int) -> None:
    """The same documents in TinyDB as it comes."""
    with TinyDB(path / "db.json") as db:
        db.insert_multiple(document(sequence) for sequence in range(first, last + 1))


def open_sqlite(path: Path) -> sqlite3.Connection:
    """SQLite where a commit is on the disk when it returns (WAL, synchronous FULL)."""
    db = sqlite3.connect(path / "records.sqlite", isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    return db


Fill = Callable[[Path, int, int], None]
FILLS: dict[str, Fill] = {
    "sealed": lambda path, first, last: insert_up_to(path, KEY, first, last),
    "plain": lambda path, first, last: insert_up_to(path, None, first, last),
    "records sealed": lambda path, first, last: log_up_to(path, KEY, first, last),
    "records plain": lambda path, first, last: log_up_to(path, None, first, last),
    "compacted sealed": lambda path, first, last: compact_up_to(path, KEY, first, last),
    "sqlite": sqlite_up_to,
    "tinydb": tinydb_up_to,
}


def fill(folder: Path, name: str, histories: Sequence[int]) -> dict[int, Path]:
    """One store for each history: the next is a copy of the one before, filled further."""
    made: dict[int, Path] = {}
    before = 0
    for history in sorted(histories):
        path = folder / f"{name} {history}"
        if made:
            shutil.copytree(made[before], path)
        path.mkdir(mode=0o700, exist_ok=True)
        FILLS[name](path, before + 1, history)
        made[history], before = path, history
    return made


def sync_files(folder: Path) -> None:
    """Bring everything in a folder to the disk, so that it is not written back in the middle of a figure."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())


def _receipt(ids: Sequence[str], number: int) -> Receipt:
    judged = tuple(Judged(each, Verdict.ACCEPTED) for each in ids)
    return Receipt(number, str(uuid6.uuid7()), EPOCH, AT, "", judged)
