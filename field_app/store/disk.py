"""The journal's file operations, each as durable as the platform allows. Everything the store does to a disk is here."""

import errno
import os
import stat
import sys
import time
from pathlib import Path

from field_app.store.faults import StoreBusy

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

# A writer holds the lock for one append and one fsync; ten seconds of waiting mean that something hangs.
LOCK_SECONDS_MAX = 10.0
_LOCK_POLL_SECONDS = 0.002
_READ_BYTES = 1024 * 1024
_BINARY = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


class JournalFile:
    """One open journal file. Falls back to reading alone where writing is not allowed."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        flags = os.O_APPEND | _BINARY | (os.O_CREAT if create else 0)
        try:
            self._fd = os.open(path, os.O_RDWR | flags, 0o600)
            self.is_writable = True
        except OSError:
            if create:
                raise
            self._fd = os.open(path, os.O_RDONLY | _BINARY)
            self.is_writable = False

    def size(self) -> int:
        """Bytes in the file now."""
        return os.fstat(self._fd).st_size

    def read_from(self, offset: int) -> bytes:
        """Everything from an offset to the end."""
        os.lseek(self._fd, offset, os.SEEK_SET)
        pieces = []
        while piece := os.read(self._fd, _READ_BYTES):
            pieces.append(piece)
        return b"".join(pieces)

    def append(self, data: bytes) -> None:
        """Write at the end; a short write is continued."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._fd, view) :]

    def cut(self, size: int) -> None:
        """Take back bytes of a write that failed."""
        os.ftruncate(self._fd, size)

    def sync(self) -> None:
        """Return only when the file's bytes are on the disk."""
        sync_descriptor(self._fd)

    def close(self) -> None:
        """Let the file go."""
        os.close(self._fd)


class ProcessLock:
    """A lock between processes, kept open: taking it costs a microsecond, so that a tap stays near the disk's floor."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | _BINARY, 0o600)

    def acquire(self) -> None:
        """Wait for the lock. Raises StoreBusy after LOCK_SECONDS_MAX."""
        give_up_at = time.monotonic() + LOCK_SECONDS_MAX
        while not _try_lock(self._fd):
            if time.monotonic() > give_up_at:
                raise StoreBusy("Another program has held this store for ten seconds. Close it, then try again.")
            time.sleep(_LOCK_POLL_SECONDS)

    def release(self) -> None:
        """Give the lock back."""
        _unlock(self._fd)

    def close(self) -> None:
        """Let the lock file go."""
        os.close(self._fd)


def make_folder(folder: Path) -> None:
    """Make a folder that only its owner may enter, and make it last."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    sync_folder(folder.parent)


def check_folder(folder: Path) -> None:
    """See that a folder is one, or can become one. Raises NotADirectoryError or another OSError."""
    nearest = next(path for path in (folder, *folder.absolute().parents) if os.path.lexists(path))
    if not stat.S_ISDIR(nearest.stat().st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(nearest))


def sync_folder(folder: Path) -> None:
    """Return only when the folder's entries are on the disk; Windows has no such call and does it by itself."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def must_sync_folder_too() -> bool:
    """Whether an fsync of the file alone may leave the bytes in the device's cache (Android's F2FS with nobarrier)."""
    return hasattr(sys, "getandroidapilevel")


def sync_descriptor(descriptor: int) -> None:
    """Return only when the descriptor's bytes are on the disk; on Apple systems fsync would stop at the drive's cache."""
    if sys.platform == "darwin":
        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
    else:
        os.fsync(descriptor)


if sys.platform == "win32":

    def _try_lock(descriptor: int) -> bool:
        os.lseek(descriptor, 0, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
