"""The lock between processes, kept open: taking it costs a microsecond, so that a tap stays near the disk's floor."""

import os
import sys
import time
from pathlib import Path
from typing import Protocol

from field_app.store.faults import StoreBusy

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

# A writer holds the lock for one append and one fsync; ten seconds of waiting mean that something hangs.
LOCK_SECONDS_MAX = 10.0
_LOCK_POLL_SECONDS = 0.002
_NAME_BYTES = 8  # of a holder of the lock: no two are drawn alike
_BINARY = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


class Lock(Protocol):
    """What the store asks of a lock."""

    def acquire(self) -> bool:
        """Wait for the lock. Whether surely nobody else has had it since this one had it. Raises StoreBusy, OSError.

        It waits LOCK_SECONDS_MAX.
        """

    def release(self) -> None:
        """Give the lock back."""

    def close(self) -> None:
        """Let the lock file go."""


class FileLock:
    """A lock file in which the last who had it has left a name drawn at random: it spares a tap two looks at the disk."""

    def __init__(self, path: Path) -> None:
        self._name = os.urandom(_NAME_BYTES)
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | _BINARY, 0o600)

    def acquire(self) -> bool:
        """Wait for it; whether surely nobody else has had it since this one had it."""
        if not _try_lock(self._fd):
            self._wait()
        try:
            return _was_last(self._fd, self._name)
        except OSError:
            self.release()
            raise

    def _wait(self) -> None:
        give_up_at = time.monotonic() + LOCK_SECONDS_MAX
        while not _try_lock(self._fd):
            if time.monotonic() > give_up_at:
                raise StoreBusy("Another program has held this store for ten seconds. Close it, then try again.")
            time.sleep(_LOCK_POLL_SECONDS)

    def release(self) -> None:
        """Give it back."""
        _unlock(self._fd)

    def close(self) -> None:
        """Let the lock file go."""
        os.close(self._fd)


if sys.platform == "win32":

    def _try_lock(descriptor: int) -> bool:
        os.lseek(descriptor, 0, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _was_last(_descriptor: int, _name: bytes) -> bool:
        return False  # the locked byte is where the name would stand; what is asked of the disk instead costs little

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

    def _was_last(descriptor: int, name: bytes) -> bool:
        """Whether the lock's last holder was of this name; from now on it is."""
        if os.pread(descriptor, _NAME_BYTES, 0) == name:
            return True
        try:
            os.pwrite(descriptor, name, 0)
        except OSError:
            os.ftruncate(descriptor, 0)  # no room for a name: then nobody's must stand there
        return False

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
