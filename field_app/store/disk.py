"""The journal's file operations, each as durable as the platform allows. Everything the store does to a disk is here.

`Disk` is the real one. Tests put others in its place: one that remembers every write and replays each crash.
"""

import errno
import os
import stat
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from field_app.store.lock import FileLock, Lock
from field_app.store.policy import SyncPolicy, facts_here, policy_for

if sys.platform != "win32":
    import fcntl

    _FULL_SYNC: int | None = getattr(fcntl, "F_FULLFSYNC", None)  # on Apple systems alone

# Linux (and Android) begins to write back what it is told that nobody will read again; elsewhere there is no such call.
_HASTEN = getattr(os, "posix_fadvise", None)
_DONE_WITH = getattr(os, "POSIX_FADV_DONTNEED", 0)
_READ_BYTES = 1024 * 1024
_BINARY = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
# A virus scanner or indexer that looks at a file on Windows lets go of it within a second: ten tries, 10 to 640 ms.
_SHARING_TRIES_MAX = 10
_SHARING_WAIT_SECONDS = 0.01
_SHARING_ERRORS = (5, 32, 33)  # ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION


class DiskFile(Protocol):
    """One open journal file. Every method raises OSError."""

    is_writable: bool

    def size(self) -> int:
        """Bytes in the file now; -1 if the file was removed meanwhile."""

    def ends_at(self, size: int) -> bool:
        """Whether the file has this size now. Asked at every tap; unlike `size` it knows nothing of removal."""

    def read_from(self, offset: int) -> bytes:
        """Everything from an offset to the end."""

    def append(self, data: bytes) -> None:
        """Write at the end; a short write is continued."""

    def hasten(self, offset: int, length: int) -> None:
        """Let the disk begin with these bytes at once. It promises nothing: only `sync` does, which then waits less."""

    def cut(self, size: int) -> None:
        """Take back bytes of a write that failed."""

    def sync(self) -> None:
        """Return only when the file's bytes are on the disk."""

    def close(self) -> None:
        """Let the file go."""


