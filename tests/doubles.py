"""Stand-ins for the outside world that keep its protocols: a clock that obeys, and lines that lose things."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from station.admission import Signed
from station.desk import Desk
from station.refusal import Refused
from sync.exchange import NotReachable
from sync.outcome import Answer
from sync.packing import Packing, pack
from sync.problem import problem_to_json
from sync.signing import exchange_message, sign
from sync.wire import EXCHANGE_PATH, Batch, batch_to_json, receipt_to_json

START = datetime(2026, 11, 22, 22, 32, 5, 123000, tzinfo=UTC)  # 14:32 in Norwalk, on the day watch


def uuids(beginning: int = 1) -> Iterator[str]:
    """UUIDs that count up, of version 7, the same in every run."""
    number = beginning
    while True:
        yield str(UUID(int=(0x0192 << 112) | (7 << 76) | (2 << 62) | number))
        number += 1


@dataclass
class FixedClock:
    """A device clock that moves when told to."""

    at: datetime = START
    steady_ms: int = 1_000_000
    boot_name: str = "boot-1"
    ids: Iterator[str] = field(default_factory=uuids)

    def now(self) -> datetime:
        """The wall clock."""
        return self.at

    def monotonic_ms(self) -> int:
        """The steady clock."""
        return self.steady_ms

    def boot(self) -> str:
        """The boot's name."""
        return self.boot_name

    def new_id(self) -> str:
        """The next id."""
        return next(self.ids)

    def passes(self, seconds: float) -> None:
        """Let time go by on both clocks."""
        self.at += timedelta(seconds=seconds)
        self.steady_ms += int(seconds * 1000)


def no_harm(_: Batch) -> None:
    """A line on which nothing happens to a batch."""


@dataclass
class Line:
    """A line to a real desk, without HTTP: signs like a device, answers like the station, and may lose things.

    `before` and `after` are called with each batch, before it arrives and after it was taken in; either may raise
    NotReachable, as a dead zone does.
    """

    desk: Desk
    private_key: str
    before: Callable[[Batch], None] = no_harm
    after: Callable[[Batch], None] = no_harm
    batches: list[Batch] = field(default_factory=list)

    def exchange(self, batch: Batch, challenge: str, packing: Packing) -> Answer:
        """Carry one batch there and its answer back."""
        self.batches.append(batch)
        self.before(batch)
        body = pack(json.dumps(batch_to_json(batch)).encode(), packing)
        message = exchange_message(
            device=batch.device, batch=batch.batch, challenge=challenge, path=EXCHANGE_PATH, body=body
        )
        signed = Signed(batch.device, batch.batch, challenge, sign(self.private_key, message), body)
        try:
            answer = Answer(200, {}, json.dumps(receipt_to_json(self.desk.exchange(signed, packing))).encode())
        except Refused as refusal:
            answer = Answer(refusal.problem.status, {}, json.dumps(problem_to_json(refusal.problem)).encode())
        self.after(batch)
        return answer


class DeadZone:
    """Loses what it is called for a number of times, then lets everything through."""

    def __init__(self, times: int) -> None:
        self.times = times

    def __call__(self, _: Batch) -> None:
        """Lose one batch, or its answer."""
        if self.times > 0:
            self.times -= 1
            raise NotReachable("No connection.")
