"""The process between the two ends: takes each IP packet out of one TUN device and puts it into the other when it is due.

Started by shaped.py as `python -m bench.link.shaper`; a line on its input asks for the counts since the last one.
"""

import argparse
import fcntl
import heapq
import itertools
import json
import os
import selectors
import struct
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field

from bench.link.namespaces import enter
from bench.link.pipe import Link, Pipe
from bench.link.tally import DOWN, UP, Tally

# <linux/if_tun.h>: a device of IP packets, without a header before each.
_TUNSETIFF = 0x400454CA
_IFF_TUN_NO_HEADER = 0x1001
_PACKET_BYTES_MAX = 65_536
DEVICE = "link0"


def open_device(namespace: str) -> int:
    """The file descriptor of a new TUN device in a namespace."""
    enter(namespace)
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH", DEVICE.encode(), _IFF_TUN_NO_HEADER))
    return device


@dataclass
class Shaper:
    """Two devices, a pipe each way, and the packets that are under way."""

    devices: tuple[int, int]
    pipes: tuple[Pipe, Pipe]
    tally: Tally = field(default_factory=Tally)
    _under_way: list[tuple[float, int, int, bytes]] = field(default_factory=list)
    _number: "itertools.count[int]" = field(default_factory=itertools.count)

    def run(self) -> None:
        """Until its input ends."""
        with selectors.DefaultSelector() as ready:
            for way in (UP, DOWN):
                ready.register(self.devices[way], selectors.EVENT_READ, way)
            ready.register(sys.stdin, selectors.EVENT_READ, None)
            while True:
                for key, _ in ready.select(self._wait_seconds()):
                    if key.data is not None:
                        self._take_in(key.data)
                    elif not self._answer():
                        return
                self._put_out()

    def _wait_seconds(self) -> float | None:
        return max(0, self._under_way[0][0] - time.monotonic()) if self._under_way else None

    def _take_in(self, way: int) -> None:
        packet = os.read(self.devices[way], _PACKET_BYTES_MAX)
        self.tally.see(way, packet)
        due = self.pipes[way].arrival(time.monotonic(), len(packet))
        if due is None:
            self.tally.counts.lost_packets += 1
        else:
            heapq.heappush(self._under_way, (due, next(self._number), way, packet))

    def _put_out(self) -> None:
        while self._under_way and self._under_way[0][0] <= time.monotonic():
            _, _, way, packet = heapq.heappop(self._under_way)
            with suppress(OSError):  # an end that is down loses what arrives
                os.write(self.devices[1 - way], packet)

    def _answer(self) -> bool:
        if not sys.stdin.readline():
            return False
        sys.stdout.write(json.dumps(self.tally.take()) + "\n")
        sys.stdout.flush()
        return True


def main() -> None:
    """Open the devices, say that they are there, and carry packets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("namespaces", nargs=2)
    parser.add_argument("--seed", type=int, required=True)
    for name in ("round-trip-seconds", "up-bits-per-second", "down-bits-per-second", "loss"):
        parser.add_argument(f"--{name}", type=float, required=True)
    asked = parser.parse_args()
    link = Link(asked.round_trip_seconds, asked.up_bits_per_second, asked.down_bits_per_second, asked.loss)
    up, down = (open_device(name) for name in asked.namespaces)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    Shaper((up, down), link.pipes(asked.seed)).run()


if __name__ == "__main__":
    main()
