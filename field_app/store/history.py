"""The closed files of a store, read only when asked for."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from field_app.store import frames
from field_app.store.changes import Change, is_number
from field_app.store.codec import Codec, NotReadable
from field_app.store.disk import Disk
from field_app.store.faults import fault_of
from field_app.store.frames import Frame, Scan
from field_app.store.index import FileIndex, State, read_index
from field_app.store.places import MISSING, DamagedPage, PagedPlaces, Places
from field_app.store.segments import Segment, is_of_base, segments_in

Answer = TypeVar("Answer")

# Documents of one file are mostly asked for together; two files are held, since a search walks from one to the next.
_FILES_HELD_MAX = 2


class Limit(NamedTuple):
    """Where the next file begins. A plain frame makes no sealed one void: whoever wrote it had no key."""

    lsn: int
    is_sealed: bool

    def voids(self, frame: Frame) -> bool:
        """Whether a frame of an older file is void."""
        return frame.lsn >= self.lsn and (self.is_sealed or not frame.is_sealed)


class History:
    """Closed segments, oldest first, and what the store was at their end."""

    def __init__(self, folder: Path, disk: Disk, codec: Codec, report: Callable[[str], None]) -> None:
        self._report = report
        self._folder = folder
        self._disk = disk
        self._codec = codec
        self._segments: list[Segment] = []
        self._places: dict[Segment, Places | PagedPlaces] = {}
        self._held: dict[Segment, bytes] = {}
        self._frame_held: tuple[Segment, int] | None = None  # the last one that was asked for, and what it says
        self._changes_held: list[Change] = []
        self._sealed_from: tuple[Segment, int] | None = None  # where the first sealed frame is, once that was asked
        self._is_damage_told = False
        self.state: State | None = None

    def open(self, segments: list[Segment]) -> list[Segment]:
        """Take the files up to the newest whose index can be believed; the rest, to be replayed, is given back.

        The last file is always replayed: it may have grown since. So is everything behind a file that is gone.
        """
        self._use([])
        self.state = None
        for place in range(_unbroken(segments) - 1, -1, -1):
            index = self._index_beside(segments[place])
            if index is not None:
                self._use(segments[: place + 1])
                self.state = index.state
                self._places[segments[place]] = index.places
                return segments[place + 1 :]
        return segments

    @property
    def segments(self) -> list[Segment]:
        """The closed files, oldest first."""
        return list(self._segments)

    def adopt(self, base: Segment) -> None:
        """From now on read a base in place of the files that it has replaced; those closed since it was begun stay."""
        self._use([base, *(each for each in self._segments if each.number > base.number)])

    def _use(self, segments: list[Segment]) -> None:
        self._segments, self._places, self._held = segments, {}, {}
        self._frame_held, self._sealed_from = None, None

    def has(self, name: str, key: str) -> bool:
        """Whether a table had a document of this id at the end of the closed files."""
        return self._renewing(lambda: self._place(name, key)) is not None

    def find(self, name: str, key: str) -> dict[str, Any] | None:
        """The document that a table had under an id at the end of the closed files."""
        return self._renewing(lambda: self._document(name, key))

    def newest_first(self, name: str) -> Iterator[str]:
        """The ids that a table had, the last put first. Raises StoreFault."""
        seen: set[str] = set()
        try:
            try:
                yield from self._walk(name, seen)
            except FileNotFoundError:
                self._renew()
                yield from self._walk(name, seen)
        except OSError as problem:
            raise fault_of(problem) from problem

    def _walk(self, name: str, seen: set[str]) -> Iterator[str]:
        for segment in reversed(self._segments):
            try:
                yield from _unseen(self._places_of(segment), name, seen)
            except DamagedPage:
                yield from _unseen(self._places_made(segment), name, seen)
            if name in self._places_of(segment).cleared:
                return

    def replay(self, apply: Callable[[list[Change]], None]) -> None:
        """Everything that the closed files say, from the beginning; what is missing of it is reported."""
        last = 0
        for frame in self._renewing(self._all_frames):
            with suppress(NotReadable):  # reported when the file was closed
                changes = self._codec.changes(frame)
                apply(changes)
                if is_of_base(frame):
                    last = max([last, *(each[2] for each in changes if each[1] == "e")])
            if not is_of_base(frame):
                self._report_missing(last + 1, frame.lsn - 1)
                last = max(last, frame.lsn)
        if self.state is not None:
            self._report_missing(last + 1, self.state.lsn)

    def _report_missing(self, first: int, last: int) -> None:
        if first <= last and not self._is_damage_told:
            self._report(f"changes {first} to {last} are missing")

    def _renewing(self, ask: Callable[[], Answer]) -> Answer:
        """Ask, and again with the base if another process has compacted the closed files meanwhile. Raises StoreFault."""
        try:
            try:
                return ask()
            except FileNotFoundError:
                self._renew()
                return ask()
        except OSError as problem:
            raise fault_of(problem) from problem

    def _renew(self) -> None:
        last = self._segments[-1].number
        found = segments_in(self._disk.names(self._folder))
        self._use([each for each in found if each.is_base or each.number <= last])

    def _document(self, name: str, key: str) -> dict[str, Any] | None:
        place = self._place(name, key)
        if place is None:
            return None
        document = self._document_at(place, name, key)
        if document is None:  # the file was damaged since it was closed: what is left of it says where the rest lies
            segment, start, end = place
            self._places_made(segment)
            if not self._is_damage_told:
                self._report(f"{segment.name}: bytes {start} to {end} cannot be read")
            place = self._place(name, key)
            document = None if place is None else self._document_at(place, name, key)
        return document

    def _document_at(self, place: tuple[Segment, int, int], name: str, key: str) -> dict[str, Any] | None:
        changes = self._changes_at(*place)
        return next((each[3] for each in reversed(changes) if (*each[:3],) == (name, "p", key)), None)

    def _all_frames(self) -> list[Frame]:
        return [frame for segment in self._segments for frame in self._frames(segment)]

    def _frames(self, segment: Segment) -> Iterator[Frame]:
        later = self._segments[self._segments.index(segment) + 1 :]
        limit = self.limit(later)
        if limit is None and self.state is not None:
            limit = Limit(self.state.lsn + 1, is_sealed=True)
        standing = standing_frames(self.scan(segment), segment, limit)
        return (frame for frame in standing if self._is_believed(segment, frame))

    def _is_believed(self, segment: Segment, frame: Frame) -> bool:
        """Not if it is plain behind a sealed one: whoever wrote it had no key."""
        if frame.is_sealed or self.state is None or not self.state.is_sealed:
            return True
        if self._sealed_from is None:
            sealed = (
                (each, found.lsn) for each in self._segments for found in self.scan(each).frames if found.is_sealed
            )
            self._sealed_from = next(sealed, (segment, frame.lsn))
        return (segment, frame.lsn) < self._sealed_from

    def scan(self, segment: Segment) -> Scan:
        """The frames of one file in the order of their numbers, each once."""
        found = ordered(frames.scan(self._read(segment), segment.frame_number, self._codec.is_proved))
        for start, end in found.damage:
            self._is_damage_told = True  # what is missing is missing there
            self._report(f"{segment.name}: bytes {start} to {end} are damaged")
        return found

    def limit(self, later: list[Segment]) -> Limit | None:
        """The first frame in the next of these files that holds any: what older files say from its number on is void.

        It is void since it was refused: an fsync failed, and the cut that should take it back may have failed too.
        """
        for segment in later:
            for frame in self.scan(segment).frames:
                with suppress(NotReadable):
                    self._codec.payload(frame)
                    return Limit(frame.lsn, frame.is_sealed)
        return None

    def _place(self, name: str, key: str) -> tuple[Segment, int, int] | None:
        if self.state is None or _is_beyond(key, self.state.tables.get(name)):
            return None
        for segment in reversed(self._segments):
            try:
                place = self._places_of(segment).find(name, key)
            except DamagedPage:
                place = self._places_made(segment).find(name, key)
            if place is not MISSING:
                return None if place is None else (segment, *place)  # type: ignore[return-value]  # a pair, in JSON a list
            if name in self._places_of(segment).cleared:
                return None
        return None

    def _places_of(self, segment: Segment) -> Places | PagedPlaces:
        if segment not in self._places:
            index = self._index_beside(segment)
            if index is None:
                return self._places_made(segment)
            self._places[segment] = index.places
        return self._places[segment]

    def _places_made(self, segment: Segment) -> Places:
        """The places in a file as it says itself, where its index cannot be believed."""
        places = Places()
        for frame in self._frames(segment):
            with suppress(NotReadable):
                places.note(self._codec.changes(frame), frame.start, frame.end)
        self._places[segment] = places
        return places

    def _changes_at(self, segment: Segment, start: int, end: int) -> list[Change]:
        if self._frame_held != (segment, start):
            data = self._disk.read(self._folder / segment.name, start, end)
            found = frames.scan(data, segment.frame_number, self._codec.is_proved).frames
            self._changes_held = []
            with suppress(NotReadable):
                self._changes_held = (
                    self._codec.changes(found[0]) if found and self._is_believed(segment, found[0]) else []
                )
            if not self._changes_held:
                self._report(f"{segment.name}: bytes {start} to {end} are damaged")
            self._frame_held = (segment, start)
        return self._changes_held

    def _read(self, segment: Segment) -> bytes:
        if segment not in self._held:
            if len(self._held) >= _FILES_HELD_MAX:
                self._held.pop(next(iter(self._held)))
            self._held[segment] = self._disk.read(self._folder / segment.name)
        return self._held[segment]

    def _index_beside(self, segment: Segment) -> FileIndex | None:
        path = self._folder / segment.index_name

        def read(start: int, end: int) -> bytes:
            with suppress(OSError):  # gone, or not readable: it is made again from the file that it stands beside
                return self._disk.read(path, start, end)
            return b""

        return read_index(read, segment, self._codec)


def _unseen(places: Places | PagedPlaces, name: str, seen: set[str]) -> Iterator[str]:
    for key, place in places.newest_first(name):
        if key not in seen:
            seen.add(key)
            if place is not None:
                yield key


def _unbroken(segments: list[Segment]) -> int:
    """How many of these files, without the last, come one after the other from the beginning (or a base) on."""
    numbers = [segment.number for segment in segments[:-1]]
    if not numbers or (numbers[0] > 1 and not segments[0].is_base):
        return 0
    return next((place for place, number in enumerate(numbers) if number != numbers[0] + place), len(numbers))


def standing_frames(found: Scan, segment: Segment, limit: Limit | None) -> Iterator[Frame]:
    """The frames of a file that stand; those from `limit` on are void. A base has numbers of its own."""
    return (frame for frame in found.frames if segment.is_base or limit is None or not limit.voids(frame))


def ordered(found: Scan) -> Scan:
    """The same frames by number; of a frame that stands twice (a stale page) one."""
    by_lsn = {frame.lsn: frame for frame in reversed(found.frames)}
    return Scan(tuple(by_lsn[lsn] for lsn in sorted(by_lsn)), found.damage, found.end)


def _is_beyond(key: str, known: tuple[int, int, str] | None) -> bool:
    """Whether an id is greater than any that the table ever had: a new one costs no look at any file."""
    if known is None:
        return True
    _, number, text = known
    return int(key) > number if is_number(key) else key > text
