"""What went over a link, read from its packets: connections, round trips, and the bytes of each TCP stream once.

A byte that was sent again counts once, a packet each time it was put in.
"""

from dataclasses import asdict, dataclass, field
from struct import unpack_from

UP, DOWN = 0, 1
_TCP = 6
_FIN, _SYN = 1, 2
_WRAP = 1 << 32


@dataclass
class Counts:
    """Of one stretch of time. A round trip is a turn of the talk: something new goes up, then something new comes down."""

    connections: int = 0
    round_trips: int = 0
    up_bytes: int = 0
    down_bytes: int = 0
    up_packet_bytes: int = 0
    down_packet_bytes: int = 0
    lost_packets: int = 0


@dataclass
class Tally:
    """Sees every packet as it is put in; IPv4 only."""

    counts: Counts = field(default_factory=Counts)
    _next: dict[tuple[int, bytes, bytes], int] = field(default_factory=dict)
    _came_last: int = DOWN

    def take(self) -> dict[str, int]:
        """What was counted since the last time."""
        counted, self.counts, self._came_last = asdict(self.counts), Counts(), DOWN
        return counted

    def see(self, way: int, packet: bytes) -> None:
        """One packet."""
        if way == UP:
            self.counts.up_packet_bytes += len(packet)
        else:
            self.counts.down_packet_bytes += len(packet)
        if packet[0] >> 4 == 4 and packet[9] == _TCP:  # noqa: PLR2004 - IP's version
            self._see_tcp(way, packet, 4 * (packet[0] & 15))

    def _see_tcp(self, way: int, packet: bytes, at: int) -> None:
        sequence, flags = unpack_from("!I", packet, at + 4)[0], packet[at + 13]
        length = int.from_bytes(packet[2:4]) - at - 4 * (packet[at + 12] >> 4)
        flow = (way, packet[12:20], packet[at : at + 4])
        if flags & _SYN:
            is_new = self._next.get(flow) != sequence + 1
            if is_new:
                self._next[flow] = (sequence + 1) % _WRAP
                self.counts.connections += way == UP
                self._turn(way)
            return
        fresh = (sequence + length - self._next.get(flow, sequence)) % _WRAP
        if length and fresh < _WRAP // 2 and fresh:
            self._next[flow] = (sequence + length) % _WRAP
            if way == UP:
                self.counts.up_bytes += fresh
            else:
                self.counts.down_bytes += fresh
            self._turn(way)

    def _turn(self, way: int) -> None:
        self.counts.round_trips += way == UP and self._came_last == DOWN
        self._came_last = way
