"""Appending to the current journal file, and one fsync for everybody who waits for one (group commit).

A thread appends its frame, gets a ticket, and waits for the ticket. The first that waits calls fsync; whoever appended
before that began is served by it, and whoever appends meanwhile by the next. When an fsync fails, nobody whose frame it
should have carried is told "kept": the file is cut back to where it was last known to be whole, and is not used again,
since the kernel may have dropped the pages and say nothing the next time.
"""

import threading
from contextlib import suppress

from field_app.store.disk import DiskFile
from field_app.store.faults import StoreFault


class Commit:
    """The end of the journal. Offsets count bytes in the current file; tickets count appends by this process."""

    def __init__(self) -> None:
        self._file: DiskFile | None = None
        self.end = 0  # where the next frame will begin
        self._synced_end = 0
        self.written = 0  # the last ticket
        self.synced = 0
        self._refused: list[tuple[int, int]] = []  # tickets that a failed fsync took down, as ranges
        self._failure: OSError | None = None
        self.has_failed = False  # an fsync did since `use`: what memory holds may not be on the disk
        self._left = (0, 0)  # where bytes lie that a failed fsync refused, if they could not be cut off
        self._is_torn = False  # an append failed half-way, and could not be cut off
        self._write = threading.Lock()  # held for an append or a cut: microseconds
        self._turn = threading.Lock()  # held for an fsync

    @property
    def left(self) -> tuple[int, int]:
        """Start and end of what the failed fsync refused and nobody could cut off; of no length if it was cut off."""
        return self._left

    def use(self, file: DiskFile | None, end: int = 0) -> None:
        """Go on in this file, whose bytes up to `end` are on the disk. Call with nothing pending, or after a failure."""
        with self._turn, self._write:
            if self._failure is not None:
                self._refused.append((self.synced, self.written))
            self._file, self._failure, self._is_torn = file, None, False
            self.has_failed = False
            self.end = self._synced_end = end
            self.synced = self.written

    def move_end(self, end: int) -> None:
        """Note that the file has grown by what another process wrote, and that this is on the disk."""
        with self._write:
            self.end = self._synced_end = end

    def append(self, data: bytes) -> int:
        """Write at the end and give the ticket to wait for. Raises OSError with the file as it was, StoreFault."""
        with self._write:
            file = self._file
            if file is None or self._failure is not None or self._is_torn:
                raise StoreFault("The disk has just reported a fault. Try again.")
            try:
                file.append(data)
            except OSError:
                self._is_torn = True  # if the cut fails too, the next writer finds a tail: the same as a crash here
                with suppress(OSError):
                    file.cut(self.end)
                with suppress(OSError):
                    self._is_torn = file.size() != self.end
                raise
            if self.synced == self.written:  # whoever joins others under one fsync leaves their pages to it
                file.hasten(self.end, len(data))
            self.end += len(data)
            self.written += 1
            return self.written

    def wait(self, ticket: int) -> None:
        """Return when the ticket's frame is on the disk. Raises OSError if it could not be brought there."""
        with self._turn:
            if self._refused and any(after < ticket <= last for after, last in self._refused):
                raise OSError(0, "the write before this one failed")
            if ticket <= self.synced:
                return  # an fsync that failed later says nothing of it: it is on the disk, and stays
            if self._failure is not None:
                raise self._failure
            file = self._file
            if file is None:
                raise StoreFault("The store is closed.")
            with self._write:
                written, end = self.written, self.end
            try:
                file.sync()
            except OSError as problem:
                self._refuse(file, problem)
                raise
            self.synced, self._synced_end = written, end

    def settle(self) -> None:
        """Return with nothing pending. Whoever appended is told if an fsync failed: memory must be made anew then."""
        if self.synced < self.written:
            with suppress(OSError):
                self.wait(self.written)

    def _refuse(self, file: DiskFile, problem: OSError) -> None:
        with self._write:
            self._failure, self.has_failed = problem, True
            self._left = (self._synced_end, self.end)
            with suppress(OSError):  # what stays is void as soon as the next file begins
                file.cut(self._synced_end)
                self._left = (self._synced_end, self._synced_end)
