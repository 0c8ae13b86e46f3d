"""Random programs on a store, in two handles as two processes would have it, through crashes, reopening and compaction.

Each answer is compared with a dict's and SQLite's. Disks fail now and then: what was refused is not there. What was
acknowledged is there after every crash; what was neither may be there whole or not at all.
"""
# ruff: noqa: D102 - a rule is named by what it does, and so needs no docstring

import os
import shutil
import tempfile
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import pytest
from faulty_disk import FaultyDisk
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from oracle import CONDITIONS, Condition, Oracle, Row
from tinydb.table import Document

from field_app.store import files
from field_app.store.faults import StoreFault
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
FAULTS = st.sampled_from(
    [("sync",), ("sync", "cut"), ("append",), ("append", "cut"), ("make",), ("folder",), ("index",)]
)


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
        self._disks: list[FaultyDisk] = []

    @initialize(is_sealed=st.booleans())
    def open_two(self, *, is_sealed: bool) -> None:
        self._key = new_key() if is_sealed else None
        self.open_both()

    def open_both(self) -> None:
        """Two handles, each on a disk of its own that can be made to fail."""
        self._disks = [FaultyDisk(is_quick=True), FaultyDisk(is_quick=True)]
        self._handles = [self.opened(disk) for disk in self._disks]

    def opened(self, disk: FaultyDisk) -> JournalDB:
        return JournalDB(self._folder, self._key, disk=disk)

    def teardown(self) -> None:
        try:
            for handle in range(len(self._handles)):
                self.tell_everything(handle)
            self.crash_at_rest()
        finally:  # also where a fault that was put in on purpose is found only now
            files.SEGMENT_BYTES = self._usual_bytes
            for db in self._handles:
                db.close()
            shutil.rmtree(self._base)

    def write(self, handle: int, action: Callable[[JournalDB], Any], expected: Callable[[Oracle], Any]) -> None:
        """Do it in both; if the disk failed, it must be as if nobody had asked."""
        try:
            found = action(self._handles[handle])
        except StoreFault:
            assert self._disks[handle].faults
            self._disks[handle].mend()
        else:
            assert (found if found is None else [str(key) for key in found]) == expected(self._oracle)

    def read(self, handle: int, action: Callable[[JournalDB], Any]) -> Any:  # noqa: ANN401 - whatever was asked for
        """An answer; if the disk failed, the second one."""
        try:
            return action(self._handles[handle])
        except StoreFault:
            assert self._disks[handle].faults
            self._disks[handle].mend()
            return action(self._handles[handle])

    @rule(handle=HANDLES, fault=FAULTS, after=st.integers(0, 2), kept=st.integers(0, 60))
    def disk_will_fail(self, handle: int, fault: tuple[str, ...], after: int, kept: int) -> None:
        self._disks[handle].mend()
        for place, operation in enumerate(fault):
            self._disks[handle].fails(operation, after=0 if place else after, kept=kept)

    @rule(handle=HANDLES, name=NAMES, rows=st.lists(ROWS, max_size=12), is_single=st.booleans())
    def insert(self, handle: int, name: str, rows: list[Row], *, is_single: bool) -> None:
        if is_single and rows:
            self.write(
                handle, lambda db: [db.table(name).insert(deepcopy(rows[0]))], lambda it: it.insert(name, rows[:1])
            )
        else:
            self.write(
                handle, lambda db: db.table(name).insert_multiple(deepcopy(rows)), lambda it: it.insert(name, rows)
            )

    @rule(handle=HANDLES, name=NAMES, row=ROWS, ahead=st.integers(0, 9))
    def insert_under_own_id(self, handle: int, name: str, row: Row, ahead: int) -> None:
        own = int(self._oracle.next_id(name)) + ahead
        self.write(
            handle,
            lambda db: [db.table(name).insert(Document(row, own))],
            lambda it: [it.put(name, str(own), row), str(own)][1:],  # type: ignore[func-returns-value]  # the same
        )

    @rule(handle=HANDLES, name=NAMES, row=ROWS, asked=ASKED)
    def upsert(self, handle: int, name: str, row: Row, asked: Condition) -> None:
        self.write(
            handle,
            lambda db: db.table(name).upsert(deepcopy(row), asked.query),
            lambda it: it.update(name, row, asked) or it.insert(name, [row]),
        )

    @rule(handle=HANDLES, name=NAMES, changes=CHANGES, asked=st.none() | ASKED)
    def update(self, handle: int, name: str, changes: Row, asked: Condition | None) -> None:
        query = None if asked is None else asked.query
        self.write(handle, lambda db: db.table(name).update(changes, query), lambda it: it.update(name, changes, asked))

    @rule(handle=HANDLES, name=NAMES, changes=st.lists(st.tuples(CHANGES, ASKED), max_size=3))
    def update_multiple(self, handle: int, name: str, changes: list[tuple[Row, Condition]]) -> None:
        self.write(
            handle,
            lambda db: sorted(map(str, db.table(name).update_multiple([(row, one.query) for row, one in changes]))),
            lambda it: sorted(key for row, one in changes for key in it.update(name, row, one)),
        )

    @rule(handle=HANDLES, name=NAMES, asked=ASKED)
    def remove(self, handle: int, name: str, asked: Condition) -> None:
        self.write(handle, lambda db: db.table(name).remove(asked.query), lambda it: it.remove(name, asked))

    @rule(handle=HANDLES, name=NAMES)
    def remove_newest(self, handle: int, name: str) -> None:
        """What was found by a question is rarely the newest, whose number must not come again."""
        newest = [int(key) for key in self._oracle.rows(name)][-1:]
        self.write(handle, lambda db: db.table(name).remove(doc_ids=newest), lambda it: it.remove_newest(name))

    @rule(handle=HANDLES, name=NAMES, how=st.sampled_from(["truncate", "drop", "drop all"]))
    def empty(self, handle: int, name: str, how: str) -> None:
        names = (*NUMBERED, NAMED) if how == "drop all" else (name,)
        action: dict[str, Callable[[JournalDB], None]] = {
            "truncate": lambda db: db.table(name).truncate(),
            "drop": lambda db: db.drop_table(name),
            "drop all": lambda db: db.drop_tables(),
        }
        self.write(handle, action[how], lambda it: it.clear(*names))

    @rule(handle=HANDLES, rows=st.dictionaries(KEYS, ROWS, max_size=3))
    def put(self, handle: int, rows: dict[str, Row]) -> None:
        self.write(
            handle,
            lambda db: db.named_table(NAMED).put_all(deepcopy(rows)),
            lambda it: [it.put(NAMED, key, row) for key, row in rows.items()].clear(),  # type: ignore[func-returns-value]  # one after the other
        )

    @rule(handle=HANDLES, key=KEYS, row=ROWS)
    def add(self, handle: int, key: str, row: Row) -> None:
        if key not in self._oracle.rows(NAMED):
            self.write(
                handle,
                lambda db: db.named_table(NAMED).add(key, deepcopy(row)),
                lambda it: it.put(NAMED, key, row),
            )
        else:
            with pytest.raises(ValueError, match="already exists"):
                self.read(handle, lambda db: db.named_table(NAMED).add(key, deepcopy(row)))

    @rule(handle=HANDLES, name=NAMES, number=st.integers(1, 30), key=KEYS)
    def look_up(self, handle: int, name: str, number: int, key: str) -> None:
        """One document by its id, wherever it lies; nothing else is read for it."""
        rows = self._oracle.rows(name)
        assert self.read(handle, lambda db: db.table(name).get(doc_id=number)) == rows.get(str(number))
        assert self.read(handle, lambda db: db.table(name).contains(doc_id=number)) == (str(number) in rows)
        assert self.read(handle, lambda db: len(db.table(name))) == len(rows)
        assert self.read(handle, lambda db: db.named_table(NAMED).find(key)) == self._oracle.rows(NAMED).get(key)
        assert self.read(handle, lambda db: len(db.named_table(NAMED))) == len(self._oracle.rows(NAMED))

    @rule(handle=HANDLES, name=NAMES, asked=ASKED)
    def search(self, handle: int, name: str, asked: Condition) -> None:
        rows = self._oracle.rows(name, asked)
        found = self.read(handle, lambda db: db.table(name).search(asked.query))
        assert [(str(row.doc_id), dict(row)) for row in found] == [*rows.items()]
        assert self.read(handle, lambda db: db.table(name).count(asked.query)) == len(rows)
        assert self.read(handle, lambda db: db.table(name).contains(asked.query)) == bool(rows)
        assert self.read(handle, lambda db: db.table(name).get(asked.query)) == next(iter(rows.values()), None)

    @rule(handle=HANDLES)
    def tell_everything(self, handle: int) -> None:
        for name in NUMBERED:
            found = self.read(handle, lambda db, name=name: [*db.table(name)])  # type: ignore[misc]  # mypy cannot see a lambda's default
            assert [(str(row.doc_id), dict(row)) for row in found] == [*self._oracle.rows(name).items()]
        found = self.read(handle, lambda db: db.named_table(NAMED).all_by_id())
        assert [*found.items()] == [*self._oracle.rows(NAMED).items()]

    @rule(handle=HANDLES)
    def reopen(self, handle: int) -> None:
        self._handles[handle].close()
        self._disks[handle].mend()
        self._handles[handle] = self.opened(self._disks[handle])

    @rule(handle=HANDLES)
    def compact(self, handle: int) -> None:
        self.write(handle, lambda db: [db.journal.compact()][1:], lambda _: [])

    @rule()
    def crash_at_rest(self) -> None:
        """Both are killed; a copy of the folder goes on elsewhere."""
        self._move_to_a_copy()

    @rule(rows=st.lists(ROWS, min_size=1, max_size=4), name=NAMES, seed=st.integers(0, 2**32), is_whole=st.booleans())
    def crash_in_a_write(self, rows: list[Row], name: str, seed: int, *, is_whole: bool) -> None:
        """Killed before anybody was told "kept": what the write left is cut, or garbled, or whole."""
        self._move_to_a_copy(is_open=False)
        sizes = {path.name: path.stat().st_size for path in self._folder.glob("*")}
        with self.opened(FaultyDisk(is_quick=True)) as db:
            db.table(name).insert_multiple(deepcopy(rows))
        lot = Random(seed)
        if not is_whole:
            for path in [*self._folder.glob("*")]:
                spoil_what_is_new(path, sizes.get(path.name, 0), lot)
        self.open_both()
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
        self._handles = []
        if is_open:
            self.open_both()


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
