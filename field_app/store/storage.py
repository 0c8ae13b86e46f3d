"""A TinyDB whose every acknowledged write is on the disk: `JournalDB(folder)`.

TinyDB's own JSONStorage rewrites the whole file at each write, in place: slow, and unreadable after a crash. Here a
write appends one frame (frames.py) with only what changed, and returns after the disk has it. The rules:

1. Append, fsync, then memory, then the caller. Memory is changed by decoding the very bytes that were written, so what
   is in memory is always what a replay would give.
2. One frame is one change, whole or not at all, however many documents it touches.
3. Files are only appended to, never rewritten. The one exception: a write that failed is cut off again at once, under
   the lock, before anyone was told that it succeeded.
4. A torn tail (what a crash left behind) stays where it is, and writing goes on in the next file. So recovery destroys
   nothing, may itself crash anywhere, and an older program never spoils the journal of a newer one.
5. After a failed fsync the same file is never trusted with another write (the kernel may have dropped the pages and
   say nothing the next time): writing goes on in the next file.
6. Several processes may use one store. Writers take the lock, read what the others appended, then append. Readers take
   no lock: a frame that is still being written fails its CRC and is read the next time.
7. What was read from the file is synced before it is served: the process that wrote it may have died before its fsync.
"""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tinydb.storages import Storage

from field_app.store import disk, frames
from field_app.store.faults import StoreFault, StoreReadOnly, fault_of
from field_app.store.memory import Change, Tables

LOCK_NAME = "LOCK"
# A frame is written in microseconds; what is still no frame after this was left by a crash.
UNFINISHED_SECONDS = 0.1


def _file_name(number: int) -> str:
    return f"journal-{number:08d}.log"


