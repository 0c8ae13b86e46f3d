"""The lock between processes, kept open: taking it costs a microsecond, so that a tap stays near the disk's floor."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from field_app.store.faults import StoreBusy

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

    _TAKE = fcntl.LOCK_EX | fcntl.LOCK_NB

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


class _LockFile:
    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | _BINARY, 0o600)

    def close(self) -> None:
        """Let the lock file go."""
        os.close(self._fd)


def _wait(take: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + LOCK_SECONDS_MAX
    while not take():
        if time.monotonic() > give_up_at:
            raise StoreBusy("Another program has held this store for ten seconds. Close it, then try again.")
        time.sleep(_LOCK_POLL_SECONDS)


if sys.platform == "win32":

    class FileLock(_LockFile):
        """A lock file of which the first byte is locked."""

        def acquire(self) -> bool:
            """Wait for it; that nobody else has had it is never sure."""
            if not self._take():
                _wait(self._take)
            return False  # the locked byte is where a name would stand; what is asked of the disk instead costs little

        def release(self) -> None:
            """Give it back."""
            os.lseek(self._fd, 0, os.SEEK_SET)
            msvcrt.locking(self._fd, msvcrt.LK_UNLCK, 1)

        def _take(self) -> bool:
            os.lseek(self._fd, 0, os.SEEK_SET)
            try:
                msvcrt.locking(self._fd, msvcrt.LK_NBLCK, 1)
            except OSError:
                return False
            return True

else:

    class FileLock(_LockFile):
        """A lock file in which the last who had it left a name drawn at random: it spares a tap two looks at the disk."""

        def __init__(self, path: Path) -> None:
            super().__init__(path)
            self._name = os.urandom(_NAME_BYTES)

        def acquire(self) -> bool:
            """Wait for it; whether surely nobody else has had it since this one had it."""
            try:
                fcntl.flock(self._fd, _TAKE)
            except BlockingIOError:
                _wait(self._take)
            try:
                return os.pread(self._fd, _NAME_BYTES, 0) == self._name or self._leave_name()
            except OSError:
                self.release()
                raise

        def release(self) -> None:
            """Give it back."""
            fcntl.flock(self._fd, fcntl.LOCK_UN)

        def _take(self) -> bool:
            try:
                fcntl.flock(self._fd, _TAKE)
            except BlockingIOError:
                return False
            return True

        def _leave_name(self) -> bool:
            try:
                os.pwrite(self._fd, self._name, 0)
            except OSError:
                os.ftruncate(self._fd, 0)  # no room for a name: then nobody's must stand there
            return False
