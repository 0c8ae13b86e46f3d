"""The station's clock, and how wrong a device's was when it made a record, told by its steady clock."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sync.limits import CLOCK_SECONDS_OFF_MAX
from sync.records import Record
from sync.wire import Batch


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


def seconds_off(record: Record, batch: Batch, received_at: datetime) -> int:
    """Seconds by which the device's clock was ahead at the record's entry (negative: behind); 0 if about right.

    Within one boot, the steady clock tells how long ago the entry was. Across boots only the clock's error at sending
    is known, and taken for its error then. What the device claimed is kept whatever comes out here.
    """
    steady_ms = batch.monotonic_ms - record.monotonic_ms
    if record.boot == batch.boot and steady_ms >= 0:
        entered_at = received_at - timedelta(milliseconds=steady_ms)
        off = (record.entered_at - entered_at).total_seconds()
    else:
        off = (batch.sent_at - received_at).total_seconds()
    return 0 if abs(off) <= CLOCK_SECONDS_OFF_MAX else round(off)
