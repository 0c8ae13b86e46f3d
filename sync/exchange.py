"""One exchange, and sending until the outbox is empty: the steps between a store and a station, whichever they are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sync.canonical import JsonObject
from sync.limits import BATCH_RECORDS_MAX
from sync.outcome import WAITING_HELPS, Answer, Ending, Outcome, ending_of
from sync.pace import seconds_until_next
from sync.verdicts import MEANINGS
from sync.wire import Batch, Receipt


class NotReachable(Exception):
    """No answer came: whether the batch arrived is unknown, so it stays ready to send. The text is a sentence."""


class Outbox(Protocol):
    """The records that the station does not yet durably hold."""

    def ready(self, limit: int) -> Sequence[JsonObject]:
        """The oldest records that are ready to send, by sequence."""

    def settle(self, receipt: Receipt) -> None:
        """Write down the verdicts of a receipt, durably, before anything else is sent."""

    def sequence_last(self) -> int:
        """The last sequence number given out, 0 if none."""


class Station(Protocol):
    """The other end of the line."""

    def exchange(self, batch: Batch, challenge: str) -> Answer:
        """Post one signed batch and give whatever answered. Raises NotReachable."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """The device's clocks now, and a fresh id: what a batch needs that a store does not have."""

    batch: str
    sent_at: datetime
    monotonic_ms: int
    boot: str


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends, and with what in hand."""

    device: str
    app: str
    stamp: Callable[[], Stamp]


def exchange_once(outbox: Outbox, station: Station, sender: Sender, challenge: str) -> Ending:
    """Take what is ready, send it as one batch, settle what the receipt names. Costs one more trip if the challenge is stale.

    Settles only on a receipt of this very batch; raises whatever the outbox raises when it cannot write.
    """
    records = tuple(outbox.ready(BATCH_RECORDS_MAX))
    if not records:
        return Ending(Outcome.NOTHING_TO_SEND, "Nothing to send.", challenge=challenge)
    stamp = sender.stamp()
    batch = Batch(
        batch=stamp.batch,
        device=sender.device,
        app=sender.app,
        sent_at=stamp.sent_at,
        monotonic_ms=stamp.monotonic_ms,
        boot=stamp.boot,
        sequence_last=outbox.sequence_last(),
        records=records,
    )
    ending = _send(station, batch, challenge)
    if ending.outcome is Outcome.CHALLENGE_STALE and ending.challenge is not None:
        ending = _send(station, batch, ending.challenge)
    if ending.receipt is not None:
        outbox.settle(ending.receipt)
    return ending


def send_all(
    outbox: Outbox,
    station: Station,
    sender: Sender,
    challenge: str,
    on_receipt: Callable[[Receipt], None],
) -> Ending:
    """Exchange until nothing is ready or an exchange does not get further; gives the ending that stopped it."""
    while True:
        ending = exchange_once(outbox, station, sender, challenge)
        if ending.receipt is None:
            return ending
        on_receipt(ending.receipt)
        challenge = ending.receipt.challenge
        if not any(MEANINGS[judged.verdict].is_settled for judged in ending.receipt.verdicts):
            return Ending(Outcome.TRY_LATER, "The station asks to send these again later.")


def keep_sending(
    send: Callable[[], Ending],
    wait: Callable[[float], None],
    jitter: Callable[[], float],
    patience_seconds: float,
) -> Ending:
    """Send, and while waiting helps, wait and send again; ends rather than wait longer than the patience in all."""
    failures = 0
    waited = 0.0
    while True:
        ending = send()
        failures += 1
        seconds = seconds_until_next(failures, jitter(), ending.retry_after_seconds)
        if ending.outcome not in WAITING_HELPS or waited + seconds > patience_seconds:
            return ending
        wait(seconds)
        waited += seconds


def _send(station: Station, batch: Batch, challenge: str) -> Ending:
    try:
        return ending_of(station.exchange(batch, challenge), batch)
    except NotReachable as problem:
        return Ending(Outcome.NOT_REACHABLE, str(problem))
