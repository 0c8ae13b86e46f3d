"""The real disk, of which chosen operations fail or wait: what a full, dying or slow one does, to the store."""

import errno
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from field_app.store.disk import Disk, DiskFile

ALWAYS = 1_000_000
# What needs space: at each of these a disk may be found full.
WRITES = ("make", "append", "index", "folder")


@dataclass
class Fault:
    """Some operations fail with this error: so many times, after so many have gone well."""

    operations: tuple[str, ...]
    number: int
    times: int = 1
    after: int = 0
    kept_bytes: int = 0  # of an append, before it fails

    def strikes(self, operation: str) -> bool:
        """Whether this one fails."""
        if operation not in self.operations or self.times == 0:
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.times -= 1
        return True


class FaultyDisk(Disk):
    """A quick one syncs nothing in truth: for long random programs, whose crashes keep what was written anyway.

    Operations: make, open, append, cut, sync, folder (its fsync), index (or a base), read, close.
    """

    def __init__(self, *, is_quick: bool = False) -> None:
        super().__init__()
        self.is_quick = is_quick
        self.faults: list[Fault] = []
        self.done: list[str] = []  # every operation that went well
        self.before: dict[str, Callable[[], None]] = {}
        self._counting = threading.Lock()

    def fails(self, *operations: str, number: int = errno.EIO, times: int = 1, after: int = 0, kept: int = 0) -> Fault:
        """Let operations fail from now on."""
        self.faults.append(Fault(operations, number, times, after, kept))
        return self.faults[-1]

    def mend(self) -> None:
        """The cause is gone."""
        self.faults.clear()

    def meet(self, operation: str) -> Fault | None:
        """What befalls this operation."""
        if (hook := self.before.get(operation)) is not None:
            hook()
        with self._counting:
            found = next((fault for fault in self.faults if fault.strikes(operation)), None)
            if found is None:
                self.done.append(operation)
        return found

    def do(self, operation: str) -> None:
        """Raise if the operation fails."""
        if (fault := self.meet(operation)) is not None:
            raise OSError(fault.number, os.strerror(fault.number))

    def open(self, path: Path, *, create: bool = False) -> DiskFile:
        """Open a journal file."""
        self.do("make" if create else "open")
        return FaultyFile(super().open(path, create=create), self)

    def write_whole(self, path: Path, data: bytes) -> None:
        """Put a whole file in its place; a failure leaves half of it beside."""
        if (fault := self.meet("index")) is not None:
            path.with_name(path.name + ".new").write_bytes(data[: len(data) // 2])
            raise OSError(fault.number, os.strerror(fault.number))
        if self.is_quick:
            beside = path.with_name(path.name + ".new")
            beside.write_bytes(data)
            beside.replace(path)
        else:
            super().write_whole(path, data)

    def read(self, path: Path, start: int = 0, end: int | None = None) -> bytes:
        """Some of a file."""
        self.do("read")
        return super().read(path, start, end)

    def sync_folder(self, folder: Path) -> None:
        """The folder's fsync."""
        self.do("folder")
        if not self.is_quick:
            super().sync_folder(folder)


class FaultyFile:
    """One open file of such a disk."""

    def __init__(self, file: DiskFile, disk: FaultyDisk) -> None:
        self._file = file
        self._disk = disk
        self.is_writable = file.is_writable

    def size(self) -> int:
        """Bytes in the file."""
        return self._file.size()

    def ends_at(self, size: int) -> bool:
        """Whether it has this size."""
        return self._file.ends_at(size)

    def read_from(self, offset: int) -> bytes:
        """Everything from an offset on."""
        self._disk.do("read")
        return self._file.read_from(offset)

    def append(self, data: bytes) -> None:
        """Write at the end, or some of it."""
        if (fault := self._disk.meet("append")) is not None:
            with suppress(OSError):
                self._file.append(data[: min(fault.kept_bytes, len(data) - 1)])
            raise OSError(fault.number, os.strerror(fault.number))
        self._file.append(data)

    def hasten(self, offset: int, length: int) -> None:
        """Let the disk begin."""
        self._file.hasten(offset, length)

    def cut(self, size: int) -> None:
        """Take bytes back."""
        self._disk.do("cut")
        self._file.cut(size)

    def sync(self) -> None:
        """The file's fsync."""
        self._disk.do("sync")
        if not self._disk.is_quick:
            self._file.sync()

    def close(self) -> None:
        """Let the file go."""
        self._disk.do("close")
        self._file.close()
