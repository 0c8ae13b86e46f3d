"""A TinyDB whose every acknowledged write is on the disk: `JournalDB(folder)`.

TinyDB's own JSONStorage rewrites the whole file at each write, in place: slow, and unreadable after a crash. Here a
write appends one frame (frames.py) with only what changed, and returns after the disk has it. The rules:

1. Append, memory, fsync, then the caller. Nobody is shown what memory holds before its fsync. Memory is given what a
   replay of the very bytes that were written would give: decoded from them, or as it is where JSON changes nothing.
2. One frame is one change, whole or not at all, however many documents it touches.
3. Files are only appended to, never rewritten. The one exception: a write that failed is cut off again at once, before
   anyone was told that it succeeded.
4. A torn tail (what a crash left behind) stays where it is, and writing goes on in the next file. So recovery destroys
   nothing, may itself crash anywhere, and an older program never spoils the journal of a newer one.
5. After a failed fsync the same file is never trusted with another write (the kernel may have dropped the pages and
   say nothing the next time): memory is made anew from the files, and writing goes on in the next one. Its first number
   makes void whatever the file before says from that number on, in case the cut was lost too.
6. Several processes may use one store. Writers take the lock, read what the others appended, then append; whoever was the
   last to have the lock (lock.py) looks only at its own file's size. Readers take no lock: a frame that is still being
   written fails its CRC and is read the next time.
7. What was read from the file is synced before it is served: the process that wrote it may have died before its fsync.
8. A file that has grown to SEGMENT_BYTES is closed with an index beside it (segments.py), and read again only when
   somebody asks for a document in it. So opening, and a tap, cost the same however much there is.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from tinydb.storages import Storage

from field_app.store.changes import Change
from field_app.store.codec import Codec, pack, replayed
from field_app.store.compaction import compact, has_leftovers
from field_app.store.disk import Disk
from field_app.store.faults import StoreFault, fault_of
from field_app.store.lock import Lock
from field_app.store.memory import Tables
from field_app.store.reader import Index, JournalReader
from field_app.store.turn import Turn

LOCK_NAME = "LOCK"
# A frame is written in microseconds; what is still no frame after this was left by a crash.
UNFINISHED_SECONDS = 0.1


class JournalStorage(Storage):
    """TinyDB's storage over a folder of journal files."""

    def __init__(
        self, path: str | Path, key: bytes | None = None, older_keys: Iterable[bytes] = (), disk: Disk | None = None
    ) -> None:
        self._folder = Path(path)
        self._disk = disk or Disk()
        self.codec = Codec(key, older_keys)
        self._reader = JournalReader(self._folder, self._disk, self.codec)
        self._commit = self._reader.files.commit
        self._turn = Turn(self._reader, self._open_lock, self._find_place, self._leave_failed_file)
        self._is_reading = False
        try:
            self._disk.check_folder(self._folder)
        except OSError as problem:
            raise fault_of(problem) from problem
        with ExitStack() as undo:
            undo.callback(self.close)
            self.refresh()
            undo.pop_all()

    @property
    def tables(self) -> Tables:
        """What the journal says. Use within reading() or writing()."""
        return self._reader.tables

    @property
    def lsn(self) -> int:
        """The number of the last frame applied."""
        return self._reader.lsn

    @property
    def version(self) -> int:
        """A number that moves with every change, whoever made it."""
        return self._reader.version

    @property
    def damage(self) -> list[str]:
        """What was found wrong with the files so far, a line each."""
        return self._reader.damage

    def policy(self) -> str:
        """How far each write is pushed before it counts, in words for `status`."""
        return self._disk.policy(self._folder).value

    def read(self) -> dict[str, Mapping[str, Any]] | None:  # type: ignore[override]  # TinyDB only reads them
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
            if changes:
                self.append(changes)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Hold off this process's other threads, with all that other processes have written until the block began.

        May be nested. What they write meanwhile is read by the next block: all that is asked within one is of one moment.
        """
        with self._turn.thread_lock:
            if self._is_reading or self._turn.depth > 0:
                yield
                return
            self._commit.settle()
            self.refresh()
            self._is_reading = True
            try:
                yield
            finally:
                self._is_reading = False

    def last_number(self, name: str) -> int:
        """The highest number given out as an id in a table, 0 if none. Use within writing()."""
        return self._reader.tables.last_number(name)

    def writing(self) -> Turn:
        """Hold off every other writer, thread or process; what the block appended is on the disk when it ends.

        May be nested. Raises StoreFault.
        """
        return self._turn

    def append(self, changes: Sequence[Change]) -> None:
        """Make changes: one frame, on the disk when the outermost writing() ends. Raises StoreFault.

        The documents are the journal's from now on: hand over copies.
        Raises TypeError or ValueError for documents that are not JSON; nothing has changed then.
        """
        reader, lsn, start = self._reader, self._reader.lsn + 1, self._commit.end
        payload = pack(changes)
        data = self.codec.frame(lsn, reader.files.frame_number, payload)
        try:
            self._turn.ticket = self._commit.append(data)  # the disk begins with it now: all that can wait comes after
            reader.apply(lsn, replayed(changes, payload), start, start + len(data), is_sealed=self.codec.is_sealing)
        except OSError as problem:
            raise fault_of(problem) from problem
        except BaseException:
            reader.is_stale = True  # interrupted between the file and memory: the file is right
            raise

    def refresh(self) -> None:
        """Take in what other processes have appended. Raises StoreFault."""
        self._turn.check_open()
        try:
            self._reader.refresh()
        except OSError as problem:
            raise fault_of(problem) from problem

    def add_index(self, name: str, index: Index) -> None:
        """Let an index follow the journal from its beginning; what it freezes is kept under this name."""
        with self.reading():
            self._reader.add_index(name, index)

    def closed_files(self) -> int:
        """How many closed files there are."""
        with self.reading():
            return self._reader.closed_files()

    def has_leftovers(self) -> bool:
        """Whether a compaction was broken off, and left files that nobody reads. Raises StoreFault."""
        try:
            return has_leftovers(self._disk.names(self._folder))
        except OSError as problem:
            raise fault_of(problem) from problem

    def compact(self) -> bool:
        """Write the closed files anew without what is gone from them; whether there was anything to do. Raises StoreFault.

        Reads all of them: for idle time, off the event loop. Taps go on meanwhile.
        """
        try:
            base = compact(self._folder, self._disk, self.codec, self._reader.report)
        except OSError as problem:
            raise fault_of(problem) from problem
        if base is not None:
            with self._turn.thread_lock:
                self._reader.adopt(base)
        return base is not None

    def faults(self) -> list[str]:
        """What is wrong with the files, a line each: damage met so far, and bytes at the end that are no frame."""
        files = self._reader.files
        with self.reading():
            if files.tail() == 0:
                return list(self.damage)
        time.sleep(UNFINISHED_SECONDS)  # perhaps another process is writing them at this moment
        with self.reading():
            tail = files.tail()
            return [*self.damage, *([files.tail_line(tail)] if tail > 0 else [])]

    def close(self) -> None:
        """Let the files go. There is nothing to flush."""
        with self._turn.thread_lock:
            self._commit.settle()
            self._reader.files.close()
            self._turn.close()

    def _open_lock(self) -> Lock:
        self._disk.make_folder(self._folder)
        return self._disk.lock(self._folder / LOCK_NAME)

    def _find_place(self) -> None:
        """Bring memory up to date and see that there is a file that ends behind a good frame."""
        reader, files = self._reader, self._reader.files
        self._commit.settle()
        reader.refresh()
        if not files.is_open:
            reader.start_next()
            return
        files.make_writable()
        if tail := files.tail():
            reader.report(files.tail_line(tail))
        if tail or files.is_finished:
            if files.is_full:
                reader.lay_index()
            reader.start_next()

    def _leave_failed_file(self) -> None:
        """Begin the next file while no other process can write, since that would go on in the one that failed."""
        start, end = self._commit.left
        if not self._commit.has_failed:
            return  # another thread did it
        with suppress(OSError, StoreFault):  # the disk takes nothing at all now: the next write tries again
            self._find_place()
            if start < end:  # what was refused is still there: a frame that changes nothing makes it void
                self.append(())
                self._commit.wait(self._turn.ticket)
