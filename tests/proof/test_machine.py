"""Random programs on a store, in two handles as two processes would have it, through crashes, reopening and compaction.

Each answer is compared with a dict's and SQLite's. What was acknowledged is there after every crash; what was not may be
there whole or not at all.
"""
# ruff: noqa: D102 - a rule is named by what it does, and so needs no docstring

import os
import shutil
import tempfile
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

from faulty_disk import FaultyDisk
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from oracle import CONDITIONS, Condition, Oracle, Row
from tinydb.table import Document

from field_app.store import files
from field_app.store.journal import JournalDB
from sync.sealing import new_key

SEGMENT_BYTES = 600
NUMBERED, NAMED = ("_default", "contacts"), "records"
HANDLES = st.integers(0, 1)
NAMES = st.sampled_from(NUMBERED)
KEYS = st.sampled_from(["a", "b", "c", "z", "77"])
ROWS = st.fixed_dictionaries(
    {"n": st.integers(0, 5)},
    optional={"word": st.sampled_from(["a", "☕", "\x00"]), "tags": st.lists(st.text(max_size=40), max_size=3)},
)
CHANGES = st.fixed_dictionaries({}, optional={"n": st.integers(0, 5), "seen": st.booleans(), "word": st.just("☕")})
ASKED = st.sampled_from(CONDITIONS)


