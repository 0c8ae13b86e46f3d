"""A disk in memory that remembers every write, fsync, create, rename, removal and cut, in their order.

What a program reads back is what it wrote (the page cache). What a crash leaves of it is crash_images.py's question,
asked of the list of operations. Files are named by their whole path; a folder is a path too.
"""

import errno
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from field_app.store.disk import Disk, DiskFile
from field_app.store.faults import StoreBusy
from field_app.store.lock import Lock
from field_app.store.policy import SyncPolicy

ROOT = Path("/")
Image = Mapping[str, bytes]


class Write(NamedTuple):
    """Bytes put into a file."""

    node: int
    at: int
    data: bytes


class Cut(NamedTuple):
    """A file made shorter."""

    node: int
    size: int


class Sync(NamedTuple):
    """An fsync of a file; after a failed one the kernel may have dropped what it should have carried."""

    node: int
    is_good: bool = True


class Make(NamedTuple):
    """A new file under a name."""

    path: str
    node: int


class Rename(NamedTuple):
    """A file under another name."""

    path: str
    to: str


class Remove(NamedTuple):
    """A name taken away."""

    path: str


class MakeFolder(NamedTuple):
    """A new folder."""

    path: str


class SyncFolder(NamedTuple):
    """An fsync of a folder."""

    path: str


Operation = Write | Cut | Sync | Make | Rename | Remove | MakeFolder | SyncFolder


class Died(BaseException):
    """The process is killed here: no `except` of the store's may catch it, as none would catch a kill."""


class SimDisk(Disk):
    """The disk of a store under test. Starts with an image; that much is certain."""

    def __init__(self, image: Image | None = None, folders: tuple[str, ...] = ("/",)) -> None:
        super().__init__(SyncPolicy.FILE)
        self.nodes = [] if image is None else [bytearray(data) for data in image.values()]
        self.files = {} if image is None else {path: node for node, path in enumerate(image)}
        self.folders = {*folders}
        self.locked: set[str] = set()
        self.lock_holders: dict[str, Lock] = {}  # the last of each
        self.operations: list[Operation] = []
        self.syncs_to_fail: set[int] = set()  # by the number of the fsync, from 0
        self.writes_to_stop: dict[int, int] = {}  # by the number of the write: bytes that are taken before "disk full"
        self.dies_after: int | None = None  # so many operations
        self.syncs = self.writes = 0

    def did(self, operation: Operation) -> None:
        """Note an operation; the process may be killed right after it."""
        self.operations.append(operation)
        if isinstance(operation, Sync) and not operation.is_good:
            return  # killed before it heard of the fault: nobody could know of it, on any disk
        if self.dies_after is not None and len(self.operations) >= self.dies_after:
            self.dies_after = None
            self.locked.clear()  # the system takes a dead process's locks away
            raise Died

    def write(self, node: int, data: bytes) -> None:
        """Put bytes at the end of a file, or the first of them if the disk is full."""
        taken = self.writes_to_stop.pop(self.writes, len(data))
        self.writes += 1
        found = self.nodes[node]
        at = len(found)
        found += data[:taken]
        self.did(Write(node, at, bytes(data[:taken])))
        if taken < len(data):
            raise OSError(errno.ENOSPC, "No space left on device")

    def sync(self, node: int) -> None:
        """An fsync of a file, which may fail."""
        number, self.syncs = self.syncs, self.syncs + 1
        is_good = number not in self.syncs_to_fail
        self.did(Sync(node, is_good))
        if not is_good:
            raise OSError(errno.EIO, "Input/output error")

    def cut(self, node: int, size: int) -> None:
        """Make a file shorter."""
        del self.nodes[node][size:]
        self.did(Cut(node, size))

    def make(self, path: str) -> int:
        """A new file."""
        self.nodes.append(bytearray())
        node = self.files[path] = len(self.nodes) - 1
        self.did(Make(path, node))
        return node

    def open(self, path: Path, *, create: bool = False) -> DiskFile:
        """Open a file; there is no right to be missing."""
        node = self.files.get(str(path))
        if node is None:
            if not create:
                raise FileNotFoundError(errno.ENOENT, "No such file", str(path))
            node = self.make(str(path))
        return _SimFile(self, node)

    def lock(self, path: Path) -> Lock:
        """Open the lock."""
        return SimLock(self, str(path))

    def read(self, path: Path, start: int = 0, end: int | None = None) -> bytes:
        """All of a file, or what lies between two offsets."""
        node = self.files.get(str(path))
        if node is None:
            raise FileNotFoundError(errno.ENOENT, "No such file", str(path))
        return bytes(self.nodes[node][start:end])

    def exists(self, path: str) -> bool:
        """Whether there is a file of this name."""
        return path in self.files

    def names(self, folder: Path) -> list[str]:
        """The names of the files in a folder."""
        start = f"{folder}/"
        return [path[len(start) :] for path in self.files if path.startswith(start)]

    def write_new(self, path: Path, data: bytes) -> None:
        """Write a whole file, in the place of any of this name, and sync it."""
        node = self.files.get(str(path))
        if node is None:
            node = self.make(str(path))
        else:
            self.cut(node, 0)
        self.write(node, data)
        self.sync(node)

    def rename(self, path: Path, to: Path) -> None:
        """Give a file another name, in the place of any file that had it."""
        self.files[str(to)] = self.files.pop(str(path))
        self.did(Rename(str(path), str(to)))

    def remove(self, path: Path) -> None:
        """Take a name away."""
        if self.files.pop(str(path), None) is not None:
            self.did(Remove(str(path)))

    def is_folder(self, path: Path) -> bool:
        """Whether there is a folder of this name."""
        return str(path) in self.folders

    def new_folder(self, folder: Path) -> None:
        """Make one folder."""
        self.folders.add(str(folder))
        self.did(MakeFolder(str(folder)))

    def check_folder(self, folder: Path) -> None:
        """Every folder here is one."""

    def sync_folder(self, folder: Path) -> None:
        """An fsync of a folder."""
        self.did(SyncFolder(str(folder)))

    def image(self) -> dict[str, bytes]:
        """What a program sees now: every file with all its bytes."""
        return {path: bytes(self.nodes[node]) for path, node in self.files.items()}


