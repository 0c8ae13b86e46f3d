"""An index in memory that joins late knows all that one knows which was there; what is gone costs nothing."""

import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from journals import OpenDB

from field_app.store import files
from field_app.store.changes import Change, Documents
from field_app.store.journal import JournalDB
from field_app.store.memory import replay
from field_app.store.outbox import RECORDS, VERDICTS, Outbox

KEYS, TABLES = ("a", "b", "c", "d"), ("words", "names")


class Everything:
    """An index that holds all documents: frozen, or told everything anew each time."""

    def __init__(self, *, is_frozen: bool) -> None:
        self.tables: dict[str, Documents] = {}
        self.is_frozen = is_frozen

    def start(self, state: Any) -> None:  # noqa: ANN401 - what `freeze` gave
        """Begin with what was kept."""
        self.tables = {name: dict(table) for name, table in (state or {}).items()}

    def follow(self, changes: Sequence[Change]) -> None:
        """Take in changes."""
        replay(self.tables, changes)

    def freeze(self) -> Any:  # noqa: ANN401 - JSON
        """All of it, or nothing."""
        return {name: dict(table) for name, table in self.tables.items()} if self.is_frozen else None

    def all(self) -> dict[str, Documents]:
        """The tables that hold anything."""
        return {name: table for name, table in self.tables.items() if table}


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "put", "put", "remove", "remove", "empty", "drop", "close", "look", "compact"]),
        st.sampled_from(TABLES),
        st.sampled_from(KEYS),
    ),
    max_size=30,
)


def change(db: JournalDB, verb: str, name: str, key: str, kept: Documents) -> None:
    """Do one of them, to a table and to what it should hold."""
    table = db.named_table(name)
    if verb == "put":
        kept[key] = {"n": db.journal.lsn}
        table.put(key, kept[key])
    elif verb == "remove" and key in kept:
        del kept[key]
        table.remove(doc_ids=[key])  # type: ignore[list-item]  # TinyDB's annotation knows only numbers
    elif verb in ("empty", "drop"):
        kept.clear()
        if verb == "drop":
            db.drop_table(name)
        else:
            table.truncate()
    elif verb == "look":
        assert table.all_by_id() == kept


@settings(max_examples=60)
@given(steps=STEPS, is_frozen=st.booleans())
def test_an_index_that_joins_late_knows_the_same(
    steps: list[tuple[str, str, str]], tmp_path_factory: pytest.TempPathFactory, *, is_frozen: bool
) -> None:
    """Whatever was put, removed, emptied and dropped, in closed files or since, and whoever has read all of a table."""
    folder, expected = tmp_path_factory.mktemp("late") / "store", dict[str, Documents]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "SEGMENT_BYTES", 400)
        db = JournalDB(folder)
        for verb, name, key in steps:
            change(db, verb, name, key, expected.setdefault(name, {}))
            if verb == "compact":
                db.journal.compact()
            elif verb == "close":
                db.close()
                db = JournalDB(folder)
            late = Everything(is_frozen=is_frozen)
            db.journal.add_index("late", late)  # in the place of the one before, which froze what it knew
            assert late.all() == {name: table for name, table in expected.items() if table}
        db.close()


def test_what_came_and_left_since_opening_is_held_no_more(
    folder: Path, open_db: OpenDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "SEGMENT_BYTES", 2048)
    with JournalDB(folder) as db:
        for n in range(40):
            db.named_table("words").put(f"{n:04}", {"note": "x" * 100})
    table = open_db().named_table("words")
    assert table.find("0001") is not None

    def come_and_leave(first: int) -> None:
        for n in range(first, first + 100):
            table.put(f"{n:04}", {"note": f"{n:04}" * 2_500})
            table.remove(doc_ids=[f"{n:04}"])  # type: ignore[list-item]  # TinyDB's annotation knows only numbers

    come_and_leave(100)
    tracemalloc.start()
    try:
        come_and_leave(200)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 100_000  # of the million bytes that came


def test_the_outbox_holds_nothing_of_records_that_have_left() -> None:
    outbox = Outbox()
    outbox.follow([(RECORDS, "p", "a", {"sequence": 1})])
    for verdict in ("held", "accepted"):  # the second by a person at the station
        outbox.follow([(VERDICTS, "p", "a", {"verdict": verdict})])
    outbox.follow([(RECORDS, "d", "a"), (VERDICTS, "d", "a")])
    outbox.follow([(RECORDS, "p", "b", {"sequence": 2})])
    assert outbox.ids() == ["b"]
    assert outbox._early == outbox._parked == set()
