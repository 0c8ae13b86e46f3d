"""Every file of a store read whole, and what each frame in it is worth: for `check` and `salvage`.

Opens nothing for writing, takes no lock, and changes nothing: a store that another program uses may be surveyed too,
and then the last frame may be one that is being written at this moment.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from field_app.store import frames
from field_app.store.changes import Change
from field_app.store.codec import Codec, NotReadable
from field_app.store.disk import Disk
from field_app.store.faults import StoreLocked, fault_of
from field_app.store.frames import Frame, Scan
from field_app.store.history import ordered
from field_app.store.segments import QUARANTINE, Segment, all_segments, segments_in

# How long a change of each known verb is; "e" of an older version has no fourth part.
_LENGTHS = {"p": (4,), "d": (3,), "c": (2,), "x": (2,), "e": (3, 4)}
# While the names are read, another process may compact the files; hardly twice in a row.
_READ_TRIES = 3


class Worth(Enum):
    """What a whole frame is worth."""

    STANDS = "stands"
    LOCKED = "sealed under a key that is not at hand"
    UNREADABLE = "its seal is broken, or it is not what a store writes"
    NOT_SEALED = "not sealed, in a store that is"
    VOID = "refused: its fsync failed, and nobody was told that it was kept"


@dataclass(frozen=True, slots=True)
class StoreFile:
    """A file as it lies there, with the index beside it if there is one. `is_past`: a newer base stands for it."""

    segment: Segment
    data: bytes
    index: bytes | None
    is_past: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """A whole frame, what it is worth, and the changes that it tells if it stands."""

    frame: Frame
    worth: Worth
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Surveyed:
    """One file: its frames by number, damaged stretches, and where the tail begins that holds no frame."""

    file: StoreFile
    heard: tuple[Heard, ...]
    damage: tuple[tuple[int, int], ...]
    end: int

    @property
    def segment(self) -> Segment:
        """Which file it is."""
        return self.file.segment

    @property
    def tail_bytes(self) -> int:
        """Bytes behind the last good frame."""
        return len(self.file.data) - self.end

    def has_whole_frame_in_tail(self) -> bool:
        """Whether the tail has the length of a frame that it begins: rather damage than a write cut short."""
        return any(frames.unproved(self.file.data[self.end :], self.segment.frame_number))

    def stretches(self) -> Iterator[tuple[bytes, bool]]:
        """The bytes that are no frame, and whether they are damage: a write that a crash cut short is none."""
        for start, end in self.damage:
            yield self.file.data[start:end], True
        if self.tail_bytes:
            yield self.file.data[self.end :], self.has_whole_frame_in_tail()


def read_files(folder: Path, disk: Disk) -> list[StoreFile]:
    """Every file of a store, oldest first; none if there is no store. Raises StoreFault."""
    try:
        for _ in range(_READ_TRIES):
            with suppress(FileNotFoundError):
                return _read_files(folder, disk)
        return _read_files(folder, disk)
    except OSError as problem:
        raise fault_of(problem) from problem


def survey(files: Sequence[StoreFile], codec: Codec) -> list[Surveyed]:
    """What each file says. Pure."""
    scans = [ordered(frames.scan(file.data, file.segment.frame_number, codec.is_proved)) for file in files]
    found = []
    is_sealed = False  # as the store itself does: once something is sealed, plain frames are believed no more
    firsts = _first_lsns(files, scans)
    for file, scanned in zip(files, scans, strict=True):
        limit = _first_lsn_after(file.segment, firsts)
        heard = []
        for frame in scanned.frames:
            heard.append(_hear(frame, codec, limit, is_sealed=is_sealed))
            is_sealed |= frame.is_sealed and heard[-1].worth in (Worth.STANDS, Worth.LOCKED)
        found.append(Surveyed(file, tuple(heard), scanned.damage, scanned.end))
    return found


def standing_changes(surveyed: Sequence[Surveyed]) -> Iterator[Change]:
    """Every change that stands, in order."""
    for each in surveyed:
        for heard in each.heard:
            yield from heard.changes


def documents(changes: Iterator[Change], table: str) -> Mapping[str, dict[str, Any]]:
    """Every document that was ever put into a table, the last one of each id."""
    return {change[2]: change[3] for change in changes if change[0] == table and change[1] == "p"}


def _read_files(folder: Path, disk: Disk) -> list[StoreFile]:
    names = disk.names(folder)
    counted = segments_in(names)
    past = sorted(each for each in all_segments(names) if each not in counted)
    aside = [each for each in _put_aside(names) if each not in (*past, *counted)]
    quarantined = [
        StoreFile(each, disk.read(folder / f"{QUARANTINE}{each.name}"), None, is_past=True) for each in sorted(aside)
    ]
    return [
        *quarantined,
        *(
            StoreFile(
                segment=each,
                data=disk.read(folder / each.name),
                index=disk.read(folder / each.index_name) if each.index_name in names else None,
                is_past=each not in counted,
            )
            for each in (*past, *counted)
        ),
    ]


def _put_aside(names: Sequence[str]) -> list[Segment]:
    return all_segments(name.removeprefix(QUARANTINE) for name in names if name.startswith(QUARANTINE))


def _first_lsns(files: Sequence[StoreFile], scans: Sequence[Scan]) -> dict[Segment, int]:
    """The first number of each file, by frames that may be believed: a forged one must not make others void."""
    found: dict[Segment, int] = {}
    is_sealed = False
    for file, scanned in zip(files, scans, strict=True):
        is_sealed |= any(frame.is_sealed for frame in scanned.frames)
        lsns = [frame.lsn for frame in scanned.frames if frame.is_sealed or not is_sealed]
        if lsns:
            found[file.segment] = lsns[0]
    return found


def _first_lsn_after(segment: Segment, firsts: Mapping[Segment, int]) -> int | None:
    """The number from which on a journal file is void; a base has numbers of its own."""
    if segment.is_base:
        return None
    return next((firsts[each] for each in sorted(firsts) if not each.is_base and each.number > segment.number), None)


def _hear(frame: Frame, codec: Codec, limit: int | None, *, is_sealed: bool) -> Heard:
    is_void = limit is not None and frame.lsn >= limit
    if is_sealed and not frame.is_sealed:
        return Heard(frame, Worth.NOT_SEALED)
    with suppress(NotReadable):
        try:
            told = codec.changes(frame)
        except StoreLocked:
            return Heard(frame, Worth.VOID if is_void else Worth.LOCKED)
        if all(_is_change(each) for each in told):
            return Heard(frame, Worth.VOID) if is_void else Heard(frame, Worth.STANDS, tuple(map(tuple, told)))
    return Heard(frame, Worth.UNREADABLE)


def _is_change(found: object) -> bool:
    """Whether this is a change, of a verb that is known or of a newer version's."""
    if not isinstance(found, list) or len(found) < 2 or not all(isinstance(each, str) for each in found[:2]):  # noqa: PLR2004 - table and verb
        return False
    verb = found[1]
    if len(found) not in _LENGTHS.get(verb, (len(found),)):
        return False
    has_key = verb not in ("p", "d") or isinstance(found[2], str)
    return has_key and (verb != "p" or isinstance(found[3], dict))
