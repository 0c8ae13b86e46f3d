"""TinyDB's behaviour, to the letter where it is right; one test for each of its faults that is mended here."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from journals import OpenDB, StartProgram, finish, frames_in
from tinydb import Query, where
from tinydb.table import Document

from field_app.store.journal import JournalDB

NESTED = {"n": 1, "tags": ["a", "b"], "place": {"rd": "0454"}}


def spoil(document: dict[str, Any]) -> None:
    """Change everything that can be changed in a document, as a careless caller might."""
    document["tags"].append("spoiled")
    document["place"]["rd"] = "spoiled"
    document["n"] = "spoiled"


def test_the_id_of_a_removed_document_is_not_given_out_again_after_a_restart(open_db: OpenDB) -> None:
    db = open_db()
    assert db.insert_multiple([{"n": 0}, {"n": 1}, {"n": 2}]) == [1, 2, 3]
    db.remove(doc_ids=[2, 3])
    db.close()
    assert open_db().insert({"n": 3}) == 4
    assert open_db().insert({"n": 4}) == 5


def test_an_emptied_table_counts_from_one_again_and_a_table_whose_documents_were_removed_does_not(
    open_db: OpenDB,
) -> None:
    db = open_db()
    db.insert_multiple([{}, {}])
    db.remove(doc_ids=[1, 2])
    assert open_db().insert({}) == 3
    db.truncate()
    assert open_db().insert({}) == 1


def test_an_id_of_the_callers_choice_is_taken_once_and_counted_on_from(open_db: OpenDB) -> None:
    db = open_db()
    assert db.insert(Document({"n": 0}, 7)) == 7
    with pytest.raises(ValueError, match="already exists"):
        db.insert(Document({"n": 1}, 7))
    assert db.insert_multiple([{"n": 2}, Document({"n": 3}, 9), {"n": 4}]) == [8, 9, 10]
    assert open_db().insert({"n": 5}) == 11


@pytest.mark.parametrize(
    "read",
    [
        lambda db: db.get(doc_id=1),
        lambda db: db.get(doc_ids=[1])[0],
        lambda db: db.get(where("n") == 1),
        lambda db: db.search(where("n") == 1)[0],
        lambda db: db.all()[0],
        lambda db: next(iter(db)),
        lambda db: db.named_table("names").find("one"),
    ],
    ids=["get by id", "get by ids", "get by query", "search", "all", "iterate", "find"],
)
def test_a_result_shares_nothing_with_the_store(read: Any, open_db: OpenDB) -> None:  # noqa: ANN401 - many results
    db = open_db()
    db.insert(NESTED)
    db.named_table("names").put("one", NESTED)
    for _ in range(3):
        found = read(db)
        assert found == NESTED
        spoil(found)
    assert open_db().all() == [NESTED]


def test_what_was_inserted_shares_nothing_with_the_store(open_db: OpenDB) -> None:
    db = open_db()
    given = deepcopy(NESTED)
    fields = {"more": {"list": [1]}}
    db.insert(given)
    db.update(fields)
    spoil(given)
    fields["more"]["list"].append(2)
    assert db.all() == open_db().all() == [{**NESTED, "more": {"list": [1]}}]


def test_a_cached_result_is_a_copy_each_time(open_db: OpenDB) -> None:
    db = open_db()
    db.insert(NESTED)
    first, second = (db.search(where("n") == 1) for _ in range(2))
    first.append(Document({}, 9))
    spoil(first[0])
    assert second == db.search(where("n") == 1) == [NESTED]


def test_a_query_cached_before_another_process_wrote_is_not_served_stale(
    program: StartProgram, open_db: OpenDB
) -> None:
    db = open_db()
    db.insert({"n": 1})
    assert db.count(where("n") == 1) == 1
    for count, lines in enumerate(("insert({'n': 1})", "remove(doc_ids=[1, 2])", "truncate()"), 1):
        finish(program(f"JournalDB(folder).{lines}"))
        assert db.count(where("n") == 1) == (2 if count == 1 else 0)
        assert db.search(where("n") == 1) == open_db().search(where("n") == 1)


def test_persist_empty_makes_a_table_that_lasts_and_never_wipes_one(open_db: OpenDB) -> None:
    db = open_db()
    db.table("empty", persist_empty=True)
    db.table("full").insert(NESTED)
    db.close()
    again = open_db()
    assert again.table("full", persist_empty=True).all() == [NESTED]
    assert len(again.table("empty", persist_empty=True)) == 0
    assert open_db().tables() == {"empty", "full"}
    assert open_db().table("full").all() == [NESTED]


def test_an_updater_that_fails_half_way_changes_nothing(folder: Path, open_db: OpenDB) -> None:
    db = open_db()
    db.insert_multiple([{"n": 0, "list": []}, {"n": 1, "list": []}, {"n": 2, "list": []}])

    def fail_at_two(document: dict[str, Any]) -> None:
        document["list"].append("changed")
        if document["n"] == 2:
            raise ArithmeticError

    before, frames = db.all(), len(frames_in(folder))
    attempts: list[Callable[[], object]] = [
        lambda: db.update(fail_at_two),
        lambda: db.update(fail_at_two, where("n") >= 1),
        lambda: db.update(fail_at_two, doc_ids=[1, 3]),
        lambda: db.update_multiple([(fail_at_two, where("n") == 0), (fail_at_two, where("n") == 2)]),
    ]
    for attempt in attempts:
        with pytest.raises(ArithmeticError):
            attempt()
        assert db.all() == open_db().all() == before
    with pytest.raises(ValueError, match="not a Mapping"):
        db.insert_multiple([{"n": 3}, "no document"])
    with pytest.raises(KeyError):
        db.remove(doc_ids=[1, 1])
    assert db.all() == before
    assert len(frames_in(folder)) == frames


def test_a_write_that_changes_nothing_writes_nothing(folder: Path, open_db: OpenDB) -> None:
    db = open_db()
    db.insert_multiple([{"n": 1}, {"n": 2}])
    for _ in range(2):
        db.update({"n": 1}, doc_ids=[1])
        db.update({"n": 9}, where("n") == 0)
        db.remove(where("n") == 0)
        db.insert_multiple([])
        db.drop_table("unknown")
    assert len(frames_in(folder)) == 1
    db.update({"n": True}, doc_ids=[1])  # equal to 1 in Python, something else in JSON
    assert [repr(document["n"]) for document in open_db()] == ["True", "2"]


def test_a_write_costs_what_it_changes_not_what_is_stored(folder: Path, open_db: OpenDB) -> None:
    db = open_db()
    db.insert_multiple({"n": n} for n in range(5_000))
    size = frames_in(folder)[0].end
    db.insert({"n": 5_000})
    db.update({"seen": 1}, where("n") == 77)
    db.remove(doc_ids=[78])
    assert frames_in(folder)[-1].end - size < 300


def test_upsert_is_one_critical_section_and_says_what_it_did(open_db: OpenDB) -> None:
    db = open_db()
    assert db.upsert({"n": 1, "name": "a"}, where("name") == "a") == [1]
    assert db.upsert({"n": 2}, where("name") == "a") == [1]
    assert db.upsert(Document({"n": 3}, 5)) == [5]
    assert db.upsert(Document({"n": 4}, 5)) == [5]
    with pytest.raises(ValueError, match="you must specify a doc_id"):
        db.upsert({"n": 5})
    assert open_db().all() == [{"n": 2, "name": "a"}, {"n": 4}]


def test_a_store_is_let_go_at_the_end_of_a_with(folder: Path) -> None:
    with JournalDB(folder) as db:
        assert db.insert({"n": 0}) == 1
    with JournalDB(folder) as db:
        assert db.contains(Query().n == 0)


def test_a_named_table_keeps_documents_under_the_callers_ids(open_db: OpenDB) -> None:
    table = open_db().named_table("records")
    assert table.find("a") is None
    table.add("a", {"n": 0})
    table.put("b", {"n": 1})
    table.put("b", {"n": 2, "list": [1]})
    table.put_all({"c": {"n": 3}, "a": {"n": 4}})
    kept = {"a": {"n": 4}, "b": {"n": 2, "list": [1]}, "c": {"n": 3}}
    again = open_db().named_table("records")
    assert table.all_by_id() == again.all_by_id() == kept
    assert [*again.all_by_id()] == ["a", "b", "c"]
    assert again.find("b") == {"n": 2, "list": [1]}
    assert [str(document.doc_id) for document in again.search(where("n") >= 3)] == ["a", "c"]


def test_a_named_table_refuses_a_second_document_under_an_id_and_one_without(open_db: OpenDB) -> None:
    table = open_db().named_table("records")
    table.add("a", {"n": 0})
    with pytest.raises(ValueError, match="already exists"):
        table.add("a", {"n": 1})
    with pytest.raises(ValueError, match="need an id: use add"):
        table.insert({"n": 1})
    with pytest.raises(ValueError, match="need an id: use add"):
        table.insert_multiple([{"n": 1}])
    assert open_db().named_table("records").all_by_id() == {"a": {"n": 0}}


@pytest.mark.parametrize("name", ["", "7", "-1", "²", "٣", "9" * 5_000, "a b/☕", "\ud800", "_default"])
def test_any_text_can_be_an_id_or_a_tables_name(name: str, open_db: OpenDB) -> None:
    db = open_db()
    db.named_table("by id").put(name, {"n": 0})
    db.table(name).insert({"n": 1})
    again = open_db()
    assert again.named_table("by id").find(name) == {"n": 0}
    assert again.table(name).all() == [{"n": 1}]
    assert again.tables() == {"by id", name}


def test_a_table_is_the_same_however_it_was_opened_first(open_db: OpenDB) -> None:
    db = open_db()
    assert db.table("records").name == "records"
    assert db.named_table("records") is db.named_table("records") is db.table("records")
    db.named_table("records").put("a", {"n": 0})
    db.drop_table("records")
    assert db.named_table("records").all_by_id() == open_db().named_table("records").all_by_id() == {}


def test_an_updater_may_itself_update(open_db: OpenDB) -> None:
    db = open_db()
    db.insert_multiple([{"n": 0}, {"n": 1}])

    def updater(document: dict[str, Any]) -> None:
        db.update({"seen": True}, doc_ids=[2])
        document["n"] = 5

    db.update(updater, doc_ids=[1])
    assert db.all() == open_db().all() == [{"n": 5}, {"n": 1, "seen": True}]
