"""The files of a store: their names, and the index beside a closed one that says where its documents lie.

    journal-00000007.log   frames of changes; only the last one grows
    journal-00000007.idx   made when file 7 is closed: what the store was at its end, and where its documents lie
    base-00000005.log      compacted: what was alive at the end of file 5; files 1 to 5 may be gone

An index is never the truth: one that is missing or damaged is made again from its file.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from field_app.store import frames
from field_app.store.changes import Change
from field_app.store.codec import Codec, NotReadable, pack, unpack

# Marks the frames of a base, so that a stale frame of the journal file of the same number is never believed there.
_BASE_BIT = 1 << 31
# The same for the frames of an index, which bear the number of the last change of their file.
_INDEX_BIT = 1 << 30
# Of a badly damaged disk the first lines tell the story; each index beside a closed file carries them on.
DAMAGE_LINES_MAX = 100
# The name of a damaged file that compaction has put aside begins so; salvage reads it.
QUARANTINE = "quarantine-"
_KINDS = {"journal": False, "base": True}


class Segment(NamedTuple):
    """One file; ordered by number."""

    number: int
    is_base: bool = False

    @property
    def stem(self) -> str:
        """The name without its ending."""
        return f"{'base' if self.is_base else 'journal'}-{self.number:08d}"

    @property
    def name(self) -> str:
        """The name of the file with the frames."""
        return f"{self.stem}.log"

    @property
    def index_name(self) -> str:
        """The name of the index beside it."""
        return f"{self.stem}.idx"

    @property
    def frame_number(self) -> int:
        """The file number that its frames carry."""
        return self.number | _BASE_BIT if self.is_base else self.number


def _index_number(segment: Segment) -> int:
    return segment.frame_number | _INDEX_BIT


def segments_in(names: Iterable[str]) -> list[Segment]:
    """The segments that count, oldest first: the newest base, and the journal files after it."""
    found = all_segments(names)
    base = max((each for each in found if each.is_base), default=None)
    after = sorted(each for each in found if not each.is_base and (base is None or each.number > base.number))
    return after if base is None else [base, *after]


def all_segments(names: Iterable[str]) -> list[Segment]:
    """Every segment, also those that a base has replaced."""
    return [segment for name in names if (segment := _segment_of(name)) is not None]


def _segment_of(name: str) -> Segment | None:
    kind, dash, rest = name.partition("-")
    number, dot, ending = rest.partition(".")
    if kind in _KINDS and dash and ending == "log" and dot and number.isdecimal() and len(number) == 8:  # noqa: PLR2004 - as in `stem`
        return Segment(int(number), _KINDS[kind])
    return None


def is_of_base(frame: frames.Frame) -> bool:
    """Whether a frame was written into a base."""
    return frame.file_number >= _BASE_BIT


@dataclass(slots=True)
class Places:
    """Where the documents of one file lie: by table and id, start and end of the frame; None for one deleted there.

    Ids stand in the order in which they were last put. A table in `cleared` was emptied there: older files say nothing.
    """

    tables: dict[str, dict[str, tuple[int, int] | None]] = field(default_factory=dict)
    cleared: set[str] = field(default_factory=set)

    def note(self, changes: Sequence[Change], start: int, end: int) -> None:
        """Take in the changes of one frame."""
        for name, verb, *rest in changes:
            if verb in ("c", "x"):
                self.cleared.add(name)
                self.tables[name] = {}
            elif verb in ("p", "d"):
                table = self.tables.setdefault(name, {})
                table.pop(rest[0], None)
                table[rest[0]] = (start, end) if verb == "p" else None


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


def index_bytes(segment: Segment, state: State, places: Places, codec: Codec) -> bytes:
    """The bytes of the index beside a closed file: a small frame with the state, and one with the places."""
    told = {
        "lsn": state.lsn,
        "tables": state.tables,
        "indexes": state.indexes,
        "damage": state.damage,
        "is_sealed": state.is_sealed,
    }
    where = {"tables": places.tables, "cleared": sorted(places.cleared)}
    return b"".join(codec.frame(state.lsn, _index_number(segment), pack(each)) for each in (told, where))


def read_state(data: bytes, segment: Segment, codec: Codec) -> State | None:
    """The state in an index; None if it cannot be believed. Raises StoreLocked."""
    told = _index_part(data, segment, codec, 0)
    try:
        return State(
            lsn=told["lsn"],
            tables={name: (count, number, text) for name, (count, number, text) in told["tables"].items()},
            indexes=told["indexes"],
            damage=told["damage"],
            is_sealed=told["is_sealed"],
        )
    except (TypeError, KeyError, ValueError):
        return None


def read_places(data: bytes, segment: Segment, codec: Codec) -> Places | None:
    """The places in an index; None if it cannot be believed. Raises StoreLocked."""
    where = _index_part(data, segment, codec, 1)
    try:
        return Places(where["tables"], set(where["cleared"]))
    except (TypeError, KeyError):
        return None


def _index_part(data: bytes, segment: Segment, codec: Codec, part: int) -> Any:  # noqa: ANN401 - decoded JSON
    found = frames.scan(data, _index_number(segment)).frames
    if len(found) != 2:  # noqa: PLR2004 - state and places
        return None
    try:
        return unpack(codec.payload(found[part]))
    except (NotReadable, ValueError):
        return None