class StoreMachine(RuleBasedStateMachine):
    """A store, and what it must say."""

    def __init__(self) -> None:
        super().__init__()
        self._usual_bytes, files.SEGMENT_BYTES = files.SEGMENT_BYTES, SEGMENT_BYTES
        self._base = Path(tempfile.mkdtemp(prefix="machine"))
        self._folder = self._base / "0"
        self._oracle = Oracle()
        self._key: bytes | None = None
        self._handles: list[JournalDB] = []

    @initialize(is_sealed=st.booleans())
    def open_two(self, *, is_sealed: bool) -> None:
        self._key = new_key() if is_sealed else None
        self._handles = [self.opened(), self.opened()]

    def opened(self) -> JournalDB:
        return JournalDB(self._folder, self._key, disk=FaultyDisk(is_quick=True))

    def teardown(self) -> None:
        for handle in range(len(self._handles)):
            self.tell_everything(handle)
        self.crash_at_rest()
        for db in self._handles:
            db.close()
        shutil.rmtree(self._base)
        files.SEGMENT_BYTES = self._usual_bytes

    @rule(handle=HANDLES, name=NAMES, row=ROWS)
    def insert(self, handle: int, name: str, row: Row) -> None:
        assert [str(self._handles[handle].table(name).insert(deepcopy(row)))] == self._oracle.insert(name, [row])

    @rule(handle=HANDLES, name=NAMES, rows=st.lists(ROWS, max_size=12))
    def insert_multiple(self, handle: int, name: str, rows: list[Row]) -> None:
        ids = self._handles[handle].table(name).insert_multiple(deepcopy(rows))
        assert [str(key) for key in ids] == self._oracle.insert(name, rows)

    @rule(handle=HANDLES, name=NAMES, row=ROWS, ahead=st.integers(0, 9))
    def insert_under_own_id(self, handle: int, name: str, row: Row, ahead: int) -> None:
        own = int(self._oracle.next_id(name)) + ahead
        assert self._handles[handle].table(name).insert(Document(row, own)) == own
        self._oracle.put(name, str(own), row)

    @rule(handle=HANDLES, name=NAMES, row=ROWS, asked=ASKED)
    def upsert(self, handle: int, name: str, row: Row, asked: Condition) -> None:
        ids = self._handles[handle].table(name).upsert(deepcopy(row), asked.query)
        assert [str(key) for key in ids] == (self._oracle.update(name, row, asked) or self._oracle.insert(name, [row]))

    @rule(handle=HANDLES, name=NAMES, changes=CHANGES, asked=st.none() | ASKED)
    def update(self, handle: int, name: str, changes: Row, asked: Condition | None) -> None:
        ids = self._handles[handle].table(name).update(changes, None if asked is None else asked.query)
        assert [str(key) for key in ids] == self._oracle.update(name, changes, asked)

    @rule(handle=HANDLES, name=NAMES, changes=st.lists(st.tuples(CHANGES, ASKED), max_size=3))
    def update_multiple(self, handle: int, name: str, changes: list[tuple[Row, Condition]]) -> None:
        ids = self._handles[handle].table(name).update_multiple([(row, asked.query) for row, asked in changes])
        expected = [key for row, asked in changes for key in self._oracle.update(name, row, asked)]
        assert sorted(str(key) for key in ids) == sorted(expected)

    @rule(handle=HANDLES, name=NAMES, asked=ASKED)
    def remove(self, handle: int, name: str, asked: Condition) -> None:
        ids = self._handles[handle].table(name).remove(asked.query)
        assert [str(key) for key in ids] == self._oracle.remove(name, asked)

    @rule(handle=HANDLES, name=NAMES, is_dropped=st.booleans())
    def empty(self, handle: int, name: str, *, is_dropped: bool) -> None:
        db = self._handles[handle]
        if is_dropped:
            db.drop_table(name)
        else:
            db.table(name).truncate()
        self._oracle.clear(name)

    @rule(handle=HANDLES)
    def drop_tables(self, handle: int) -> None:
        self._handles[handle].drop_tables()
        self._oracle.clear(*NUMBERED, NAMED)

    @rule(handle=HANDLES, rows=st.dictionaries(KEYS, ROWS, max_size=3))
    def put(self, handle: int, rows: dict[str, Row]) -> None:
        self._handles[handle].named_table(NAMED).put_all(deepcopy(rows))
        for key, row in rows.items():
            self._oracle.put(NAMED, key, row)

    @rule(handle=HANDLES, key=KEYS, row=ROWS)
    def add(self, handle: int, key: str, row: Row) -> None:
        try:
            self._handles[handle].named_table(NAMED).add(key, deepcopy(row))
        except ValueError:
            assert key in self._oracle.rows(NAMED)
        else:
            assert key not in self._oracle.rows(NAMED)
            self._oracle.put(NAMED, key, row)

    @rule(handle=HANDLES, name=NAMES, number=st.integers(1, 30), key=KEYS)
    def look_up(self, handle: int, name: str, number: int, key: str) -> None:
        """One document by its id, wherever it lies; nothing else is read for it."""
        db, rows = self._handles[handle], self._oracle.rows(name)
        assert db.table(name).get(doc_id=number) == rows.get(str(number))
        assert db.table(name).contains(doc_id=number) == (str(number) in rows)
        assert len(db.table(name)) == len(rows)
        assert db.named_table(NAMED).find(key) == self._oracle.rows(NAMED).get(key)

    @rule(handle=HANDLES, name=NAMES, asked=ASKED)
    def search(self, handle: int, name: str, asked: Condition) -> None:
        table, rows = self._handles[handle].table(name), self._oracle.rows(name, asked)
        found: list[Any] = table.search(asked.query)
        assert [(str(row.doc_id), dict(row)) for row in found] == [*rows.items()]
        assert table.count(asked.query) == len(rows)
        assert table.contains(asked.query) == bool(rows)
        assert table.get(asked.query) == next(iter(rows.values()), None)

    @rule(handle=HANDLES)
    def tell_everything(self, handle: int) -> None:
        db = self._handles[handle]
        for name in NUMBERED:
            assert [(str(row.doc_id), dict(row)) for row in db.table(name)] == [*self._oracle.rows(name).items()]
        assert [*db.named_table(NAMED).all_by_id().items()] == [*self._oracle.rows(NAMED).items()]

    @rule(handle=HANDLES)
    def reopen(self, handle: int) -> None:
        self._handles[handle].close()
        self._handles[handle] = self.opened()

    @rule(handle=HANDLES)
    def compact(self, handle: int) -> None:
        self._handles[handle].journal.compact()

    @rule()
    def crash_at_rest(self) -> None:
        """Both are killed; a copy of the folder goes on elsewhere."""
        self._move_to_a_copy()

    @rule(rows=st.lists(ROWS, min_size=1, max_size=4), name=NAMES, seed=st.integers(0, 2**32), is_whole=st.booleans())
    def crash_in_a_write(self, rows: list[Row], name: str, seed: int, *, is_whole: bool) -> None:
        """Killed before anybody was told "kept": what the write left is cut, or garbled, or whole."""
        self._move_to_a_copy(is_open=False)
        sizes = {path.name: path.stat().st_size for path in self._folder.glob("*")}
        with self.opened() as db:
            db.table(name).insert_multiple(deepcopy(rows))
        lot = Random(seed)
        if not is_whole:
            for path in [*self._folder.glob("*")]:
                spoil_what_is_new(path, sizes.get(path.name, 0), lot)
        self._handles = [self.opened(), self.opened()]
        found = len(self._handles[0].table(name))
        if found != len(self._oracle.rows(name)):
            self._oracle.insert(name, rows)  # it was not acknowledged, and yet the disk has it, whole
        for handle in (0, 1):
            self.tell_everything(handle)

    def _move_to_a_copy(self, *, is_open: bool = True) -> None:
        copy = self._base / str(int(self._folder.name) + 1)
        if self._folder.is_dir():
            shutil.copytree(self._folder, copy)
        else:
            copy.mkdir()
        for db in self._handles:
            db.close()
        self._folder = copy
        self._handles = [self.opened(), self.opened()] if is_open else []


def spoil_what_is_new(path: Path, size: int, lot: Random) -> None:
    """Leave of what was appended a part: cut, zeroed, or garbled behind it; or nothing, not even the file."""
    new = path.stat().st_size - size
    if new <= 0:
        return
    if size == 0 and lot.random() < 0.3:
        path.unlink()
        return
    kept = size + lot.randrange(new)
    rest = lot.choice([b"", bytes(size + new - kept), lot.randbytes(lot.randrange(40))])
    os.truncate(path, kept)
    with path.open("ab") as file:
        file.write(rest)


IS_LONG = os.environ.get("CONTACT755_PROOF") == "long"
TestStore = StoreMachine.TestCase
TestStore.settings = settings(
    max_examples=2_000 if IS_LONG else 100,
    stateful_step_count=60 if IS_LONG else 40,
    deadline=None,
    suppress_health_check=[*HealthCheck],
    print_blob=True,
)
