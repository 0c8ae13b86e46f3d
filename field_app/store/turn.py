"""Whose turn it is to write: one thread's of this process, and this process's among others. Held with `with turn:`.

Every tap goes through here with nothing of it in the processor's caches, so that each call costs half a microsecond: what
could be several small methods is one. A class, since a generator costs a tap three microseconds more.
"""

import threading
import time
from collections.abc import Callable
from types import TracebackType

from field_app.store.faults import StoreFault, fault_of
from field_app.store.lock import Lock
from field_app.store.reader import JournalReader

# Under a stream of taps this process lets the others have the lock at least this often.
HOLD_SECONDS_MAX = 0.05


class Turn:
    """A block of writing, as often as it is entered; may be nested. What it appended is on the disk when it ends.

    Threads that wait for their fsync share the process's lock with those that come next.
    """

    def __init__(
        self,
        reader: JournalReader,
        open_lock: Callable[[], Lock],
        find_place: Callable[[], None],
        leave_failed_file: Callable[[], None],
    ) -> None:
        self.thread_lock = threading.RLock()
        self.depth = 0  # of blocks in the thread that holds the lock
        self.ticket = 0  # of what the block that is under way has appended
        self._files = reader.files
        self._reader = reader
        self._commit = reader.files.commit
        self._open_lock = open_lock
        self._find_place = find_place
        self._leave_failed_file = leave_failed_file
        self._nobody_writes = threading.Condition(self.thread_lock)
        self._waiting = 0  # threads that give way to other processes first
        self._process_lock: Lock | None = None
        self._holders = 0  # threads that write or wait for their fsync, all under one process lock
        self._held_since = 0.0
        self._is_alone = False  # everything that others have written up to now is read
        self._is_closed = False

    def enter(self) -> None:
        """Begin a block: wait for the turn, and take in what others have written. Raises StoreFault."""
        self.thread_lock.acquire()
        try:
            if self.depth == 0:
                self._begin()
            self.depth += 1
        except OSError as problem:
            self.thread_lock.release()
            raise fault_of(problem) from problem
        except BaseException:
            self.thread_lock.release()
            raise

    def leave(self) -> None:
        """End a block: wait for the disk without holding off the threads that come next. Raises StoreFault."""
        self.depth -= 1
        is_outermost, ticket = self.depth == 0, self.ticket
        self.thread_lock.release()
        if not is_outermost:
            return
        try:
            if ticket:
                self._commit.wait(ticket)
        except OSError as fault:
            with self.thread_lock:
                self._leave_failed_file()
            raise fault_of(fault) from fault
        finally:
            with self.thread_lock:
                self._let_go()

    __enter__ = enter

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()

    def check_open(self) -> None:
        """See that the store has not been closed. Raises StoreFault."""
        if self._is_closed:
            raise StoreFault("The store is closed.")

    def close(self) -> None:
        """Give no more turns. Call with the thread's lock."""
        if self._process_lock is not None:
            self._process_lock.close()
        self._process_lock = None
        self._is_closed = True

    def _begin(self) -> None:
        if self._holders:
            self._give_way()
        if self._is_closed:
            self.check_open()
        if self._holders == 0:
            if self._process_lock is None:
                self._process_lock = self._open_lock()
            # What another had written is yet to be read if that failed the last time.
            self._is_alone = self._process_lock.acquire() and self._is_alone
            self._held_since = time.monotonic()
        self._holders += 1
        try:
            if self._reader.is_stale or not self._files.is_ready(is_alone=self._is_alone):
                self._find_place()
            self._is_alone = True
        except BaseException:
            self._let_go()
            raise
        # A block that appends nothing may yet tell what it saw: that, too, must be on the disk when it ends.
        commit = self._commit
        self.ticket = commit.written if commit.synced < commit.written else 0

    def _give_way(self) -> None:
        while self._holders and time.monotonic() - self._held_since > HOLD_SECONDS_MAX:
            self._waiting += 1
            try:
                self._nobody_writes.wait()
            finally:
                self._waiting -= 1

    def _let_go(self) -> None:
        self._holders -= 1
        if self._holders == 0:
            if self._process_lock is not None:
                self._process_lock.release()
            if self._waiting:
                self._nobody_writes.notify_all()