class _SimFile:
    def __init__(self, disk: SimDisk, node: int) -> None:
        self._disk = disk
        self._node = node
        self.is_writable = True

    def size(self) -> int:
        is_there = self._node in self._disk.files.values()
        return len(self._disk.nodes[self._node]) if is_there else -1

    def ends_at(self, size: int) -> bool:
        return len(self._disk.nodes[self._node]) == size

    def read_from(self, offset: int) -> bytes:
        return bytes(self._disk.nodes[self._node][offset:])

    def append(self, data: bytes) -> None:
        self._disk.write(self._node, data)

    def hasten(self, offset: int, length: int) -> None:
        """It promises nothing, so it changes nothing."""

    def cut(self, size: int) -> None:
        self._disk.cut(self._node, size)

    def sync(self) -> None:
        self._disk.sync(self._node)

    def close(self) -> None:
        """Nothing is held."""


class SimLock:
    """One process's hold on a lock."""

    def __init__(self, disk: SimDisk, path: str) -> None:
        self._disk = disk
        self._path = path

    def acquire(self) -> bool:
        """Take it, or fail at once; whether this one was the last who had it."""
        if self._path in self._disk.locked:
            raise StoreBusy("Another program holds this store.")
        self._disk.locked.add(self._path)
        was_last = self._disk.lock_holders.get(self._path) is self
        self._disk.lock_holders[self._path] = self
        return was_last

    def release(self) -> None:
        """Give it back."""
        self._disk.locked.discard(self._path)

    def close(self) -> None:
        """Let it go."""
        self._disk.locked.discard(self._path)
