"""One store, many users: processes and threads that write and read at once."""

import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from journals import OpenDB, StartProgram, finish, frames_in, hear, journal, numbers, say
from tinydb import where

from field_app.store.faults import StoreBusy
from field_app.store.journal import JournalDB
from field_app.store.lock import LOCK_SECONDS_MAX

_WRITER = """
name, count = sys.argv[2], int(sys.argv[3])
db = JournalDB(folder)
print("ready", flush=True)
sys.stdin.readline()
for n in range(count):
    db.insert({"by": name, "n": n})
"""
_HOLDER = """
db = JournalDB(folder)
with db.journal.writing():
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_processes_that_write_at_once_lose_nothing_and_double_nothing(
    folder: Path, program: StartProgram, open_db: OpenDB
) -> None:
    """All the while this process reads, without opening again: what it saw never goes away."""
    here = open_db()
    writers = [program(_WRITER, name, 100) for name in "abc"]
    for writer in writers:
        hear(writer, "ready")
    for writer in writers:
        say(writer, "go")
    seen = 0
    while seen < 300 and any(writer.poll() is None for writer in writers):
        found = here.all()
        assert len(found) >= seen
        seen = len(found)
        if seen % 7 == 0:
            here.insert({"by": "here", "n": len(here.search(where("by") == "here"))})
    for writer in writers:
        finish(writer)
    documents = here.all()
    for name in "abc":
        assert [document["n"] for document in documents if document["by"] == name] == [*range(100)]
    own = [document["n"] for document in documents if document["by"] == "here"]
    assert own == [*range(len(own))]
    assert [document.doc_id for document in documents] == [*range(1, len(documents) + 1)]
    assert [frame.lsn for frame in frames_in(folder)] == [*range(1, len(documents) + 1)]
    assert open_db().all() == documents
    assert here.journal.damage == []


def test_a_reader_sees_what_another_process_wrote_without_opening_again(program: StartProgram, open_db: OpenDB) -> None:
    """From the very first write, which makes the folder, on."""
    reader = open_db()
    assert reader.all() == []
    for count in (1, 2, 3):
        finish(program("JournalDB(folder).insert({'n': len(JournalDB(folder))})"))
        assert numbers(reader) == [*range(count)]


def test_all_that_is_read_in_one_block_is_of_one_moment_whatever_another_process_writes(open_db: OpenDB) -> None:
    here, other = open_db(), open_db()
    other.insert({"n": 1})
    with here.journal.reading():
        assert len(here) == 1
        other.insert({"n": 2})
        assert len(here) == len(here.all()) == 1
        here.insert({"n": 3})  # but a writer knows all that was written before
        assert [document.doc_id for document in here.all()] == [1, 2, 3]
    other.insert({"n": 4})
    assert len(here) == 4


def test_a_process_follows_another_into_the_next_file(folder: Path, program: StartProgram, open_db: OpenDB) -> None:
    db = open_db()
    db.insert({"n": 0})
    for number in (1, 2, 3):
        with journal(folder, number).open("ab") as file:
            file.write(b"torn")
        finish(program(f"JournalDB(folder).insert({{'n': {2 * number - 1}}})"))
        assert db.insert({"n": 2 * number}) == 2 * number + 1
    assert numbers(db) == numbers(open_db()) == [*range(7)]
    assert [frame.lsn for frame in frames_in(folder)] == [*range(1, 8)]
    assert len(db.journal.damage) == 3


def test_a_frame_that_is_still_being_written_is_not_read_until_it_is_whole(folder: Path, open_db: OpenDB) -> None:
    with JournalDB(folder) as db:
        db.insert({"n": 0})
        db.insert({"n": 1})
    data = journal(folder).read_bytes()
    first = frames_in(folder)[0].end
    journal(folder).write_bytes(data[:first])
    reader = open_db()
    with journal(folder).open("ab", buffering=0) as file:
        for at in range(first, len(data)):
            assert numbers(reader) == [0]
            file.write(data[at : at + 1])
    assert numbers(reader) == [0, 1]
    assert reader.journal.damage == []


def test_a_writer_that_was_killed_while_it_held_the_lock_holds_up_nobody(
    program: StartProgram, open_db: OpenDB
) -> None:
    holder = program(_HOLDER)
    hear(holder, "held")
    holder.kill()
    open_db().insert({"n": 0})


@pytest.mark.slow
def test_a_store_held_too_long_is_busy_in_a_sentence_and_free_again_afterwards(
    program: StartProgram, open_db: OpenDB
) -> None:
    """Another program's lock never stops reading, and the wait for it ends."""
    db = open_db()
    db.insert({"n": 0})
    holder = program(_HOLDER)
    hear(holder, "held")
    assert numbers(open_db()) == [0]
    since = time.monotonic()
    with pytest.raises(StoreBusy, match=r"^Another program has held this store for ten seconds\. Close it, then"):
        db.insert({"n": 1})
    assert LOCK_SECONDS_MAX <= time.monotonic() - since < LOCK_SECONDS_MAX + 1
    assert numbers(db) == [0]
    say(holder, "let go")
    db.insert({"n": 1})
    finish(holder)
    assert numbers(db) == numbers(open_db()) == [0, 1]


@pytest.fixture
def _many_switches() -> Iterator[None]:
    """Lets threads take turns a thousand times more often than they do."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("_many_switches")
def test_threads_that_write_and_read_at_once_lose_nothing_and_double_nothing(folder: Path, open_db: OpenDB) -> None:
    db = open_db()
    each, workers = 40, 8
    beginning = threading.Barrier(workers)

    def work(name: int) -> list[int]:
        ids = []
        beginning.wait()
        for n in range(each):
            ids.append(db.insert({"by": name, "n": n, "state": "new"}))
            mine = db.search(where("by") == name)
            assert [document["n"] for document in mine] == [*range(n + 1)]
            assert db.update({"state": "old"}, doc_ids=[ids[-1]]) == [ids[-1]]
            assert db.get(doc_id=ids[-1]) == {"by": name, "n": n, "state": "old"}
            assert db.count(where("state") == "new") < workers
            assert len(db) >= n + 1
            db.table("turns").upsert({"turn": n}, where("turn") == n)
        return ids

    with ThreadPoolExecutor(workers) as pool:
        ids = [number for found in pool.map(work, range(workers)) for number in found]
    assert sorted(ids) == [*range(1, workers * each + 1)]
    assert sorted(turn["turn"] for turn in db.table("turns")) == [*range(each)]
    again = open_db()
    assert again.all() == db.all()
    assert again.table("turns").all() == db.table("turns").all()
    assert [frame.lsn for frame in frames_in(folder)] == [*range(1, db.journal.lsn + 1)]
