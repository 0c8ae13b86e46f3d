"""Small faults put into the store on purpose, by name: each proof must notice them, or it proves nothing."""

import struct
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sim_disk import SimDisk

from field_app.store import compaction, files, frames, history, index, repair, segments
from field_app.store.changes import Change
from field_app.store.codec import Codec, pack, replayed, unpack
from field_app.store.commit import Commit
from field_app.store.disk import Disk
from field_app.store.faults import fault_of
from field_app.store.files import JournalFiles
from field_app.store.frames import Frame
from field_app.store.history import Limit
from field_app.store.memory import TableMemory
from field_app.store.storage import JournalStorage
from sync import sealing

Mutate = Callable[[pytest.MonkeyPatch], None]


def no_fsync(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SimDisk, "sync", lambda *_: None)


def no_folder_fsync(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SimDisk, "sync_folder", lambda *_: None)


def no_crc(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(frames, "zlib", types.SimpleNamespace(crc32=lambda *_: 0))


def no_file_number(patch: pytest.MonkeyPatch) -> None:
    sound = frames._frame_at

    def frame_at(data: bytes, at: int, file_number: int, *, is_mended: bool = False) -> Frame | None:
        with suppress(struct.error):
            file_number = struct.unpack_from("<I", data, at + 16)[0]
        return sound(data, at, file_number, is_mended=is_mended)

    patch.setattr(frames, "_frame_at", frame_at)


def no_magic(patch: pytest.MonkeyPatch) -> None:
    class Anything(tuple[bytes, ...]):
        __slots__ = ()

        def __contains__(self, magic: object) -> bool:
            return True

    patch.setattr(frames, "_MAGICS", Anything(frames._MAGICS))


def kept_before_fsync(patch: pytest.MonkeyPatch) -> None:
    sound, wait = Commit.append, Commit.wait

    def append(commit: Commit, data: bytes) -> int:
        if commit.synced < commit.written and not commit.has_failed:
            wait(commit, commit.written)
        return sound(commit, data)

    patch.setattr(Commit, "append", append)
    patch.setattr(Commit, "wait", lambda *_: None)


def fsync_tried_again(patch: pytest.MonkeyPatch) -> None:
    sound = SimDisk.sync

    def sync(disk: SimDisk, node: int) -> None:
        try:
            sound(disk, node)
        except OSError:
            sound(disk, node)

    patch.setattr(SimDisk, "sync", sync)


def memory_before_append(patch: pytest.MonkeyPatch) -> None:
    def append(storage: JournalStorage, changes: list[Change]) -> None:
        if changes:
            reader, lsn, start = storage._reader, storage._reader.lsn + 1, storage._commit.end
            payload = pack(changes)
            data = storage.codec.frame(lsn, reader.files.segment.frame_number, payload)
            reader.apply(lsn, replayed(changes, payload), start, start + len(data), is_sealed=storage.codec.is_sealing)
            _append(storage, data)

    patch.setattr(JournalStorage, "append", append)


def _append(storage: JournalStorage, data: bytes) -> None:
    try:
        storage._turn.ticket = storage._commit.append(data)
    except OSError as problem:
        raise fault_of(problem) from problem


def others_not_synced(patch: pytest.MonkeyPatch) -> None:
    sound = JournalFiles.new_frames

    def new_frames(self: JournalFiles, limit: Limit | None = None) -> Iterator[Frame]:
        file = self._file
        if file is None:
            return iter(())
        file.is_writable = False
        found = list(sound(self, limit))
        file.is_writable = True
        return iter(found)

    patch.setattr(JournalFiles, "new_frames", new_frames)


def order_in_file(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(files, "ordered", lambda found: found)
    patch.setattr(history, "ordered", lambda found: found)


def no_void_rule(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(files, "standing_frames", lambda found, *_: iter(found.frames))
    patch.setattr(history, "standing_frames", lambda found, *_: iter(found.frames))


def tail_cut_off(patch: pytest.MonkeyPatch) -> None:
    sound = JournalFiles.make_writable

    def make_writable(self: JournalFiles) -> None:
        sound(self)
        if self._file is not None and self.tail():
            self._file.cut(self.commit.end)

    patch.setattr(JournalFiles, "make_writable", make_writable)


def no_search(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(frames, "_frames_behind", lambda *_: iter(()))


def tail_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(JournalFiles, "tail", lambda _: 0)


def failed_write_not_cut(patch: pytest.MonkeyPatch) -> None:
    def append(commit: Commit, data: bytes) -> int:
        assert commit._file is not None
        commit._file.append(data)
        commit.end += len(data)
        commit.written += 1
        return commit.written

    patch.setattr(Commit, "append", append)


def failed_write_not_cut_and_tail_ignored(patch: pytest.MonkeyPatch) -> None:
    failed_write_not_cut(patch)
    tail_ignored(patch)


def file_not_left(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(JournalStorage, "_leave_failed_file", lambda _: None)


def index_without_crc(patch: pytest.MonkeyPatch) -> None:
    def said(data: bytes, *_: object) -> tuple[int, Any]:
        with suppress(ValueError, struct.error):
            return int(struct.unpack_from("<Q", data, 8)[0]), unpack(data[frames.HEADER_BYTES :])
        return 0, None

    patch.setattr(index, "_said", said)


def index_before_fsync(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Commit, "settle", lambda _: None)


def index_like_journal(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(index, "_INDEX_BIT", 0)


def wrong_count(patch: pytest.MonkeyPatch) -> None:
    sound = TableMemory.put

    def put(table: TableMemory, key: str, document: dict[str, Any]) -> None:
        table._count += key in table
        sound(table, key, document)

    patch.setattr(TableMemory, "put", put)


def base_not_synced(patch: pytest.MonkeyPatch) -> None:
    def write_new(disk: SimDisk, path: Path, data: bytes) -> None:
        disk.write(disk.make(str(path)), data)

    patch.setattr(SimDisk, "write_new", write_new)


def base_name_not_synced(patch: pytest.MonkeyPatch) -> None:
    def write_whole(disk: Disk, path: Path, data: bytes) -> None:
        disk.write_new(path.with_suffix(".new"), data)
        disk.rename(path.with_suffix(".new"), path)

    patch.setattr(Disk, "write_whole", write_whole)


def removed_before_base(patch: pytest.MonkeyPatch) -> None:
    sound = Disk.write_whole

    def write_whole(disk: Disk, path: Path, data: bytes) -> None:
        for segment in segments.all_segments(disk.names(path.parent)):
            if path.name == f"base-{segment.number:08d}.log":
                compaction.remove_replaced(path.parent, disk, Codec(), segments.Segment(segment.number, is_base=True))
        sound(disk, path, data)

    patch.setattr(Disk, "write_whole", write_whole)


def folder_believed(patch: pytest.MonkeyPatch) -> None:
    sound = Disk.make_folder

    def make_folder(disk: Disk, folder: Path) -> None:
        if not disk.is_folder(folder):
            sound(disk, folder)

    patch.setattr(Disk, "make_folder", make_folder)


def nothing_mended(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(repair, "candidates", lambda *_: iter(()))


def nonce_reused(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sealing, "os", types.SimpleNamespace(urandom=bytes))


# By name: the fault, and the proof that must notice it: a kind of workload, or a kind of store and of damage.
MUTANTS: Mapping[str, tuple[Mutate, tuple[str, ...]]] = {
    "no fsync": (no_fsync, ("taps",)),
    "no folder fsync": (no_folder_fsync, ("taps",)),
    "no CRC": (no_crc, ("one file", "one bit")),
    "file number not checked": (no_file_number, ("closed files", "a splice")),
    "acknowledged before fsync": (kept_before_fsync, ("taps",)),
    "a failed fsync tried again": (fsync_tried_again, ("faults",)),
    "memory before append": (memory_before_append, ("faults",)),
    "shown before it is synced": (others_not_synced, ("killed in a tap",)),
    "order in the file trusted": (order_in_file, ("closed files, sealed", "a stale page")),
    "void rule left out": (no_void_rule, ("changes and faults",)),
    "torn tail cut off": (tail_cut_off, ("taps",)),
    "nothing searched for behind damage": (no_search, ("one file", "a burst")),
    "index trusted without CRC": (index_without_crc, ("closed files", "one bit")),
    "index numbered like the journal": (index_like_journal, ("closed files", "a splice")),
    "documents counted wrongly": (wrong_count, ("closed files",)),
    "base not synced": (base_not_synced, ("compaction",)),
    "base's name not synced": (base_name_not_synced, ("compaction",)),
    "old files removed before the base is there": (removed_before_base, ("compaction",)),
    "a folder that is there believed to last": (folder_believed, ("faults and kills",)),
    "nothing mended": (nothing_mended, ("one file, sealed", "one bit")),
    "nonce used again": (nonce_reused, ()),
}
# Barriers behind which stands another one: docs/durability.md says which.
REDUNDANT: Mapping[str, tuple[Mutate, tuple[str, ...]]] = {
    "magic not checked": (no_magic, ("closed files", "a splice")),
    "torn tail ignored": (tail_ignored, ("closed files",)),
    "failed write not cut, and torn tail ignored": (failed_write_not_cut_and_tail_ignored, ("closed files, faults",)),
    "failed write not cut": (failed_write_not_cut, ("closed files, faults",)),
    "file with a failed fsync not left": (file_not_left, ("faults",)),
    "index before fsync": (index_before_fsync, ("closed files",)),
}
