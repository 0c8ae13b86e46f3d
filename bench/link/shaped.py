"""A link with the kernel's own TCP at both ends, and a shaper between them."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.link.namespaces import namespaces, run
from bench.link.pipe import Link
from bench.link.shaper import DEVICE

CAR, STATION = "10.75.5.1", "10.75.5.2"
# The one that every kernel lets a namespace choose. Ten packets may be under way at once from the start, and a link such
# as COUNTY holds seven, so it is the link that limits, not the choice.
CONGESTION = "reno"


@dataclass(frozen=True)
class Shaped:
    """Two namespaces, the car's and the station's, that reach each other over the link alone."""

    car: str
    station: str
    shaper: "subprocess.Popen[str]"

    def counts(self) -> dict[str, int]:
        """What went over the link since the last time, by the names of tally.py's Counts."""
        assert self.shaper.stdin is not None  # noqa: S101 - piped, below
        assert self.shaper.stdout is not None  # noqa: S101 - the same
        self.shaper.stdin.write("\n")
        self.shaper.stdin.flush()
        found: dict[str, int] = json.loads(self.shaper.stdout.readline())
        return found


@contextmanager
def shaped(link: Link, seed: int) -> Iterator[Shaped]:
    """Put the link up; it goes with the block. Raises OSError where there can be none (namespaces.why_not)."""
    with namespaces() as (car, station):
        given = [f"--{name.replace('_', '-')}={value}" for name, value in vars(link).items()]
        command = [sys.executable, "-m", "bench.link.shaper", car, station, f"--seed={seed}", *given]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as shaper:
            assert shaper.stdout is not None  # noqa: S101 - piped
            if not shaper.stdout.readline():
                raise OSError("the link's shaper did not start")
            for namespace, address in ((car, CAR), (station, STATION)):
                run(
                    "ip", "-n", namespace, "link", "set", DEVICE, "addrgenmode", "none"
                )  # no IPv6, which talks by itself
                run("ip", "-n", namespace, "address", "add", f"{address}/30", "dev", DEVICE)
                run("ip", "-n", namespace, "link", "set", DEVICE, "up", "mtu", "1500")
                run("ip", "netns", "exec", namespace, "sysctl", "-qw", f"net.ipv4.tcp_congestion_control={CONGESTION}")
            try:
                yield Shaped(car, station, shaper)
            finally:
                assert shaper.stdin is not None  # noqa: S101 - piped
                shaper.stdin.close()  # it ends by itself
