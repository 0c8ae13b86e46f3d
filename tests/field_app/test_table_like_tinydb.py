"""The same operations on a JournalDB and on TinyDB in memory give the same answers, and the same again after reopening."""
# ruff: noqa: D102 - a rule is named by what it does, and so needs no docstring

import json
import shutil
import tempfile
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tinydb import Query, TinyDB, where
from tinydb.operations import add, decrement, delete, increment
from tinydb.operations import set as put
from tinydb.queries import QueryInstance
from tinydb.storages import MemoryStorage
from tinydb.table import Document, Table

from field_app.store.journal import JournalDB
from sync.canonical import JsonObject


def is_even(number: Any) -> bool:  # noqa: ANN401 - TinyDB's annotation says that queries test only mappings
    return bool(number % 2 == 0)


Operation = Callable[[Any], None]
NAMES = st.sampled_from(["_default", "contacts"])
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5))
VALUES = st.recursive(
    LEAVES, lambda some: st.lists(some, max_size=2) | st.dictionaries(st.text(max_size=2), some, max_size=2)
)
FIELDS = {"word": st.sampled_from("abc"), "tags": st.lists(st.sampled_from("xyz"), max_size=3), "any": VALUES}
DOCUMENTS = st.fixed_dictionaries({"n": st.integers(0, 5)}, optional=FIELDS)
CHANGES = st.fixed_dictionaries({}, optional={"n": st.integers(0, 5) | st.booleans(), **FIELDS})
CONDITIONS = st.sampled_from(
    [
        where("n") >= 3,
        where("n") == 1,
        where("word").exists(),
        ~(where("word") == "a"),
        (where("n") < 4) & where("tags").any(["x", "y"]),
        where("n").test(is_even),
        where("any").map(str).matches("[0-9]"),
        Query().noop(),
    ]
)
OPERATIONS = st.sampled_from([increment("n"), decrement("n"), add("n", 2), delete("n"), put("word", "b")])
IDS = st.lists(st.integers(1, 12), max_size=4)
WITH_N = where("n").exists()


def outcome(action: Callable[[Table], Any], table: Table) -> str:
    """What came of an action, as JSON text (in which 1, 1.0 and true differ), ids included."""
    try:
        found = action(table)
    except (KeyError, TypeError, ValueError) as problem:
        return type(problem).__name__
    documents = found if isinstance(found, list) else [found]
    return json.dumps([(getattr(document, "doc_id", None), document) for document in documents])


class LikeTinyDB(RuleBasedStateMachine):
    """Both stores take every step; after each of them they must tell the same."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = Path(tempfile.mkdtemp())
        self._ours = JournalDB(self._folder / "store")
        self._theirs = TinyDB(storage=MemoryStorage)
        self._own_id = 1_000

    def teardown(self) -> None:
        self._ours.close()
        shutil.rmtree(self._folder)

    def both(self, name: str, action: Callable[[Table], Any]) -> None:
        ours, theirs = (outcome(action, db.table(name)) for db in (self._ours, self._theirs))
        assert ours == theirs

    @rule(name=NAMES, document=DOCUMENTS)
    def insert(self, name: str, document: JsonObject) -> None:
        self.both(name, lambda table: table.insert(deepcopy(document)))

    @rule(name=NAMES, documents=st.lists(DOCUMENTS, max_size=4))
    def insert_multiple(self, name: str, documents: list[JsonObject]) -> None:
        self.both(name, lambda table: table.insert_multiple(deepcopy(documents)))

    @rule(name=NAMES, document=DOCUMENTS, is_upsert=st.booleans())
    def insert_under_own_id(self, name: str, document: JsonObject, *, is_upsert: bool) -> None:
        """With an id above all others, and one without behind it: TinyDB uses removed ids again, this store does not."""
        self._own_id += 100
        own = Document(document, self._own_id)
        self.both(name, lambda table: table.upsert(deepcopy(own)) if is_upsert else table.insert(deepcopy(own)))
        self.insert(name, document)

    @rule(name=NAMES, document=CHANGES, condition=CONDITIONS)
    def upsert(self, name: str, document: JsonObject, condition: QueryInstance) -> None:
        self.both(name, lambda table: table.upsert(deepcopy(document), condition))

    @rule(name=NAMES, changes=CHANGES, condition=st.none() | CONDITIONS)
    def update_fields(self, name: str, changes: JsonObject, condition: QueryInstance | None) -> None:
        self.both(name, lambda table: table.update(deepcopy(changes), condition))

    @rule(name=NAMES, operation=OPERATIONS, condition=CONDITIONS)
    def update_by_operation(self, name: str, operation: Operation, condition: QueryInstance) -> None:
        self.both(name, lambda table: table.update(operation, where("n").exists() & condition))

    @rule(name=NAMES, changes=CHANGES, ids=IDS)
    def update_by_id(self, name: str, changes: JsonObject, ids: list[int]) -> None:
        self.both(name, lambda table: table.update(deepcopy(changes), doc_ids=ids))

    @rule(name=NAMES, changes=st.lists(st.tuples(CHANGES, CONDITIONS), max_size=3), operation=OPERATIONS)
    def update_multiple(self, name: str, changes: list[tuple[JsonObject, QueryInstance]], operation: Operation) -> None:
        self.both(name, lambda table: table.update_multiple([*deepcopy(changes), (operation, WITH_N)]))

    @rule(name=NAMES, condition=CONDITIONS)
    def remove(self, name: str, condition: QueryInstance) -> None:
        self.both(name, lambda table: table.remove(condition))

    @rule(name=NAMES, ids=IDS)
    def remove_by_id(self, name: str, ids: list[int]) -> None:
        self.both(name, lambda table: table.remove(doc_ids=ids))

    @rule(name=NAMES)
    def truncate(self, name: str) -> None:
        self.both(name, lambda table: table.truncate())

    @rule(name=NAMES, condition=CONDITIONS, number=st.integers(1, 12), ids=IDS)
    def read(self, name: str, condition: QueryInstance, number: int, ids: list[int]) -> None:
        for action in (
            lambda table: table.search(condition),
            lambda table: table.get(condition),
            lambda table: table.get(doc_id=number),
            lambda table: table.get(doc_ids=ids),
            lambda table: table.contains(condition),
            lambda table: table.contains(doc_id=number),
            lambda table: table.count(condition),
        ):
            self.both(name, action)

    @rule(name=NAMES)
    def drop_table(self, name: str) -> None:
        for db in (self._ours, self._theirs):
            db.drop_table(name)

    @rule()
    def drop_tables(self) -> None:
        for db in (self._ours, self._theirs):
            db.drop_tables()

    @rule()
    def reopen(self) -> None:
        self._ours.close()
        self._ours = JournalDB(self._folder / "store")

    @invariant()
    def both_tell_the_same(self) -> None:
        assert self._ours.tables() == self._theirs.tables()
        for name in ("_default", "contacts"):
            self.both(name, lambda table: [*table])
            self.both(name, len)


TestLikeTinyDB = LikeTinyDB.TestCase
TestLikeTinyDB.settings = settings(
    max_examples=80,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
