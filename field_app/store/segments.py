"""The files of a store by name.

journal-00000007.log   frames of changes; only the last one grows
journal-00000007.idx   made when file 7 is closed: what the store was at its end, and where its documents lie (index.py)
base-00000005.log      compacted: what was alive at the end of file 5; files 1 to 5 may be gone
"""

from collections.abc import Iterable
from typing import NamedTuple

from field_app.store.frames import Frame

# Marks the frames of a base, so that a stale frame of the journal file of the same number is never believed there.
_BASE_BIT = 1 << 31
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


def is_of_base(frame: Frame) -> bool:
    """Whether a frame was written into a base."""
    return frame.file_number >= _BASE_BIT
