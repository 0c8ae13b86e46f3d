"""The index beside a closed file: pages that are read only when asked for, and never believed when damaged."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from journals import OpenDB

from field_app.store import files, places
from field_app.store.check import report_on
from field_app.store.codec import Codec
from field_app.store.disk import Disk
from field_app.store.index import State, index_bytes, read_index, read_whole
from field_app.store.journal import JournalDB
from field_app.store.places import MISSING, DamagedPage, Place, Places
from field_app.store.segments import Segment
from field_app.store.survey import read_files, survey

SEGMENT, STATE = Segment(3), State(7, {}, {}, [], is_sealed=False)
SEALED = Codec(bytes(range(32)))
IDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=3)
PLACE = st.none() | st.tuples(st.integers(0, 99), st.integers(0, 99))


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five places a page, and files of two kibibytes."""
    monkeypatch.setattr(places, "PAGE_PLACES", 5)
    monkeypatch.setattr(files, "SEGMENT_BYTES", 2048)


@pytest.mark.parametrize("codec", [Codec(), SEALED], ids=["plain", "sealed"])
@given(tables=st.dictionaries(IDS, st.dictionaries(IDS, PLACE, max_size=30), max_size=3), others=st.lists(IDS))
def test_pages_answer_what_the_whole_would(
    codec: Codec, tables: dict[str, dict[str, Place]], others: list[str]
) -> None:
    whole = Places(tables, {*others})
    data = index_bytes(SEGMENT, STATE, whole, codec)
    found = read_index(lambda start, end: data[start:end], SEGMENT, codec)
    assert found is not None
    assert found.state == STATE
    assert found.places.cleared == whole.cleared
    for name, table in tables.items():
        for key in (*table, *others):
            place = found.places.find(name, key)
            assert (place is MISSING) == (key not in table)
            assert place is MISSING or (place and tuple(place)) == table[key]
        newest = [(key, place and tuple(place)) for key, place in found.places.newest_first(name)]
        assert newest == [*whole.newest_first(name)]


@pytest.mark.parametrize("codec", [Codec(), SEALED], ids=["plain", "sealed"])
def test_a_page_that_is_damaged_or_another_one_is_not_believed(codec: Codec) -> None:
    rows: dict[str, Place] = {str(number): (number, number) for number in range(10, 30)}
    data = index_bytes(SEGMENT, STATE, Places({"a": rows}), codec)
    pages = _pages(data, codec)
    assert len(pages) == 4
    (_, first, second), (_, third, fourth) = pages[0], pages[1]
    for spoiled in (
        data[: first + 30] + b"?" + data[first + 31 :],
        data[:first] + data[third:fourth] + data[second:],  # the second page in the place of the first
        data[:first],
    ):
        found = read_index(lambda start, end, data=spoiled: data[start:end], SEGMENT, codec)  # type: ignore[misc]  # mypy cannot see a lambda's default
        assert found is not None
        with pytest.raises(DamagedPage):
            found.places.find("a", "11")
        assert read_whole(spoiled, SEGMENT, codec) is None


@pytest.mark.parametrize("key", [None, bytes(range(32))], ids=["plain", "sealed"])
def test_a_damaged_page_of_a_base_costs_nothing(folder: Path, open_db: OpenDB, key: bytes | None) -> None:
    with JournalDB(folder, key) as db:
        for number in range(100):
            db.insert({"n": number})
        db.journal.compact()
    (path,) = folder.glob("base-*.idx")
    codec, data = Codec(key), bytearray(path.read_bytes())
    for _, start, _ in _pages(bytes(data), codec, Segment(int(path.stem[5:]), is_base=True)):
        data[start + 30] ^= 0xFF
    path.write_bytes(data)
    with JournalDB(folder, key) as db:
        assert db.get(doc_id=3) == {"n": 2}
    with JournalDB(folder, key) as db, db.journal.reading():
        assert list(db.journal.tables["_default"].newest_first()) == [str(number) for number in range(100, 0, -1)]
        assert db.journal.damage == []
    assert any(
        "is made again" in each.line for each in report_on(survey(read_files(folder, Disk()), codec), codec).findings
    )


def test_listing_reads_the_newest_pages_alone(folder: Path) -> None:
    """However many were compacted into one base."""
    with JournalDB(folder) as db:
        for number in range(400):
            db.insert({"n": number})
        db.journal.compact()
    asked: list[int] = []

    class CountingDisk(Disk):
        def read(self, path: Path, start: int = 0, end: int | None = None) -> bytes:
            found = super().read(path, start, end)
            asked.append(len(found) if path.suffix == ".idx" else 0)
            return found

    with JournalDB(folder, disk=CountingDisk()) as db, db.journal.reading():
        head = sum(asked)
        newest = zip(range(50), db.journal.tables["_default"].newest_first(), strict=False)
        assert [key for _, key in newest] == [str(number) for number in range(400, 350, -1)]
    (path,) = folder.glob("base-*.idx")
    assert sum(asked) - head < path.stat().st_size / 4


def test_a_list_of_the_newest_outlives_a_compaction_by_another_process(folder: Path) -> None:
    with JournalDB(folder) as db:
        for number in range(200):
            db.insert({"n": number})
    with JournalDB(folder) as db, JournalDB(folder) as other, db.journal.reading():
        newest = db.journal.tables["_default"].newest_first()
        first = [key for _, key in zip(range(60), newest, strict=False)]
        assert other.journal.compact()
        assert [*first, *newest] == [str(number) for number in range(200, 0, -1)]


def _pages(data: bytes, codec: Codec, segment: Segment = SEGMENT) -> list[tuple[str, int, int]]:
    found = read_index(lambda start, end: data[start:end], segment, codec)
    assert found is not None
    return [(page.table, page.start, page.end) for pages in found.places._pages.values() for page in pages]
