"""What a link does to one direction of a TCP stream, for a proxy that has no packets. A model; this is all of it.

- Opening costs a round trip. A lost SYN or SYN-ACK costs a second more, the next two, and so on doubling (RFC 6298).
- Bytes go in segments of 1,448, each with 52 more for its headers, one after the other at the pipe's rate.
- A lost segment that at least three others follow in the same write is sent again a round trip later (fast retransmit);
  any other after a round trip and 0.2 seconds, the least that Linux waits, and twice as long each further time.
- What follows a lost segment is held back until it is there: a stream stays in order.

Not modelled: slow start and congestion windows (ten segments may leave at once, and a link such as pipe.COUNTY holds
seven), lost acknowledgements, and the queue's end, since a window keeps a stream from overrunning it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bench.link.pipe import Pipe

SEGMENT_BYTES, HEADER_BYTES = 1_448, 52
_OPENING_AGAIN_SECONDS = 1.0
_TIMEOUT_SECONDS_MIN = 0.2
_FOLLOWERS_FOR_FAST = 3


def opened(up: Pipe, down: Pipe, now: float) -> float:
    """When a connection that is asked for now is open at the car's end."""
    again = _OPENING_AGAIN_SECONDS
    while True:
        asked = up.due(now, HEADER_BYTES)
        if not up.is_lost() and not down.is_lost():
            return down.due(asked, HEADER_BYTES)
        now, again = now + again, again * 2


@dataclass
class Stream:
    """One direction of one connection."""

    pipe: Pipe
    round_trip_seconds: float
    _there_at: float = 0

    def pieces(self, now: float, data: bytes) -> Iterator[tuple[float, bytes]]:
        """The segments of one write, each with the time when it can be read at the other end."""
        for at in range(0, len(data), SEGMENT_BYTES):
            segment = data[at : at + SEGMENT_BYTES]
            due = self.pipe.due(now, len(segment) + HEADER_BYTES)
            followers = (len(data) - at - 1) // SEGMENT_BYTES
            self._there_at = max(self._there_at, due + self._lateness(followers))
            yield self._there_at, segment

    def _lateness(self, followers: int) -> float:
        late = 0.0
        timeout = self.round_trip_seconds + _TIMEOUT_SECONDS_MIN
        while self.pipe.is_lost():
            if late == 0 and followers >= _FOLLOWERS_FOR_FAST:
                late += self.round_trip_seconds
            else:
                late, timeout = late + timeout, timeout * 2
        return late
