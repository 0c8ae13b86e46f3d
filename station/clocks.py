"""The station's clock, and how wrong a device's was when it made a record, told by its steady clock."""

import math
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sync.limits import CLOCK_SECONDS_OFF_MAX
from sync.records import Record
from sync.wire import Batch

# A batch is at most so long on its way: then the device has given the send up (sync/client.py).
TRIP_SECONDS_MAX = 60
# What a plain crystal gains or loses in a second: four seconds a day.
DRIFT_SECONDS = 50e-6


class Clocks(NamedTuple):
    """What a device's clocks said at one moment; `steady_ms` counts within one boot."""

    wall: datetime
    steady_ms: int
    boot: str

    def after(self, passed: timedelta) -> "Clocks":
        """What they would say later, had nobody touched them: as wrong as they were."""
        return Clocks(self.wall + passed, self.steady_ms + passed // timedelta(milliseconds=1), self.boot)


def now() -> datetime:
    """The station's clock: aware UTC."""
    return datetime.now(UTC)


class Reckoned(NamedTuple):
    """Seconds by which a device's clock was ahead (negative: behind; 0 if about right), and how many more or less it may be.

    `seconds_unsure` is None where nothing is corrected, and where nobody can tell.
    """

    seconds_off: int
    seconds_unsure: int | None


# A clock that is believed.
RIGHT = Reckoned(0, None)


def reckoned(record: Record, batch: Batch, received_at: datetime) -> Reckoned:
    """How wrong the device's clock was at the record's entry.

    Within one boot, the steady clock tells how long ago the entry was. Across boots only the clock's error at sending
    is known, and taken for its error then: right if nobody set the clock between. What the device claimed is kept
    whatever comes out here.
    """
    steady_ms = batch.monotonic_ms - record.monotonic_ms
    unsure = None
    if record.boot == batch.boot and steady_ms >= 0:
        entered_at = received_at - timedelta(milliseconds=steady_ms)
        off = (record.entered_at - entered_at).total_seconds()
        unsure = TRIP_SECONDS_MAX + math.ceil(steady_ms / 1000 * DRIFT_SECONDS)
    else:
        off = (batch.sent_at - received_at).total_seconds()
    return RIGHT if abs(off) <= CLOCK_SECONDS_OFF_MAX else Reckoned(round(off), unsure)
