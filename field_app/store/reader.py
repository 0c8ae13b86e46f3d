"""Follows the journal: reads its files, in their order and with their faults, into memory. See the rules in storage.py."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from field_app.store.changes import Change
from field_app.store.codec import Codec, NotReadable
from field_app.store.disk import Disk
from field_app.store.files import JournalFiles, Overtaken
from field_app.store.frames import Frame
from field_app.store.history import History, Limit
from field_app.store.index import State, index_bytes
from field_app.store.memory import Tables
from field_app.store.places import Places
from field_app.store.segments import DAMAGE_LINES_MAX, Segment, segments_in

# While this process reads the names of the files, another may compact them; hardly twice in a row.
LOAD_TRIES = 3


class Index(Protocol):
    """Something small in memory that follows the journal, so that a question needs no scan."""

    def start(self, state: Any) -> None:  # noqa: ANN401 - what `freeze` gave
        """Begin with what `freeze` once gave, or with nothing (None)."""

    def follow(self, changes: Sequence[Change]) -> None:
        """Take in changes, whichever process made them."""

    def freeze(self) -> Any:  # noqa: ANN401 - whatever JSON holds
        """All that `start` needs, as JSON; None if it wants to be told everything anew each time."""


class JournalReader:
    """What the journal says, and how far it was read. Not for several threads at once; every method raises OSError."""

    def __init__(self, folder: Path, disk: Disk, codec: Codec) -> None:
        self._folder = folder
        self._disk = disk
        self._codec = codec
        self._indexes: dict[str, Index] = {}
        self._history = History(folder, disk, codec, self.report)
        self.files = JournalFiles(folder, disk, codec.is_proved, self.report)
        self.is_stale = True  # memory must be made anew from the files
        self.version = 0  # moves with every change, whoever made it
        self._start_memory()

    def refresh(self) -> None:
        """Take in what other processes have appended. Raises OSError, StoreLocked."""
        try:
            if not self.is_stale and not self.files.commit.has_failed:
                self._follow()
                return
        except (FileNotFoundError, Overtaken):  # the first if the next file was compacted since its name was read
            self.is_stale = True
        for _ in range(LOAD_TRIES):
            try:
                self._load()
            except (FileNotFoundError, Overtaken):
                continue  # removed by a compaction since its name was read, or since it was opened
            return
        self._load()

    def start_next(self) -> None:
        """Begin the next file."""
        self.files.start_next()
        self._places, self._file_lsn = Places(), 0

    def add_index(self, name: str, index: Index) -> None:
        """Let an index follow the journal from its beginning; what it freezes is kept under this name."""
        self._indexes[name] = index
        self._start_index(name, index)
        index.follow(self.tables.since())

    def lay_index(self) -> None:
        """Lay the index beside the last file. It only makes opening quicker: a full disk leaves it out.

        Under its own name at once: this is part of a tap, and on Windows a rename may have to wait for a virus scanner.
        What a crash leaves of it is damaged, so the file itself is read.
        """
        files = self.files
        state = State(
            lsn=self.lsn,
            tables=self.tables.states(),
            indexes={name: kept for name, index in self._indexes.items() if (kept := index.freeze()) is not None},
            damage=self.damage[:DAMAGE_LINES_MAX],
            is_sealed=self._is_sealed,
        )
        with suppress(OSError, ValueError):  # ValueError: more to tell than one frame holds
            data = index_bytes(files.segment, state, self._places, self._codec)
            self._disk.write_new(self._folder / files.segment.index_name, data)

    def closed_files(self) -> int:
        """How many closed files are read when somebody asks for an older document."""
        return max(0, len(segments_in(self._disk.names(self._folder))) - 1)

    def adopt(self, base: Segment) -> None:
        """Read a base from now on in place of the files that it has replaced."""
        self._history.adopt(base)

    def report(self, line: str) -> None:
        """Note what is wrong, once."""
        if line not in self.damage:  # the same spot may be met again
            self.damage.append(line)

    def _load(self) -> None:
        """Read the files from their beginning, or from the newest index."""
        self.is_stale = True
        self.files.commit.settle()  # what could not be synced was refused, and is left out below
        self.files.forget()
        segments = segments_in(self._disk.names(self._folder))
        rest = self._history.open(segments)
        self._start_memory()
        for place, segment in enumerate(rest):
            self._go_to(segment)
            limit = self._history.limit(rest[place + 1 :])
            for frame in self.files.new_frames(limit):
                self._take(frame, is_loading=True)
            if place < len(rest) - 1 and (tail := self.files.tail()):
                self.report(self.files.tail_line(tail))
        self.is_stale = False

    def _start_memory(self) -> None:
        state = self._history.state
        self.tables = Tables(self._history)
        self.damage = [] if state is None else list(state.damage)
        self.lsn = 0 if state is None else state.lsn
        self._is_sealed = state is not None and state.is_sealed
        self._places, self._file_lsn = Places(), 0
        self.version += 1
        for name, index in self._indexes.items():
            self._start_index(name, index)

    def _start_index(self, name: str, index: Index) -> None:
        state = self._history.state
        if state is None or name in state.indexes:
            index.start(None if state is None else state.indexes[name])
        else:
            index.start(None)
            self._history.replay(index.follow)

    def _follow(self) -> None:
        files = self.files
        if not files.is_open:
            if segments_in(self._disk.names(self._folder)):
                self._load()
            return
        if files.is_removed():  # by a compaction of another process
            raise Overtaken
        while files.has_next():  # asked before reading: a file that has a next one is final
            self._take_new(files.limit(self._history))
            if tail := files.tail():
                self.report(files.tail_line(tail))
            self._go_to(Segment(files.segment.number + 1))
        self._take_new(None)

    def _take_new(self, limit: Limit | None) -> None:
        if limit is not None and self.lsn >= limit.lsn and (limit.is_sealed or not self._is_sealed):
            raise Overtaken
        for frame in self.files.new_frames(limit):
            self._take(frame)

    def _go_to(self, segment: Segment) -> None:
        self.files.go_to(segment)
        self._places, self._file_lsn = Places(), 0

    def _take(self, frame: Frame, *, is_loading: bool = False) -> None:
        if frame.lsn <= self._file_lsn:
            return  # a stale copy of a frame of this file that was read already
        is_base = self.files.segment.is_base
        if frame.lsn <= self.lsn and not is_loading:
            raise Overtaken
        place = f"{self.files.segment.name}: bytes {frame.start} to {frame.end}"
        if self._is_sealed and not frame.is_sealed:
            self.report(f"{place} are not sealed, and not believed")
            self.files.spoil()
            return
        try:
            changes = self._codec.changes(frame)
        except NotReadable:
            self.report(f"{place} cannot be read")
            self.files.spoil()
            return
        if self.lsn < frame.lsn - 1 and not is_base:
            self.report(f"changes {self.lsn + 1} to {frame.lsn - 1} are missing")
        self.apply(frame.lsn, changes, frame.start, frame.end, is_sealed=frame.is_sealed)

    def apply(self, lsn: int, changes: Sequence[Change], start: int, end: int, *, is_sealed: bool) -> None:
        """Make the changes of one frame visible; start and end are its place in the last file."""
        self._is_sealed |= is_sealed
        for change in self.tables.apply(changes):
            self._know(change)
        self._places.note(changes, start, end)
        for index in self._indexes.values():
            index.follow(changes)
        self._file_lsn = lsn
        if not self.files.segment.is_base:
            self.lsn = max(self.lsn, lsn)
        self.version += 1

    def _know(self, change: Change) -> None:
        if change[1] == "e":
            self.lsn = change[2]
            self.tables.use_up(change[3])
        else:
            self.report("Something here was written by a newer version of this program, and is not shown")
