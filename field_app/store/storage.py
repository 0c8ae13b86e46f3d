"""A TinyDB whose every acknowledged write is on the disk: `JournalDB(folder)`.

TinyDB's own JSONStorage rewrites the whole file at each write, in place: slow, and unreadable after a crash. Here a
write appends one frame (frames.py) with only what changed, and returns after the disk has it. The rules:

1. Append, memory, fsync, then the caller. Nobody is shown what memory holds before its fsync. Memory is changed by
   decoding the very bytes that were written, so what is in memory is always what a replay would give.
2. One frame is one change, whole or not at all, however many documents it touches.
3. Files are only appended to, never rewritten. The one exception: a write that failed is cut off again at once, before
   anyone was told that it succeeded.
4. A torn tail (what a crash left behind) stays where it is, and writing goes on in the next file. So recovery destroys
   nothing, may itself crash anywhere, and an older program never spoils the journal of a newer one.
5. After a failed fsync the same file is never trusted with another write (the kernel may have dropped the pages and
   say nothing the next time): memory is made anew from the files, and writing goes on in the next one. Its first number
   makes void whatever the file before says from that number on, in case the cut was lost too.
6. Several processes may use one store. Writers take the lock, read what the others appended, then append. Readers take
   no lock: a frame that is still being written fails its CRC and is read the next time.
7. What was read from the file is synced before it is served: the process that wrote it may have died before its fsync.
8. A file that has grown to SEGMENT_BYTES is closed with an index beside it (segments.py), and read again only when
   somebody asks for a document in it. So opening, and a tap, cost the same however much there is.
"""

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from tinydb.storages import Storage

from field_app.store.changes import Change
from field_app.store.codec import Codec, NotReadable
from field_app.store.disk import Disk, Lock
from field_app.store.faults import StoreFault, fault_of
from field_app.store.files import SEGMENT_BYTES, JournalFiles, Overtaken
from field_app.store.frames import Frame
from field_app.store.history import History
from field_app.store.memory import Tables
from field_app.store.segments import Places, Segment, State, index_bytes, segments_in

LOCK_NAME = "LOCK"
# A frame is written in microseconds; what is still no frame after this was left by a crash.
UNFINISHED_SECONDS = 0.1
# Under a stream of taps this process lets the others have the lock at least this often.
HOLD_SECONDS_MAX = 0.05
# Of a badly damaged disk the first lines tell the story; each index beside a closed file carries them on.
DAMAGE_LINES_MAX = 100


class Index(Protocol):
    """Something small in memory that follows the journal, so that a question needs no scan."""

    def start(self, state: Any) -> None:  # noqa: ANN401 - what `freeze` gave
        """Begin with what `freeze` once gave, or with nothing (None)."""

    def follow(self, changes: Sequence[Change]) -> None:
        """Take in changes, whichever process made them."""

    def freeze(self) -> Any:  # noqa: ANN401 - whatever JSON holds
        """All that `start` needs, as JSON."""