class JournalStorage(Storage):
    """TinyDB's storage over a folder of journal files. `tables` is what they say, in memory."""

    def __init__(self, path: str | Path) -> None:
        self._folder = Path(path)
        self._thread_lock = threading.RLock()
        self._process_lock: disk.ProcessLock | None = None
        self._writers = 0
        self._file: disk.JournalFile | None = None
        self._file_number = 0
        self._offset = 0  # behind the last good frame of the current file
        self._is_spoiled = False  # the current file must not be written any more
        self._lsn = 0
        self._file_lsn = 0  # of the last frame read from the current file
        self._is_closed = False
        self.tables = Tables()
        self.damage: list[str] = []
        with self._thread_lock, _as_store_faults():
            disk.check_folder(self._folder)
            self.refresh()

    @property
    def lsn(self) -> int:
        """The number of the last frame applied: it moves with every change, whoever made it."""
        return self._lsn

    def read(self) -> dict[str, dict[str, Any]] | None:
        """TinyDB's view: every table, or None while there is none. Documents are the live ones: copy, do not change."""
        with self._thread_lock:
            self.refresh()
            return dict(self.tables.documents) or None

    def write(self, data: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> None:
        """Replace everything, as TinyDB asks when tables are dropped. One frame."""
        with self.writing():
            live = self.tables.documents
            changes: list[Change] = [(name, "x") for name in live if name not in data]
            for name, table in data.items():
                if table is not live.get(name):
                    changes.append((name, "c"))
                    changes.extend((name, "p", str(key), dict(document)) for key, document in table.items())
            self.append(changes)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Hold off this process's other threads, with everything read that other processes have written."""
        with self._thread_lock:
            self.refresh()
            yield

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold off every other writer, thread or process. May be nested. Raises StoreFault."""
        with self._thread_lock:
            if self._writers == 0:
                self._begin()
            self._writers += 1
            try:
                yield
            finally:
                self._writers -= 1
                if self._writers == 0 and self._process_lock is not None:
                    self._process_lock.release()

    def append(self, changes: list[Change]) -> None:
        """Make changes durable, then visible: one frame, one fsync. Call within writing(). Raises StoreFault.

        Raises TypeError or ValueError for documents that are not JSON; nothing has changed then.
        """
        if not changes:
            return
        payload = json.dumps(changes, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
        if len(payload) > frames.PAYLOAD_BYTES_MAX:
            raise ValueError("Too much for one write: split it into smaller ones.")
        frame = frames.encode(self._lsn + 1, self._file_number, payload)
        with _as_store_faults():
            self._append_frame(frame)
        self._apply(self._lsn + 1, payload)
        self._offset += len(frame)  # last: if something interrupts before, the frame is read again, never written over

    def refresh(self) -> None:
        """Take in what other processes have appended. Raises StoreFault."""
        self._check_open()
        with _as_store_faults():
            if self._file is None:
                for number in self._numbers():
                    self._move_to(number)
            self._read_on()
            while self._path(self._file_number + 1).exists():
                self._move_to(self._file_number + 1)

    def faults(self) -> list[str]:
        """What is wrong with the files, a line each: damage met so far, and bytes at the end that are no frame."""
        with self.reading():
            file = self._file
            if file is None or file.size() <= self._offset:
                return list(self.damage)
        time.sleep(UNFINISHED_SECONDS)  # perhaps another process is writing them at this moment
        with self.reading():
            file = self._file
            tail = 0 if file is None else file.size() - self._offset
            return [*self.damage, *([self._tail_line(tail)] if tail > 0 else [])]

    def close(self) -> None:
        """Let the files go. There is nothing to flush."""
        with self._thread_lock:
            for held in (self._file, self._process_lock):
                if held is not None:
                    held.close()
            self._file = self._process_lock = None
            self._is_closed = True

    def _check_open(self) -> None:
        if self._is_closed:
            raise StoreFault("The store is closed.")

    def _begin(self) -> None:
        self._check_open()
        with _as_store_faults():
            if self._process_lock is None:
                disk.make_folder(self._folder)
                self._process_lock = disk.ProcessLock(self._folder / LOCK_NAME)
            self._process_lock.acquire()
            try:
                self._find_place()
            except BaseException:
                self._process_lock.release()
                raise

    def _find_place(self) -> None:
        """Bring memory up to date and see that there is a file that ends behind a good frame."""
        self.refresh()
        if self._file is None:
            self._start_file()
            return
        self._see_that_it_is_writable(self._file)
        if self._note_tail() or self._is_spoiled:
            self._start_file()
        elif self._offset == 0:
            disk.sync_folder(self._folder)  # whoever made this file may have died before the folder was on the disk

    def _see_that_it_is_writable(self, file: disk.JournalFile) -> None:
        if file.is_writable:
            return
        self._file = disk.JournalFile(self._path(self._file_number))  # it may be allowed by now
        file.close()
        if not self._file.is_writable:
            raise StoreReadOnly("The store can be read but not written here. Nothing that was logged before is lost.")

    def _note_tail(self) -> bool:
        """Whether bytes lie behind the last good frame, now that nobody else writes; if so, they are reported."""
        if self._file is None or (tail := self._file.size() - self._offset) <= 0:
            return False
        self._report(self._tail_line(tail))
        return True

    def _tail_line(self, tail: int) -> str:
        return f"{_file_name(self._file_number)}: {tail} bytes of an unfinished write, left as they are"

    def _report(self, line: str) -> None:
        if line not in self.damage:  # the same spot may be met again
            self.damage.append(line)

    def _append_frame(self, frame: bytes) -> None:
        file = self._file
        if file is None:
            raise StoreFault("The store is not open for writing.")
        try:
            file.append(frame)
            self._sync(file)
        except OSError:
            with suppress(OSError):  # if the cut fails too, the next writer finds a tail: the same as a crash here
                file.cut(self._offset)
            raise

    def _sync(self, file: disk.JournalFile) -> None:
        try:
            file.sync()
            if disk.must_sync_folder_too():
                disk.sync_folder(self._folder)
        except OSError:
            self._is_spoiled = True
            raise

    def _start_file(self) -> None:
        number = self._file_number + 1
        file = disk.JournalFile(self._path(number), create=True)
        disk.sync_folder(self._folder)
        self._switch_to(number, file)

    def _move_to(self, number: int) -> None:
        # The file before is final now; it may have grown between the last read and the look at its successor.
        self._read_on()
        self._note_tail()
        self._switch_to(number, disk.JournalFile(self._path(number)))
        self._read_on()

    def _numbers(self) -> list[int]:
        names = [path.stem.removeprefix("journal-") for path in self._folder.glob("journal-????????.log")]
        return sorted(int(name) for name in names if name.isdecimal())

    def _switch_to(self, number: int, file: disk.JournalFile) -> None:
        if self._file is not None:
            self._file.close()
        self._file, self._file_number = file, number
        self._offset, self._file_lsn, self._is_spoiled = 0, 0, False

    def _path(self, number: int) -> Path:
        return self._folder / _file_name(number)

    def _read_on(self) -> None:
        file = self._file
        if file is None or file.size() <= self._offset:
            return
        found = frames.scan(file.read_from(self._offset), self._file_number)
        if not found.frames:
            return
        if file.is_writable:
            self._sync(file)
        name = _file_name(self._file_number)
        for start, end in found.damage:
            self._report(f"{name}: bytes {self._offset + start} to {self._offset + end} are damaged")
        for frame in sorted(found.frames, key=lambda frame: frame.lsn):
            if frame.lsn > self._file_lsn:  # else a stale copy of a frame of this file that was read already
                self._apply(frame.lsn, frame.payload)
        self._offset += found.end

    def _apply(self, lsn: int, payload: bytes) -> None:
        if self._lsn < lsn - 1:
            self._report(f"changes {self._lsn + 1} to {lsn - 1} are missing")
        self.tables.apply(json.loads(payload.decode("utf-8", "surrogatepass")))
        self._file_lsn = lsn
        self._lsn = max(self._lsn, lsn)


@contextmanager
def _as_store_faults() -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise fault_of(problem) from problem
