"""How often something that anybody can cause is written down: enough to see it, too little to fill a disk with."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

# What strangers try is noted this often in a minute, by each worker; 60 entries are some 20 KiB.
STRANGERS_NOTED_MAX = 60
_WITHIN = timedelta(minutes=1)


class Sparing:
    """Says yes a number of times in a minute; any thread may ask."""

    def __init__(self, now: Callable[[], datetime], count_max: int = STRANGERS_NOTED_MAX) -> None:
        self._now = now
        self._turn = Lock()
        self._said: deque[datetime] = deque(maxlen=count_max)

    def may(self) -> bool:
        """Whether this one is to be written down."""
        with self._turn:
            now = self._now()
            is_full = len(self._said) == self._said.maxlen
            # A clock that was put back must not silence it.
            if is_full and timedelta() <= now - self._said[0] < _WITHIN:
                return False
            self._said.append(now)
            return True
