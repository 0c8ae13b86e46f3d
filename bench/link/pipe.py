"""One direction of a link: when a packet put in now comes out at the other end, or that it never does. No I/O."""

import random
from dataclasses import dataclass, field

# About what a slow uplink buffers before it drops: a second of 256 kbit/s.
QUEUE_BYTES = 32 * 1_024


@dataclass
class Pipe:
    """Packets go one after the other at a rate, wait in a short queue, and each is then under way for the delay.

    `loss` is the share of packets that are lost on the way; each is drawn by itself, and takes its time all the same.
    """

    bits_per_second: float
    delay_seconds: float
    loss: float = 0
    queue_bytes: int = QUEUE_BYTES
    chance: random.Random = field(default_factory=random.Random)
    _free_at: float = 0

    def arrival(self, now: float, packet_bytes: int) -> float | None:
        """When a packet comes out, in the seconds that `now` is given in; None if it is lost or the queue is full."""
        if (self._free_at - now) * self.bits_per_second / 8 > self.queue_bytes:
            return None
        due = self.due(now, packet_bytes)
        return None if self.is_lost() else due

    def due(self, now: float, packet_bytes: int) -> float:
        """When a packet would come out if nothing happened to it, however long the queue."""
        self._free_at = max(now, self._free_at) + packet_bytes * 8 / self.bits_per_second
        return self._free_at + self.delay_seconds

    def is_lost(self) -> bool:
        """Whether the next packet is lost."""
        return self.chance.random() < self.loss


@dataclass(frozen=True)
class Link:
    """A link as it is told to somebody: half the round trip each way, a rate each way, and one share of lost packets."""

    round_trip_seconds: float
    up_bits_per_second: float
    down_bits_per_second: float
    loss: float

    def pipes(self, seed: int) -> tuple[Pipe, Pipe]:
        """Up and down, with their chances drawn from a seed."""
        up, down = (random.Random(f"{seed} {way}") for way in ("up", "down"))  # noqa: S311 - weather, no secret
        delay = self.round_trip_seconds / 2
        return (
            Pipe(self.up_bits_per_second, delay, self.loss, chance=up),
            Pipe(self.down_bits_per_second, delay, self.loss, chance=down),
        )


# DESIGN.md §8: the worst LTE in the county. The downlink is four times the uplink, as is common at a cell's edge.
COUNTY = Link(round_trip_seconds=0.3, up_bits_per_second=256_000, down_bits_per_second=1_024_000, loss=0.01)