class Disk:
    """The disk that this process stands on. Every method raises OSError."""

    def __init__(self, policy: SyncPolicy | None = None) -> None:
        self._policy = policy

    def policy(self, folder: Path) -> SyncPolicy:
        """How far each write is pushed; chosen once, by the file system that holds this folder."""
        if self._policy is None:
            self._policy = policy_for(facts_here(folder))
        return self._policy

    def open(self, path: Path, *, create: bool = False) -> DiskFile:
        """Open a journal file; for reading alone where writing is not allowed."""
        policy = self.policy(path.parent)
        and_then = (lambda: self.sync_folder(path.parent)) if policy is SyncPolicy.FILE_AND_FOLDER else None
        return _RealFile(path, create=create, policy=policy, and_then=and_then)

    def lock(self, path: Path) -> Lock:
        """Open the lock."""
        return FileLock(path)

    def read(self, path: Path, start: int = 0, end: int | None = None) -> bytes:
        """All of a file, or what lies between two offsets."""
        with path.open("rb") as file:
            file.seek(start)
            return file.read(-1 if end is None else end - start)

    def exists(self, path: str) -> bool:
        """Whether there is a file of this name. Takes text: it is asked at every tap."""
        return os.access(path, os.F_OK)

    def names(self, folder: Path) -> list[str]:
        """The names in a folder; none if there is no folder."""
        try:
            return [entry.name for entry in folder.iterdir()]
        except FileNotFoundError:
            return []

    def write_whole(self, path: Path, data: bytes) -> None:
        """Put a whole file in its place, or leave the place as it was: beside it, synced, then renamed, then synced."""
        beside = path.with_name(path.name + ".new")
        self.write_new(beside, data)
        self.rename(beside, path)
        self.sync_folder(path.parent)

    def write_new(self, path: Path, data: bytes) -> None:
        """Write a whole file, in the place of any of this name, and sync it."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _BINARY, 0o600)
        try:
            _write_all(descriptor, data)
            _push_of(self.policy(path.parent))(descriptor)
        except OSError:
            with suppress(OSError):
                path.unlink()  # a full disk has no room for half a file
            raise
        finally:
            os.close(descriptor)

    def write_over(self, path: Path, offset: int, data: bytes) -> None:
        """Write over bytes that a file has already, and sync: on most disks this needs no space."""
        descriptor = os.open(path, os.O_WRONLY | _BINARY)
        try:
            os.lseek(descriptor, offset, os.SEEK_SET)
            _write_all(descriptor, data)
            _push_of(self.policy(path.parent))(descriptor)
        finally:
            os.close(descriptor)

    def rename(self, path: Path, to: Path) -> None:
        """Give a file another name, in the place of any file that had it."""
        _patiently(lambda: _put_in_place(path, to))

    def remove(self, path: Path) -> None:
        """Remove a file, if it is there."""
        with suppress(FileNotFoundError):
            _patiently(path.unlink)

    def make_folder(self, folder: Path) -> None:
        """Make a folder that only its owner may enter, and make it last."""
        if self.is_folder(folder):
            with suppress(OSError):  # whoever made it may have died before this; where it cannot be done, a tap goes on
                self.sync_folder(folder.parent)
            return
        self.make_folder(folder.parent)
        self.new_folder(folder)
        self.sync_folder(folder.parent)

    def is_folder(self, path: Path) -> bool:
        """Whether there is a folder of this name."""
        return path.is_dir()

    def new_folder(self, folder: Path) -> None:
        """Make one folder that only its owner may enter."""
        folder.mkdir(mode=0o700, exist_ok=True)

    def check_folder(self, folder: Path) -> None:
        """See that a folder is one, or can become one. Raises NotADirectoryError or another OSError."""
        nearest = next(path for path in (folder, *folder.absolute().parents) if os.path.lexists(path))
        if not stat.S_ISDIR(nearest.stat().st_mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(nearest))

    def sync_folder(self, folder: Path) -> None:
        """Return only when the folder's entries are on the disk; Windows has no such call and does it by itself."""
        if os.name == "nt":
            return
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class _RealFile:
    def __init__(self, path: Path, *, create: bool, policy: SyncPolicy, and_then: Callable[[], None] | None) -> None:
        self._push = _push_of(policy)
        self._and_then = and_then  # what a sync of the file is not enough without
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
        found = os.fstat(self._fd)
        return found.st_size if found.st_nlink > 0 else -1

    def ends_at(self, size: int) -> bool:
        return os.lseek(self._fd, 0, os.SEEK_END) == size

    def read_from(self, offset: int) -> bytes:
        os.lseek(self._fd, offset, os.SEEK_SET)
        pieces = []
        while piece := os.read(self._fd, _READ_BYTES):
            pieces.append(piece)
        return b"".join(pieces)

    def append(self, data: bytes) -> None:
        written = os.write(self._fd, data)
        if written < len(data):
            _write_all(self._fd, data[written:])

    def hasten(self, offset: int, length: int) -> None:
        if _HASTEN is not None:
            try:  # noqa: SIM105 - asked at every tap, and suppress() costs a microsecond
                _HASTEN(self._fd, offset, length, _DONE_WITH)
            except OSError:
                pass

    def cut(self, size: int) -> None:
        os.ftruncate(self._fd, size)

    def sync(self) -> None:
        self._push(self._fd)
        if self._and_then is not None:
            self._and_then()

    def close(self) -> None:
        os.close(self._fd)


def _write_all(descriptor: int, data: bytes) -> None:
    written = os.write(descriptor, data)
    while written < len(data):
        written += os.write(descriptor, memoryview(data)[written:])


def _put_in_place(beside: Path, path: Path) -> None:
    beside.replace(path)


def _patiently(action: Callable[[], None]) -> None:
    """Do it, again and again while another program on Windows looks at the file."""
    for tried in range(_SHARING_TRIES_MAX):
        try:
            action()
        except PermissionError as problem:
            if getattr(problem, "winerror", None) not in _SHARING_ERRORS or tried == _SHARING_TRIES_MAX - 1:
                raise
            time.sleep(_SHARING_WAIT_SECONDS * 2 ** min(tried, 6))
        else:
            return


def _push_of(policy: SyncPolicy) -> Callable[[int], object]:
    """What brings the bytes of an open file to the disk."""
    if sys.platform != "win32" and policy is SyncPolicy.FULL and (full := _FULL_SYNC) is not None:
        return lambda descriptor: fcntl.fcntl(descriptor, full)
    return os.fsync