class JournalStorage(Storage):
    """TinyDB's storage over a folder of journal files. `tables` is what they say."""

    def __init__(
        self, path: str | Path, key: bytes | None = None, older_keys: Iterable[bytes] = (), disk: Disk | None = None
    ) -> None:
        self._folder = Path(path)
        self._disk = disk or Disk()
        self._codec = Codec(key, older_keys)
        self._history = History(self._folder, self._disk, self._codec, self._report)
        self._indexes: dict[str, Index] = {}
        self._lock = threading.RLock()
        self._nobody_writes = threading.Condition(self._lock)
        self._process_lock: Lock | None = None
        self._depth = 0  # of writing() in the thread that holds the lock
        self._holders = 0  # threads that write or wait for their fsync, all under one process lock
        self._held_since = 0.0
        self._ticket = 0  # of what the block that is under way has appended
        self._is_closed = False
        self._is_stale = True
        self.version = 0  # moves with every change, whoever made it
        self.damage: list[str] = []
        self._files = JournalFiles(self._folder, self._disk, self._codec.is_proved, self._report)
        try:
            self._disk.check_folder(self._folder)
        except OSError as problem:
            raise fault_of(problem) from problem
        self._start_memory()
        self.refresh()

    @property
    def lsn(self) -> int:
        """The number of the last frame applied."""
        return self._lsn

    @property
    def is_sealing(self) -> bool:
        """Whether what is written is sealed."""
        return self._codec.is_sealing

    def policy(self) -> str:
        """How far each write is pushed before it counts, in words for `status`."""
        return self._disk.policy(self._folder).value

    def read(self) -> dict[str, Mapping[str, Any]] | None:  # type: ignore[override]  # TinyDB's annotation wants dicts; it only reads them
        """TinyDB's view: every table, or None while there is none. Documents are the live ones: copy, do not change."""
        with self.reading():
            return {name: table.whole() for name, table in self.tables.items()} or None

    def write(self, data: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> None:
        """Replace everything, as TinyDB asks when tables are dropped. One frame."""
        with self.writing():
            changes: list[Change] = [(name, "x") for name in self.tables if name not in data]
            for name, table in data.items():
                if name not in self.tables or table is not self.tables[name].whole():
                    changes.append((name, "c"))
                    changes.extend((name, "p", str(key), dict(document)) for key, document in table.items())
            self.append(changes)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Hold off this process's other threads, with everything read that other processes have written."""
        with self._lock:
            if self._depth == 0:
                self._settle()
                self.refresh()
            yield

    def writing(self) -> AbstractContextManager[None]:
        """Hold off every other writer, thread or process; what the block appended is on the disk when it ends.

        May be nested. Raises StoreFault.
        """
        return _Writing(self)

    def append(self, changes: Sequence[Change]) -> None:
        """Make changes: one frame, on the disk when the outermost writing() ends. Raises StoreFault.

        Raises TypeError or ValueError for documents that are not JSON; nothing has changed then.
        """
        if not changes:
            return
        lsn, start = self._lsn + 1, self._files.commit.end
        data, as_replayed = self._codec.encode(lsn, self._files.segment.frame_number, changes)
        try:
            self._ticket = self._files.commit.append(data)
            self._apply(lsn, as_replayed, start, start + len(data))
        except OSError as problem:
            raise fault_of(problem) from problem
        except BaseException:
            self._is_stale = True  # interrupted between the file and memory: the file is right
            raise

    def refresh(self) -> None:
        """Take in what other processes have appended. Raises StoreFault."""
        self._check_open()
        try:
            if self._is_stale or self._files.commit.has_failed:
                self._load()
            else:
                self._follow()
        except Overtaken:
            self._load()
        except OSError as problem:
            raise fault_of(problem) from problem

    def add_index(self, name: str, index: Index) -> None:
        """Let an index follow the journal from its beginning; what it freezes is kept under this name."""
        with self.reading():
            self._indexes[name] = index
            self._start_index(name, index)
            if self._history.state is None:
                tables = self.tables.items()
                index.follow([(table, "p", *each) for table, memory in tables for each in memory.whole().items()])
            else:
                index.follow(self._since)

    def faults(self) -> list[str]:
        """What is wrong with the files, a line each: damage met so far, and bytes at the end that are no frame."""
        with self.reading():
            if self._files.tail() == 0:
                return list(self.damage)
        time.sleep(UNFINISHED_SECONDS)  # perhaps another process is writing them at this moment
        with self.reading():
            tail = self._files.tail()
            return [*self.damage, *([self._files.tail_line(tail)] if tail > 0 else [])]

    def close(self) -> None:
        """Let the files go. There is nothing to flush."""
        with self._lock:
            self._files.close()
            if self._process_lock is not None:
                self._process_lock.close()
            self._process_lock = None
            self._is_closed = True

    def enter(self) -> None:
        """The beginning of a block of writing()."""
        self._lock.acquire()
        try:
            if self._depth == 0:
                self._begin()
            self._depth += 1
        except BaseException:
            self._lock.release()
            raise

    def leave(self) -> None:
        """The end of a block of writing(): wait for the disk without holding off the threads that come next."""
        self._depth -= 1
        is_outermost, ticket = self._depth == 0, self._ticket
        self._lock.release()
        if not is_outermost:
            return
        try:
            if ticket:
                self._files.commit.wait(ticket)
        except OSError as problem:
            raise fault_of(problem) from problem
        finally:
            with self._lock:
                self._let_go()

    def _begin(self) -> None:
        self._check_open()
        while self._holders and time.monotonic() - self._held_since > HOLD_SECONDS_MAX:
            self._nobody_writes.wait()
        try:
            if self._holders == 0:
                self._hold()
            self._holders += 1
        except OSError as problem:
            raise fault_of(problem) from problem
        try:
            self._find_place()
        except OSError as problem:
            self._let_go()
            raise fault_of(problem) from problem
        except BaseException:
            self._let_go()
            raise
        self._ticket = 0

    def _hold(self) -> None:
        if self._process_lock is None:
            self._disk.make_folder(self._folder)
            self._process_lock = self._disk.lock(self._folder / LOCK_NAME)
        self._process_lock.acquire()
        self._held_since = time.monotonic()

    def _let_go(self) -> None:
        self._holders -= 1
        if self._holders == 0:
            if self._process_lock is not None:
                self._process_lock.release()
            self._nobody_writes.notify_all()

    def _find_place(self) -> None:
        """Bring memory up to date and see that there is a file that ends behind a good frame."""
        files = self._files
        if not self._is_stale and not files.commit.has_failed and files.is_ready():
            return
        self.refresh()
        if not files.is_open:
            files.start_next()
            return
        files.make_writable()
        if tail := files.tail():
            self._report(files.tail_line(tail))
        if tail or files.is_finished:
            if files.commit.end >= SEGMENT_BYTES:
                self._lay_index()
            files.start_next()
            self._places, self._file_lsn = Places(), 0

    def _lay_index(self) -> None:
        """Lay the index beside the last file. It only makes opening quicker: a full disk leaves it out."""
        files = self._files
        files.commit.wait_for_all()
        state = State(
            lsn=self._lsn,
            tables=self.tables.states(),
            indexes={name: index.freeze() for name, index in self._indexes.items()},
            damage=self.damage[:DAMAGE_LINES_MAX],
            is_sealed=self._is_sealed,
        )
        with suppress(OSError, ValueError):  # ValueError: more to tell than one frame holds
            data = index_bytes(files.segment, state, self._places, self._codec)
            self._disk.write_whole(self._folder / files.segment.index_name, data)

    def _settle(self) -> None:
        try:
            self._files.commit.wait_for_all()
        except OSError:
            return  # whoever appended is told; refresh() makes memory anew

    def _check_open(self) -> None:
        if self._is_closed:
            raise StoreFault("The store is closed.")

    def _report(self, line: str) -> None:
        if line not in self.damage:  # the same spot may be met again
            self.damage.append(line)

    def _load(self) -> None:
        """Read the files from their beginning, or from the newest index."""
        self._settle()
        self._is_stale = True
        self._files.forget()
        segments = segments_in(self._disk.names(self._folder))
        rest = self._history.open(segments)
        self._start_memory()
        for place, segment in enumerate(rest):
            self._go_to(segment)
            limit = self._history.first_lsn(rest[place + 1 :])
            for frame in self._files.new_frames(limit):
                self._take(frame, is_loading=True)
            if place < len(rest) - 1 and (tail := self._files.tail()):
                self._report(self._files.tail_line(tail))
        self._is_stale = False

    def _start_memory(self) -> None:
        state = self._history.state
        self.tables = Tables(self._history)
        self.damage = [] if state is None else list(state.damage)
        self._lsn = 0 if state is None else state.lsn
        self._is_sealed = state is not None and state.is_sealed
        self._since: list[Change] = []  # what came after the newest index, for indexes that join later
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
        files = self._files
        if not files.is_open:
            if segments_in(self._disk.names(self._folder)):
                self._load()
            return
        while True:
            is_last = not files.has_next()  # asked first: a file that has a next one is final
            limit = None if is_last else files.next_first_lsn(self._history)
            if limit is not None and self._lsn >= limit:
                raise Overtaken
            for frame in files.new_frames(limit):
                self._take(frame)
            if is_last:
                return
            if tail := files.tail():
                self._report(files.tail_line(tail))
            self._go_to(Segment(files.segment.number + 1))

    def _go_to(self, segment: Segment) -> None:
        self._files.go_to(segment)
        self._places, self._file_lsn = Places(), 0

    def _take(self, frame: Frame, *, is_loading: bool = False) -> None:
        if frame.lsn <= self._file_lsn:
            return  # a stale copy of a frame of this file that was read already
        is_base = self._files.segment.is_base
        if frame.lsn <= self._lsn and not is_loading:
            raise Overtaken
        place = f"{self._files.segment.name}: bytes {frame.start} to {frame.end}"
        if self._is_sealed and not frame.is_sealed:
            self._report(f"{place} are not sealed, and not believed")
            return
        try:
            changes = self._codec.changes(frame)
        except NotReadable:
            self._report(f"{place} cannot be read")
            return
        self._is_sealed |= frame.is_sealed
        if self._lsn < frame.lsn - 1 and not is_base:
            self._report(f"changes {self._lsn + 1} to {frame.lsn - 1} are missing")
        self._apply(frame.lsn, changes, frame.start, frame.end)

    def _apply(self, lsn: int, changes: Sequence[Change], start: int, end: int) -> None:
        for change in self.tables.apply(changes):
            self._know(change)
        self._places.note(changes, start, end)
        for index in self._indexes.values():
            index.follow(changes)
        if self._history.state is not None:
            self._since.extend(changes)
        self._file_lsn = lsn
        if not self._files.segment.is_base:
            self._lsn = max(self._lsn, lsn)
        self.version += 1

    def _know(self, change: Change) -> None:
        if change[1] == "e":
            self._lsn = change[2]
        else:
            self._report("Something here was written by a newer version of this program, and is not shown")


class _Writing:
    """One block of writing(). A class, since a generator costs a tap three microseconds more."""

    __slots__ = ("_storage",)

    def __init__(self, storage: JournalStorage) -> None:
        self._storage = storage

    def __enter__(self) -> None:
        self._storage.enter()

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._storage.leave()
