"""TinyDB's faults are mended for documents in closed files too, of a plain store and a sealed one, compacted or not."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from journals import SegmentBytes
from tinydb import where

from field_app.store.journal import JournalDB
from sync.sealing import new_key

COUNT = 24
Open = Callable[[], JournalDB]


def document(n: int) -> dict[str, Any]:
    """A document with something in it that can be shared by mistake."""
    return {"n": n, "tags": ["a", "b"], "place": {"rd": "0454"}}


@pytest.fixture(params=["plain", "sealed"])
def key(request: pytest.FixtureRequest) -> bytes | None:
    return new_key() if request.param == "sealed" else None


@pytest.fixture(params=["as written", "compacted"])
def reopened(
    request: pytest.FixtureRequest, key: bytes | None, folder: Path, segment_bytes: SegmentBytes
) -> Iterator[Open]:
    """Opens a store of 24 documents, most of them in closed files, as often as asked."""
    segment_bytes(500)
    with JournalDB(folder, key) as db:
        for n in range(1, COUNT + 1):
            db.insert(document(n))
            db.named_table("names").put(f"name {n}", document(n))
        if request.param == "compacted":
            assert db.journal.compact()
        assert [*folder.glob("*.idx")]
    found: list[JournalDB] = []

    def open_one() -> JournalDB:
        found.append(JournalDB(folder, key))
        return found[-1]

    yield open_one
    for db in found:
        db.close()


def test_the_number_of_a_removed_document_is_not_given_out_again(reopened: Open) -> None:
    db = reopened()
    db.remove(doc_ids=[COUNT, COUNT - 1])
    db.remove(where("n") > 3)
    assert reopened().insert({}) == COUNT + 1
    db.journal.compact()
    assert reopened().insert({}) == COUNT + 2
    db.remove(where("n").exists())
    for _ in range(30):  # so that what was removed is itself in a closed file
        db.table("other").insert(document(0))
    db.journal.compact()
    assert reopened().insert({}) == COUNT + 3


@pytest.mark.parametrize(
    "read",
    [
        lambda db: db.get(doc_id=2),
        lambda db: db.get(doc_ids=[2])[0],
        lambda db: db.get(where("n") == 2),
        lambda db: db.search(where("n") == 2)[0],
        lambda db: db.all()[1],
        lambda db: next(row for row in db if row["n"] == 2),
        lambda db: db.named_table("names").find("name 2"),
        lambda db: db.named_table("names").all_by_id()["name 2"],
    ],
    ids=["get by id", "get by ids", "get by query", "search", "all", "iterate", "find", "all by id"],
)
def test_a_result_shares_nothing_with_the_store(read: Callable[[JournalDB], Any], reopened: Open) -> None:
    db = reopened()
    for _ in range(3):
        found = read(db)
        assert found == document(2)
        found["tags"].append("spoiled")
        found["place"]["rd"] = "spoiled"
        found["n"] = "spoiled"
    for each in (db, reopened()):
        assert each.get(doc_id=2) == each.all()[1] == document(2)
        assert each.named_table("names").find("name 2") == document(2)


def test_a_query_is_not_answered_from_a_cache_that_another_handle_made_stale(reopened: Open) -> None:
    db, other = reopened(), reopened()
    assert db.search(where("n") == 2) == [document(2)]
    other.update({"n": 99}, doc_ids=[2])
    assert db.search(where("n") == 2) == []
    assert db.search(where("n") == 99) == [{**document(2), "n": 99}]
    other.journal.compact()
    assert db.search(where("n") == 99) == [{**document(2), "n": 99}]


def test_persist_empty_wipes_nothing(reopened: Open) -> None:
    assert len(reopened().table("_default", persist_empty=True)) == COUNT
    assert len(reopened()) == COUNT
    assert reopened().get(doc_id=1) == document(1)


def test_an_update_that_fails_half_way_changes_nothing(reopened: Open) -> None:
    db = reopened()

    def fails_at(n: int) -> Callable[[Any], None]:
        def change(row: dict[str, Any]) -> None:
            row["tags"].append("changed")
            if row["n"] == n:
                raise ArithmeticError

        return change

    attempts: list[Callable[[], object]] = [
        lambda: db.update(fails_at(3), doc_ids=[1, 2, 3]),
        lambda: db.update(fails_at(COUNT)),
        lambda: db.update(fails_at(5), where("n") >= 2),
        lambda: db.update_multiple([(fails_at(0), where("n") == 1), (fails_at(2), where("n") == 2)]),
    ]
    for attempt in attempts:
        with pytest.raises(ArithmeticError):
            attempt()
        assert db.get(doc_id=1) == document(1)
    expected = [document(n) for n in range(1, COUNT + 1)]
    assert db.all() == reopened().all() == expected


def test_one_document_of_a_closed_file_is_updated_and_removed_alone(reopened: Open) -> None:
    db = reopened()
    expected = {n: document(n) for n in range(1, COUNT + 1)}
    assert db.update({"seen": True}, doc_ids=[3]) == [3]
    assert db.remove(doc_ids=[4]) == [4]
    expected[3] = {**document(3), "seen": True}
    del expected[4]
    for each in (db, reopened()):
        assert each.get(doc_id=3) == expected[3]
        assert each.get(doc_id=4) is None
        assert not each.contains(doc_id=4)
        assert len(each) == COUNT - 1
        assert {row.doc_id: dict(row) for row in deepcopy(each.all())} == expected
