"""What a crash may leave of what was done to a disk: every image, or a fair sample where there are too many.

The model. What an fsync covered is certain. Any other write is there, or not there, or torn at any byte: the file ends
there, or goes on with zeros, with garbage, or with bytes that another file once had. It may be there though an earlier
one is not (then zeros stand in the earlier one's place). Of a long write any page may be missing. A cut that no fsync
covered has happened or not. What a failed fsync should have carried stays uncertain for ever. A name that was made,
changed or taken away is certain only after an fsync of its folder; so is a folder after one of the folder around it.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product
from math import prod

from sim_disk import Cut, Make, MakeFolder, Operation, Remove, Rename, Sync, SyncFolder, Write

from field_app.store.frames import MAGIC

PAGE_BYTES = 4096
# Uncertain operations of one file or folder up to which every subset is tried; of more, as many subsets by lot.
SUBSETS_OF_MAX = 5
# A write up to this long is torn at every byte; of a longer one so many places are drawn, besides the ends of pages.
TORN_BYTES_MAX = 1024
TORN_PLACES = 64
# Images of one moment: all combinations up to this many, else each file and folder varied alone and a sample of the rest.
COMBINATIONS_MAX = 2_000
SAMPLE = 400


@dataclass(slots=True)
class _Doubt:
    """One operation that is not folded into what is certain; `is_lost` if a failed fsync should have carried it."""

    operation: Operation
    is_certain: bool = False
    is_lost: bool = False


@dataclass(slots=True)
class _FileDoubts:
    base: bytes = b""
    doubts: list[_Doubt] = field(default_factory=list)

    def settle(self, *, is_good: bool) -> None:
        for doubt in self.doubts:
            if is_good and not doubt.is_lost:
                doubt.is_certain = True
            elif not doubt.is_certain:
                doubt.is_lost = True
        while self.doubts and self.doubts[0].is_certain:
            self.base = _applied(self.base, [self.doubts.pop(0).operation])


@dataclass(slots=True)
class _FolderDoubts:
    base: dict[str, int] = field(default_factory=dict)  # -1 is a folder
    doubts: list[Operation] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Left:
    """What a crash left: files by path, and the folders."""

    files: dict[str, bytes]
    folders: tuple[str, ...]

    def key(self) -> int:
        """Equal for equal images."""
        return hash((frozenset(self.files.items()), self.folders))


class Doubts:
    """What is certain of a disk, and what is not, as its operations are taken in one by one."""

    def __init__(self, start: Left, lot: random.Random) -> None:
        self._lot = lot
        self._files = {node: _FileDoubts(data) for node, data in enumerate(start.files.values())}
        self._folders = {path: _FolderDoubts() for path in start.folders}
        for path in start.folders:
            if path != "/":
                self._folders[_around(path)].base[path] = -1
        for node, path in enumerate(start.files):
            self._folders[_around(path)].base[path] = node

    def take(self, operation: Operation) -> None:
        """Take in the next operation."""
        match operation:
            case Write(node=node) | Cut(node=node):
                self._files[node].doubts.append(_Doubt(operation))
            case Sync(node=node, is_good=is_good):
                self._files[node].settle(is_good=is_good)
            case SyncFolder(path=path):
                folder = self._folders[path]
                for each in folder.doubts:
                    _rename_in(folder.base, each)
                folder.doubts.clear()
            case Make(path=path, node=node):
                self._files[node] = _FileDoubts()
                self._folders[_around(path)].doubts.append(operation)
            case MakeFolder(path=path):
                self._folders[path] = _FolderDoubts()
                self._folders[_around(path)].doubts.append(operation)
            case Rename(path=path) | Remove(path=path):
                self._folders[_around(path)].doubts.append(operation)

    def images(self) -> Iterator[Left]:
        """What a crash at this moment may leave; the same image may come more than once."""
        stale = [each.base for each in self._files.values() if each.base]
        for entries in self._entries():
            nodes = [(path, node) for path, node in entries.items() if node >= 0]
            folders = ("/", *(path for path, node in entries.items() if node < 0))
            choices = [list(self._contents(self._files[node], stale)) for _, node in nodes]
            for chosen in self._combined(choices):
                yield Left(dict(zip((path for path, _ in nodes), chosen, strict=True)), folders)

    def _entries(self) -> Iterator[dict[str, int]]:
        folders = list(self._folders.values())
        for taken in product(*(list(self._subsets(each.doubts)) for each in folders)):
            entries: dict[str, int] = {}
            for folder, operations in zip(folders, taken, strict=True):
                found = dict(folder.base)
                for operation in operations:
                    _rename_in(found, operation)
                entries.update(found)
            yield {path: node for path, node in entries.items() if _around(path) in {"/", *entries}}

    def _contents(self, file: _FileDoubts, stale: list[bytes]) -> Iterable[bytes]:
        found: dict[bytes, None] = {}
        open_ones = [doubt.operation for doubt in file.doubts if not doubt.is_certain]
        for subset in self._subsets(open_ones):
            there = {id(each) for each in subset}
            operations = [each.operation for each in file.doubts if each.is_certain or id(each.operation) in there]
            found[_applied(file.base, operations)] = None
        for torn in open_ones:
            if isinstance(torn, Write):
                for without in ([], [each for each in open_ones if each is not torn]):
                    gone = {id(each) for each in without}
                    there_too = [each.operation for each in file.doubts if id(each.operation) not in gone]
                    for piece in self._torn(torn, stale):
                        operations = [piece if each is torn else each for each in there_too]
                        found[_applied(file.base, operations)] = None
        return found

    def _torn(self, write: Write, stale: list[bytes]) -> Iterator[Write]:
        node, at, data = write
        for place in self._places(write):
            rest = len(data) - place
            yield Write(node, at, data[:place])
            yield Write(node, at, data[:place] + bytes(rest))
            yield Write(node, at, data[:place] + self._lot.randbytes(rest))
            if stale:
                yield Write(node, at, data[:place] + self._stale_bytes(self._lot.choice(stale))[:rest])
        pages = range(at // PAGE_BYTES, (at + len(data)) // PAGE_BYTES + 1)
        if len(pages) > 1:
            for _ in range(SUBSETS_OF_MAX * len(pages)):
                holes = self._lot.sample(pages, self._lot.randrange(1, len(pages)))
                piece = bytearray(data)
                for page in holes:
                    begin, end = max(0, page * PAGE_BYTES - at), min(len(data), (page + 1) * PAGE_BYTES - at)
                    piece[begin:end] = (
                        bytes(end - begin) if self._lot.random() < 0.5 else self._lot.randbytes(end - begin)
                    )
                yield Write(node, at, bytes(piece))

    def _stale_bytes(self, old: bytes) -> bytes:
        begin = self._lot.randrange(len(old))
        frame = old.find(
            MAGIC[:2], begin
        )  # half of them begin where a frame does: a reader is most easily misled there
        return old[frame if frame >= 0 and self._lot.random() < 0.5 else begin :]

    def _places(self, write: Write) -> Iterable[int]:
        length = len(write.data)
        if length <= TORN_BYTES_MAX:
            return range(length)
        ends = [page - write.at % PAGE_BYTES for page in range(PAGE_BYTES, length + PAGE_BYTES, PAGE_BYTES)]
        near = [place for end in ends for place in (end - 1, end, end + 1) if 0 < place < length]
        return sorted({*near, *self._lot.sample(range(length), TORN_PLACES)})

    def _subsets(self, operations: list[Operation]) -> Iterator[list[Operation]]:
        count = len(operations)
        if count <= SUBSETS_OF_MAX:
            for taken in product((False, True), repeat=count):
                yield [each for each, is_taken in zip(operations, taken, strict=True) if is_taken]
            return
        for end in range(count + 1):  # what a crash leaves of operations that stayed in order
            yield operations[:end]
        for _ in range(2**SUBSETS_OF_MAX):
            yield [each for each in operations if self._lot.random() < 0.5]

    def _combined(self, choices: list[list[bytes]]) -> Iterator[tuple[bytes, ...]]:
        if prod(map(len, choices)) <= COMBINATIONS_MAX:
            yield from product(*choices)
            return
        for place, axis in enumerate(choices):
            for rest in (0, -1):
                for each in axis:
                    yield tuple(each if place == at else other[rest] for at, other in enumerate(choices))
        for _ in range(SAMPLE):
            yield tuple(self._lot.choice(axis) for axis in choices)


def _around(path: str) -> str:
    return path.rpartition("/")[0] or "/"


def _applied(base: bytes, operations: Iterable[Operation]) -> bytes:
    data = bytearray(base)
    for operation in operations:
        if isinstance(operation, Cut):
            del data[operation.size :]
        elif isinstance(operation, Write):
            data += bytes(max(0, operation.at - len(data)))
            data[operation.at : operation.at + len(operation.data)] = operation.data
    return bytes(data)


def _rename_in(entries: dict[str, int], operation: Operation) -> None:
    match operation:
        case Make(path=path, node=node):
            entries[path] = node
        case MakeFolder(path=path):
            entries[path] = -1
        case Rename(path=path, to=to) if path in entries:
            entries[to] = entries.pop(path)
        case Remove(path=path):
            entries.pop(path, None)
