"""The folder of journal files as one process reads and extends it: which file is the last, and what is new in it."""

from collections.abc import Callable, Iterator
from pathlib import Path

from field_app.store import frames
from field_app.store.commit import Commit
from field_app.store.disk import Disk, DiskFile
from field_app.store.faults import StoreReadOnly
from field_app.store.frames import Frame, Proof
from field_app.store.history import History, Limit, ordered, standing_frames
from field_app.store.segments import Segment

# A closed file is read whole to find one document in it, and the last one is replayed at opening: a quarter of a
# mebibyte holds some 450 sealed contacts, which replay in 10 ms.
SEGMENT_BYTES = 256 * 1024


class Overtaken(Exception):
    """What was taken for true has been refused: read everything anew."""


class JournalFiles:
    """The open journal: its last file, and everything appended to it by this process or others."""

    def __init__(self, folder: Path, disk: Disk, is_proved: Proof, report: Callable[[str], None]) -> None:
        self._folder = folder
        self._disk = disk
        self._is_proved = is_proved
        self._report = report
        self._file: DiskFile | None = None
        self._unreadable = b""  # the file's tail when it was last found to hold no frame
        self._is_spoiled = False  # the file holds a frame that is not believed: its number must not be given out in it
        self._left: dict[Segment, tuple[int, int]] = {}  # files of which an fsync failed, and what it left in them
        self.segment = Segment(0)
        self.frame_number = 0  # that the next frame will bear
        self._next_path = self._path_text(1)
        self.commit = Commit()

    @property
    def is_open(self) -> bool:
        """Whether there is a file at all."""
        return self._file is not None

    def is_ready(self, *, is_alone: bool) -> bool:
        """Whether the next frame may be appended with no more ado: nothing is new, nothing is torn. Asked at every tap.

        Others are not looked for by whoever is known to be alone.
        """
        file, commit = self._file, self.commit
        end = commit.end
        return (
            file is not None
            and file.is_writable
            and not commit.has_failed
            and 0 < end < SEGMENT_BYTES
            and not self._is_spoiled
            and self.segment not in self._left
            and (file.ends_at(end) if is_alone else file.size() == end and not self._disk.exists(self._next_path))
        )

    @property
    def is_finished(self) -> bool:
        """Whether the last file must not be written any more: full, compacted, spoiled, or an fsync of it has failed."""
        return self.segment.is_base or self.is_full or self._is_spoiled or self.segment in self._left

    @property
    def is_full(self) -> bool:
        """Whether the last file has its size; it is closed with an index beside it."""
        return self.commit.end >= SEGMENT_BYTES

    def go_to(self, segment: Segment) -> None:
        """Go on in this file, from its beginning."""
        file = self._disk.open(self._folder / segment.name)
        self._switch_to(segment, file)

    def is_removed(self) -> bool:
        """Whether the last file that this process knows has been compacted away by another."""
        return self._file is not None and self._file.size() < 0

    def has_next(self) -> bool:
        """Whether another process, or an earlier crash, has left this file behind."""
        return self._disk.exists(self._next_path)

    def limit(self, history: History) -> Limit | None:
        """Where the files after this one begin: what this one says from there on is void."""
        later = []
        number = self.segment.number + 1
        while self._disk.exists(self._path_text(number)):
            later.append(Segment(number))
            number += 1
        return history.limit(later)

    def new_frames(self, limit: Limit | None = None) -> Iterator[Frame]:
        """What was appended since the last look, by number, with offsets in the file; synced before it is given out."""
        begin = self.commit.end
        data = self._new_bytes(begin)
        if not data:
            return
        found = frames.scan(data, self.segment.frame_number, self._is_proved)
        if not found.frames:
            self._unreadable = data
            return
        if self._file is not None and self._file.is_writable and not self._was_synced(begin + len(data)):
            self._file.sync()
        for start, end in found.damage:
            self._report(f"{self.segment.name}: bytes {begin + start} to {begin + end} are damaged")
        for frame in standing_frames(ordered(found), self.segment, limit):
            if frame.is_mended:
                self._report(f"{self.segment.name}: one flipped bit at byte {begin + frame.start} was mended")
            yield Frame(
                frame.lsn, frame.body, begin + frame.start, begin + frame.end, frame.file_number, frame.is_sealed
            )
        self.commit.move_end(begin + found.end)

    def _new_bytes(self, begin: int) -> bytes:
        """What stands behind an offset; nothing if it was looked at before. Raises Overtaken."""
        file = self._file
        if file is None or (size := file.size()) == begin:
            return b""
        if size < begin:
            raise Overtaken  # what was read here before its fsync was cut off when that failed
        data = file.read_from(begin)
        start, end = self._left.get(self.segment, (0, 0))
        if start < end == begin + len(data):  # else another process has believed what was left, and gone on behind it
            data = data[: max(0, start - begin)]
        return b"" if data == self._unreadable else data

    def _was_synced(self, end: int) -> bool:
        return self.segment in self._left and end <= self._left[self.segment][0]

    def spoil(self) -> None:
        """Note that the file holds a frame that is not believed: writing goes on in the next, whose first number voids it."""
        self._is_spoiled = True

    def tail(self) -> int:
        """Bytes behind the last good frame."""
        return 0 if self._file is None else max(0, self._file.size() - self.commit.end)

    def tail_line(self, tail: int) -> str:
        """What is said of them."""
        return f"{self.segment.name}: {tail} bytes of an unfinished write, left as they are"

    def start_next(self) -> None:
        """Begin the next file. Raises OSError with everything as it was."""
        segment = Segment(self.segment.number + 1)
        file = self._disk.open(self._folder / segment.name, create=True)
        try:
            self._disk.sync_folder(self._folder)
        except OSError:
            file.close()
            raise
        self._switch_to(segment, file)

    def make_writable(self) -> None:
        """See that the last file can be written, and is in a folder that will be there. Raises StoreReadOnly, OSError."""
        file = self._file
        if file is not None and not file.is_writable:
            self._file = self._disk.open(self._folder / self.segment.name)  # it may be allowed by now
            file.close()
            if not self._file.is_writable:
                raise StoreReadOnly(
                    "The store can be read but not written here. Nothing that was logged before is lost."
                )
            self.commit.use(self._file, self.commit.end)
        if self.commit.end == 0:
            self._disk.sync_folder(
                self._folder
            )  # whoever made this file may have died before the folder was on the disk

    def forget(self) -> None:
        """Let the file go, to read everything anew; what a failed fsync left in it stays void."""
        if self.commit.has_failed:
            self._left[self.segment] = self.commit.left
        self.close()

    def close(self) -> None:
        """Let the file go."""
        if self._file is not None:
            self._file.close()
        self._file = None
        self.commit.use(None)

    def _switch_to(self, segment: Segment, file: DiskFile) -> None:
        if self._file is not None:
            self._file.close()
        self._file, self.segment, self.frame_number = file, segment, segment.frame_number
        self._next_path = self._path_text(segment.number + 1)
        self._unreadable, self._is_spoiled = b"", False
        self.commit.use(file)

    def _path_text(self, number: int) -> str:
        return str(self._folder / Segment(number).name)
