"""Sending a shift over a bad link, against the floor of TCP and plain POSTs (`make bench-exchange`).

Both ends have the kernel's own TCP; a shaper between them delays, limits and drops packets (bench/link). Without Linux
and root there is no such link, and a proxy stands in that models one; `place` says so under `link`. In each round
everybody sends as many records, one after the other in an order drawn anew. The floor sends a JSON array of the
same records, packed with gzip -9 before the clock starts, over one connection, and waits for one byte. The gzip post is that
array as the body of one HTTP request.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from bench.link.namespaces import enter, why_not
from bench.link.pipe import COUNTY
from bench.link.shaped import CONGESTION, STATION, shaped
from bench.link.slow import LOOPBACK, SlowProxy
from bench.measure import place, ratio, say
from bench.senders import Send, Senders, packed, plain_array
from bench.shifts import Shifts
from field_app.device import Identity
from field_app.store.journal import JournalDB
from sync.canonical import JsonObject
from sync.signing import public_key_of
from sync.trust import Trust

# Rounds by how many records are sent.
ROUNDS = {1: 20, 60: 20, 1_000: 5, 10_000: 1}
# One POST a record takes 42 s for 60 of them, kept alive 21, so with those it takes part in the first round alone, and not
# at all beyond: its time grows with their number, as the two sizes show, so both together would take 18 minutes over
# 1,000 and three hours over 10,000 to say the same again.
SLOW_ROUNDS = {1: 20, 60: 1}
# What was sent last must be over before others are counted: the end of a connection takes a round trip, a lost one more.
_QUIET_SECONDS = 1.0


class Counting(Protocol):
    """A link that says what went over it."""

    def counts(self) -> dict[str, int]:
        """Since the last time, by the names of tally.py's Counts."""


@dataclass
class Sample:
    """What one of them took, round by round."""

    name: str
    records: int
    make: Callable[[list[JsonObject]], Send]
    rounds: int
    is_ours: bool = False  # sends what is ready in the store, and each time something else
    seconds: list[float] = field(default_factory=list)
    counts: list[dict[str, int]] = field(default_factory=list)
    packed_bytes: list[int] = field(default_factory=list)

    def take(self, link: Counting, records: list[JsonObject]) -> None:
        """Send once."""
        send = self.make(records)
        link.counts()
        started = time.perf_counter()
        send()
        self.seconds.append(time.perf_counter() - started)
        time.sleep(_QUIET_SECONDS)
        self.counts.append(link.counts())
        self.packed_bytes.append(len(packed(plain_array(records))))

    def figure(self, floor: "Sample") -> dict[str, Any]:
        """What there is to say."""
        counted = {name: statistics.median(each[name] for each in self.counts) for name in self.counts[0]}
        return {
            "bench": "exchange",
            "name": self.name,
            "records": self.records,
            "median": round(statistics.median(self.seconds), 3),
            "least": round(min(self.seconds), 3),
            "most": round(max(self.seconds), 3),
            "unit": "s",
            "n": len(self.seconds),
            "ratio": ratio(self.seconds, floor.seconds),
            "least_ratio": round(min(self.seconds) / min(floor.seconds), 3),
            **counted,
            "up_ratio": round(counted["up_bytes"] / statistics.median(self.packed_bytes), 3),
        }


@contextmanager
def office(folder: Path, identity: Identity, host: str, *inside: str) -> Iterator[tuple[dict[str, int], Trust]]:
    """The station's end, a process; gives the ports there by name, and whom to believe over TLS."""
    known = ["--device", identity.device, "--public-key", public_key_of(identity.private_key)]
    command = [sys.executable, "-m", "bench.office", *inside, "--host", host, "--folder", str(folder), *known]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None  # noqa: S101 - piped
        assert process.stdout is not None  # noqa: S101 - piped
        try:
            found = json.loads(process.stdout.readline())
            yield found["ports"], Trust(found["authority"], tuple(found["pins"]))
        finally:
            process.stdin.close()


@contextmanager
def both_ends(folder: Path, shifts: Shifts, seed: int, *, is_real: bool) -> Iterator[tuple[Counting, Senders]]:
    """The link, and who sends over it. After a real one this process is in the car's namespace."""
    with ExitStack() as stack:
        if is_real:
            link = stack.enter_context(shaped(COUNTY, seed))
            inside = ("--inside", link.station)
            ports, trust = stack.enter_context(office(folder, shifts.device.identity(), STATION, *inside))
            enter(link.car)
            yield link, Senders(STATION, ports, trust, shifts)
        else:
            ports, trust = stack.enter_context(office(folder, shifts.device.identity(), LOOPBACK))
            slow = stack.enter_context(SlowProxy(COUNTY, seed, ports))
            yield slow, Senders(LOOPBACK, slow.ports, trust, shifts)


def main() -> None:
    """Measure, and print one line per figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, nargs="+", default=list(ROUNDS), help="how many are sent at once")
    parser.add_argument("--rounds", type=int, help="for every size")
    parser.add_argument("--slow-rounds", type=int, help="rounds in which one POST a record takes part")
    parser.add_argument("--seed", type=int, default=755, help="of what is lost on the way, and of the order")
    parser.add_argument(
        "--folder", type=Path, default=Path("build"), help="where the station's database lies meanwhile"
    )
    parser.add_argument("--modelled", action="store_true", help="take the proxy, also where the real link could be")
    asked = parser.parse_args()
    reason = "as asked" if asked.modelled else why_not()
    asked.folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=asked.folder) as name:
        link_is = f"real TCP ({CONGESTION})" if reason is None else f"modelled: {reason}"
        link_said = {"link": link_is, **vars(COUNTY)}
        say({"bench": "exchange", "name": "place", **place(Path(name)), **link_said, "seed": asked.seed})
        for count in asked.records:
            rounds = asked.rounds or ROUNDS.get(count, 1)
            slow = SLOW_ROUNDS.get(count, 0) if asked.slow_rounds is None else asked.slow_rounds
            measure(Path(name) / str(count), count, rounds, slow, asked.seed, is_real=reason is None)


def measure(folder: Path, count: int, rounds: int, slow_rounds: int, seed: int, *, is_real: bool) -> None:
    """One size."""
    with (
        JournalDB(folder / "store") as db,
        both_ends(folder / "station", Shifts(db, seed), seed, is_real=is_real) as (link, senders),
    ):
        some = senders.shifts.log(count)
        senders.exchange(some)()  # learns the challenge to sign, as a device does that has sent before
        floor = Sample("floor", count, senders.floor, rounds)
        samples = [
            floor,
            Sample("exchange", count, senders.exchange, rounds, is_ours=True),
            Sample("exchange over TLS", count, senders.exchange_over_tls, rounds, is_ours=True),
            Sample("gzip post", count, senders.gzip_post, rounds),
            Sample("kept-alive posts", count, senders.kept_alive_posts, min(rounds, slow_rounds)),
            Sample("posts", count, senders.posts, min(rounds, slow_rounds)),
        ]
        shuffled = random.Random(seed)  # noqa: S311 - an order, not a secret
        for number in range(rounds):
            for sample in shuffled.sample(samples, len(samples)):
                if number < sample.rounds:
                    some = senders.shifts.log(count) if sample.is_ours else some
                    sample.take(link, some)
    for sample in samples:
        if sample.seconds:
            say(sample.figure(floor))


if __name__ == "__main__":
    main()
