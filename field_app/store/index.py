"""The index beside a closed file: what the store was at the file's end, and where the file's documents lie.

A row of frames, of which a head is read at opening, and the rest when it is asked for:

    head    the state, the tables that were emptied, and the directory: each page's table, its lowest and highest id,
            and where it lies behind the head
    pages   up to PAGE_PLACES ids of one table with their places, in the order in which they were put

In the stores of version 0.1.0 a head has no directory, and all places are in one frame behind it. An index is never the
truth: one that is missing or damaged is made again from its file.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from field_app.store import frames
from field_app.store.codec import Codec, NotReadable, pack, unpack
from field_app.store.places import DamagedPage, Page, PagedPlaces, Place, Places, extent, pages_of
from field_app.store.segments import Segment

# The frames of an index bear the number of the last change of their file, and this in their file number, so that
# none of them is ever believed in a journal.
_INDEX_BIT = 1 << 30
# Gives the bytes of an index between two offsets; fewer if it ends before.
Read = Callable[[int, int], bytes]


@dataclass(frozen=True, slots=True)
class State:
    """What the store was at the end of a file, so that opening need not read what lies before.

    `tables` holds per table how many documents it had, the highest number given out as an id, and the greatest other
    id; `indexes` what each index in memory wants to be told again; `is_sealed` whether plain frames are believed no more.
    """

    lsn: int
    tables: Mapping[str, tuple[int, int, str]]
    indexes: Mapping[str, Any]
    damage: Sequence[str]
    is_sealed: bool


@dataclass(frozen=True, slots=True)
class FileIndex:
    """An index as it is read: the state, and places that may yet turn out to be damaged (DamagedPage)."""

    state: State
    places: PagedPlaces


def index_bytes(segment: Segment, state: State, places: Places, codec: Codec) -> bytes:
    """The bytes of an index."""
    directory, pages, at = [], [], 0
    for name, rows in pages_of(places):
        page = codec.frame(state.lsn, _index_number(segment), pack([name, rows]))
        directory.append((name, *extent(rows), at, at + len(page)))
        pages.append(page)
        at += len(page)
    head = {
        "lsn": state.lsn,
        "tables": state.tables,
        "indexes": state.indexes,
        "damage": state.damage,
        "is_sealed": state.is_sealed,
        "cleared": sorted(places.cleared),
        "pages": directory,
    }
    return b"".join((codec.frame(state.lsn, _index_number(segment), pack(head)), *pages))


def read_index(read: Read, segment: Segment, codec: Codec) -> FileIndex | None:
    """An index, of which only the head is read; None if that cannot be believed. Raises StoreLocked."""
    start = read(0, frames.HEADER_BYTES)
    end = frames.end_of(start)
    lsn, head = _said(read(0, end), segment, codec)
    try:
        state = State(
            lsn=head["lsn"],
            tables={name: (count, number, text) for name, (count, number, text) in head["tables"].items()},
            indexes=head["indexes"],
            damage=head["damage"],
            is_sealed=head["is_sealed"],
        )
        if "pages" not in head:
            return FileIndex(state, _places_in_one(read, end, segment, codec))
        pages = [Page(name, low, high, end + at, end + to) for name, low, high, at, to in head["pages"]]
        cleared = [*head["cleared"]]
    except (TypeError, KeyError, ValueError, DamagedPage):
        return None

    def rows(page: Page) -> dict[str, Place]:
        page_lsn, said = _said(read(page.start, page.end), segment, codec)
        try:
            name, found = said
            if (page_lsn, name, extent(found)) == (lsn, page.table, (page.lowest, page.highest)):
                return {**found}
        except (TypeError, ValueError, AttributeError):
            raise DamagedPage from None
        raise DamagedPage

    return FileIndex(state, PagedPlaces(pages, cleared, rows))


def read_whole(data: bytes, segment: Segment, codec: Codec) -> tuple[State, Places] | None:
    """All that the bytes of an index say; None if any of it cannot be believed. Raises StoreLocked."""
    found = read_index(lambda start, end: data[start:end], segment, codec)
    try:
        return None if found is None else (found.state, found.places.whole())
    except DamagedPage:
        return None


def _places_in_one(read: Read, start: int, segment: Segment, codec: Codec) -> PagedPlaces:
    """The places as version 0.1.0 laid them. Raises DamagedPage, KeyError, TypeError."""
    end = start + frames.end_of(read(start, start + frames.HEADER_BYTES))
    _, where = _said(read(start, end), segment, codec)
    tables: dict[str, dict[str, Place]] = where["tables"]
    pages = {Page(name, *extent(rows), start, end): rows for name, rows in tables.items()}
    return PagedPlaces(pages, where["cleared"], pages.__getitem__)


def _said(data: bytes, segment: Segment, codec: Codec) -> tuple[int, Any]:
    """Number and content of the one frame that these bytes are; (0, None) if they are none that can be believed."""
    found = frames.scan(data, _index_number(segment)).frames
    if len(found) != 1 or found[0].end - found[0].start != len(data):
        return 0, None
    try:
        return found[0].lsn, unpack(codec.payload(found[0]))
    except (NotReadable, ValueError):
        return 0, None


def _index_number(segment: Segment) -> int:
    return segment.frame_number | _INDEX_BIT
