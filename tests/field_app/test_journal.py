"""The journal: what was acknowledged is there again, whatever became of the file's end or middle."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from journals import OpenDB, StartProgram, frames_in, journal, numbers

from field_app.store.faults import StoreFault
from field_app.store.frames import HEADER_BYTES, PAYLOAD_BYTES_MAX, scan
from field_app.store.journal import JournalDB


def write_files(folder: Path, files: int, each: int = 2) -> None:
    """A store of several journal files, each with a few documents: every file but the last ends in a torn tail."""
    for number in range(files):
        with JournalDB(folder) as db:
            for place in range(each):
                db.insert({"n": number * each + place})
        if number < files - 1:
            with journal(folder, number + 1).open("ab") as file:
                file.write(b"torn")
    assert sorted(path.name for path in folder.glob("*.log")) == [journal(folder, n + 1).name for n in range(files)]


def test_an_acknowledged_insert_is_there_after_reopening(open_db: OpenDB) -> None:
    db = open_db()
    assert [db.insert({"n": n, "note": "kaffe ☕ \ud800", "nested": {"a": [1, None, 1.5]}}) for n in range(20)] == [
        *range(1, 21)
    ]
    before = db.all()
    db.close()
    assert open_db().all() == before
    assert open_db().journal.damage == []


def test_nothing_is_made_on_the_disk_until_something_is_written(folder: Path, open_db: OpenDB) -> None:
    db = open_db()
    assert (db.all(), db.tables(), len(db)) == ([], set(), 0)
    assert not folder.exists()


def test_one_insert_is_one_frame_however_many_documents_it_has(folder: Path, open_db: OpenDB) -> None:
    db = open_db()
    db.insert_multiple({"n": n} for n in range(50))
    db.update({"seen": True})
    db.remove(doc_ids=[*range(1, 50)])
    assert [frame.lsn for frame in frames_in(folder)] == [1, 2, 3]


@pytest.mark.parametrize("ending", ["os._exit(0)", "os.kill(os.getpid(), 9)"])
def test_a_process_that_ends_at_once_loses_nothing_that_it_acknowledged(
    ending: str, folder: Path, program: StartProgram, open_db: OpenDB
) -> None:
    lines = f"db = JournalDB(folder)\nfor n in range(20): db.insert({{'n': n}}); os.write(1, b'%d\\n' % n)\n{ending}"
    said, complaints = program(lines).communicate(timeout=30)
    assert complaints == ""
    assert numbers(open_db()) == [int(line) for line in said.splitlines()] == [*range(20)]


def test_a_process_killed_at_any_moment_loses_nothing_that_it_acknowledged(
    folder: Path, program: StartProgram, open_db: OpenDB
) -> None:
    """One write may be there that was on its way to being acknowledged; never two, and never a part of one."""
    lines = "db = JournalDB(folder)\nn = len(db)\nwhile True: db.insert({'n': n}); n += 1; os.write(1, b'%d\\n' % n)"
    kept = 0
    for wanted in (1, 2, 5, 17, 40):
        killed = program(lines)
        assert killed.stdout is not None
        said = [killed.stdout.readline() for _ in range(wanted)]
        killed.kill()
        acknowledged = [int(line) for line in [*said, *killed.stdout]]
        assert acknowledged == [*range(kept + 1, kept + 1 + len(acknowledged))]
        kept = len(open_db())
        assert numbers(open_db()) == [*range(kept)]
        assert acknowledged[-1] <= kept <= acknowledged[-1] + 1


def test_a_journal_cut_anywhere_keeps_every_write_before_the_cut_and_takes_new_ones(tmp_path: Path) -> None:
    """The bytes that are left are never touched: after a torn tail, writing goes on in the next file."""
    whole = tmp_path / "whole"
    with JournalDB(whole) as db:
        for n in range(4):
            db.insert({"n": n})
    data = journal(whole).read_bytes()
    ends = [frame.end for frame in scan(data, 1).frames]
    for cut in range(len(data) + 1):
        folder = tmp_path / str(cut)
        folder.mkdir()
        journal(folder).write_bytes(data[:cut])
        kept = [n for n, end in enumerate(ends) if end <= cut]
        is_torn = cut not in (0, *ends)
        with JournalDB(folder) as db:
            assert numbers(db) == kept
            db.insert({"n": 99})
            assert numbers(db) == [*kept, 99]
            assert len(db.journal.damage) == is_torn
        assert journal(folder).read_bytes()[:cut] == data[:cut]
        assert journal(folder, 2).exists() == is_torn
        assert not is_torn or journal(folder).read_bytes() == data[:cut]
        with JournalDB(folder) as db:
            assert numbers(db) == [*kept, 99]


def test_a_write_of_many_documents_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    with JournalDB(tmp_path) as db:
        db.insert_multiple([{"n": 1}, {"n": 2}])
        db.update({"seen": True})
    data = journal(tmp_path).read_bytes()
    whole = scan(data, 1).frames
    for cut in range(len(data) + 1):
        journal(tmp_path).write_bytes(data[:cut])
        with JournalDB(tmp_path) as db:
            seen = [document.get("seen", False) for document in db]
        assert seen == [] if cut < whole[0].end else seen == [cut == whole[1].end] * 2


def test_reading_a_torn_journal_changes_nothing_on_the_disk(folder: Path, open_db: OpenDB) -> None:
    write_files(folder, 1)
    journal(folder).write_bytes(journal(folder).read_bytes()[:-1])
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for _ in range(3):
        assert numbers(open_db()) == [0]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_damage_in_the_middle_is_reported_left_alone_and_costs_only_itself(folder: Path, open_db: OpenDB) -> None:
    write_files(folder, 1, each=5)
    data = bytearray(journal(folder).read_bytes())
    frames = scan(bytes(data), 1).frames
    data[frames[2].start + HEADER_BYTES + 3] ^= 0x10
    journal(folder).write_bytes(data)
    db = open_db()
    assert numbers(db) == [0, 1, 3, 4]
    assert db.journal.damage == [
        f"journal-00000001.log: bytes {frames[2].start} to {frames[2].end} are damaged",
        "changes 3 to 3 are missing",
    ]
    assert db.insert({"n": 5}) == 6
    assert numbers(open_db()) == [0, 1, 3, 4, 5]
    assert journal(folder).read_bytes()[: len(data)] == data


@pytest.mark.parametrize(
    ("gone", "kept", "report"),
    [
        (1, [2, 3, 4, 5], "changes 1 to 2 are missing"),
        (2, [0, 1, 4, 5], "changes 3 to 4 are missing"),
    ],
)
def test_a_journal_file_that_is_gone_costs_only_itself_and_is_reported(
    gone: int, kept: list[int], report: str, folder: Path, open_db: OpenDB
) -> None:
    write_files(folder, 3)
    journal(folder, gone).unlink()
    db = open_db()
    assert numbers(db) == kept
    assert report in db.journal.damage
    db.insert({"n": 6})
    assert numbers(db) == numbers(open_db()) == [*kept, 6]


def test_an_old_state_that_a_disk_gives_back_in_a_later_place_does_not_win(folder: Path, open_db: OpenDB) -> None:
    with JournalDB(folder) as db:
        db.insert({"n": 0})
        for n in range(1, 6):
            db.update({"n": n}, doc_ids=[1])
    data = journal(folder).read_bytes()
    frames = scan(data, 1).frames
    stale = data[frames[1].start : frames[2].start]
    assert len(stale) == frames[4].end - frames[4].start
    journal(folder).write_bytes(data[: frames[4].start] + stale + data[frames[4].end :])
    assert numbers(open_db()) == [5]
    journal(folder).write_bytes(data[: frames[4].start])
    reader = open_db()
    assert numbers(reader) == [3]
    journal(folder).write_bytes(data[: frames[4].start] + stale)
    assert numbers(reader) == numbers(open_db()) == [3]


def test_frames_that_a_disk_gives_back_in_the_wrong_order_are_all_read(folder: Path, open_db: OpenDB) -> None:
    write_files(folder, 1, each=4)
    before = open_db().all()
    data = journal(folder).read_bytes()
    _, second, third, fourth = frames_in(folder)
    moved = data[third.start : third.end] + data[second.start : second.end]
    journal(folder).write_bytes(data[: second.start] + moved + data[fourth.start :])
    assert open_db().all() == before
    assert open_db().journal.damage == []


@pytest.mark.parametrize("name", ["journal-7.log", "journal-00000001 (copy).log", "journal-x.log", "notes.txt"])
def test_a_strange_file_in_the_folder_keeps_nobody_from_logging(name: str, folder: Path, open_db: OpenDB) -> None:
    write_files(folder, 1)
    (folder / name).write_bytes(b"something else")
    db = open_db()
    db.insert({"n": 2})
    assert numbers(db) == numbers(open_db()) == [0, 1, 2]
    assert db.journal.damage == []


def test_a_write_that_was_interrupted_after_the_disk_had_it_costs_no_later_one(folder: Path, open_db: OpenDB) -> None:
    """Ctrl-C in the middle: the caller knows nothing of the write, but what comes after it must still count."""

    class Interrupting:
        def __init__(self) -> None:
            self.is_over = False

        def start(self, state: object) -> None:
            pass

        def follow(self, changes: Sequence[object]) -> None:
            if changes and not self.is_over:
                self.is_over = True
                raise KeyboardInterrupt

        def freeze(self) -> None:
            pass

    db = open_db()
    db.journal.add_index("interrupting", Interrupting())
    with pytest.raises(KeyboardInterrupt):
        db.insert({"n": 0})
    for n in (1, 2):
        db.insert({"n": n})
    assert numbers(db) == numbers(open_db()) == [0, 1, 2]
    assert [frame.lsn for frame in frames_in(folder)] == [1, 2, 3]


@pytest.mark.parametrize(
    "bad",
    [{1, 2}, object(), {("a", "b"): 1}, 10**5000, "x" * PAYLOAD_BYTES_MAX],
    ids=["set", "object", "key", "number", "size"],
)
def test_a_document_that_cannot_be_kept_is_refused_and_changes_nothing(
    bad: object, folder: Path, open_db: OpenDB
) -> None:
    db = open_db()
    db.insert({"n": 0})
    before = journal(folder).read_bytes()
    attempts: list[Callable[[], object]] = [
        lambda: db.insert({"bad": bad}),
        lambda: db.insert_multiple([{"n": 8}, {"bad": bad}]),
        lambda: db.update({"bad": bad}),
    ]
    for attempt in attempts:
        with pytest.raises((TypeError, ValueError)):
            attempt()
        assert db.all() == [{"n": 0}]
    assert journal(folder).read_bytes() == before
    assert db.insert({"n": 1}) == 2


def test_a_closed_store_says_so_and_touches_nothing(folder: Path, open_db: OpenDB) -> None:
    db = open_db()
    table = db.table("contacts")
    table.insert({"n": 0})
    db.close()
    (folder / "LOCK").unlink()
    for refused in (lambda: table.insert({"n": 1}), table.all, lambda: len(table), db.tables, db.drop_tables):
        with pytest.raises(StoreFault, match=r"^The store is closed\.$"):
            refused()
    db.close()
    assert [path.name for path in folder.iterdir()] == [journal(folder).name]


def test_a_file_where_the_folder_should_be_is_told_in_a_sentence(folder: Path, open_db: OpenDB) -> None:
    folder.write_text("not a folder")
    with pytest.raises(StoreFault, match=r"^The data folder is not a folder\. Name another one with --data\.$"):
        open_db().insert({"n": 0})
    assert folder.read_text() == "not a folder"


def test_the_payload_is_plain_json_that_any_tool_can_read(folder: Path, open_db: OpenDB) -> None:
    open_db().table("contacts").insert({"note": "på hjørnet"})
    (frame,) = frames_in(folder)
    assert json.loads(frame.body) == [["contacts", "p", "1", {"note": "på hjørnet"}]]
