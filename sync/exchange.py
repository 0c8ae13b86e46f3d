"""One exchange, and sending until the outbox is empty: the steps between a store and a station, whichever they are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from sync.canonical import JsonObject
from sync.outcome import WAITING_HELPS, Answer, Ending, Outcome, ending_of
from sync.pace import seconds_until_next
from sync.packing import Packing
from sync.planning import Next, Plan, after, asked, in_turn, parked, told
from sync.verdicts import MEANINGS
from sync.wire import Batch, Receipt


class NotReachable(Exception):
    """No answer came: whether the batch arrived is unknown, so it stays ready to send. The text is a sentence."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of itself and of the station: see Batch. `enrolments` tells one station from the next."""

    sequence_last: int
    ready: int
    epoch: str | None = None
    receipt_last: int = 0
    news: int = 0
    damage: tuple[str, ...] = ()
    enrolments: int = 0


class Outbox(Protocol):
    """The records that the station does not yet durably hold."""

    def ready(self, limit: int) -> Sequence[JsonObject]:
        """The oldest records that are ready to send, by sequence, parked ones last."""

    def known(self) -> Known:
        """What the next batch says beside its records."""

    def settle(self, receipt: Receipt, asked: Known | None = None) -> None:
        """Write down what a receipt says, durably, before anything else is sent: verdicts, news, and what is to be sent again.

        `asked` is what was known when its batch was made: the device may have been enrolled elsewhere since.
        """

    def park(self, reasons: Mapping[str, str]) -> None:
        """Write down that these records, by id, could not be handed in, and why. They stay ready to send, last."""


class Station(Protocol):
    """The other end of the line."""

    def exchange(self, batch: Batch, challenge: str, packing: Packing) -> Answer:
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
    """Who sends, and with what in hand. `enrolments` is what Known said when this station was the device's own."""

    device: str
    app: str
    stamp: Callable[[], Stamp]
    enrolments: int = 0


@dataclass(frozen=True, slots=True)
class Exchanged:
    """One exchange: how it ended, and which records went, as stored."""

    ending: Ending
    records: tuple[JsonObject, ...] = ()


def exchange_once(
    outbox: Outbox, station: Station, sender: Sender, challenge: str, plan: Plan | None = None
) -> Exchanged:
    """Take what is ready, send it as one batch, settle what the receipt names. Costs one more trip if the challenge is stale.

    With nothing ready it is still an exchange: it asks for news. Settles only on a receipt of this very batch, and sends
    nothing to a station where the device is not enrolled any more; raises whatever the outbox raises when it cannot write.
    """
    plan = plan or Plan()
    records = plan.batch_of(outbox.ready(plan.wanted()))
    stamp, known = sender.stamp(), outbox.known()
    if known.enrolments != sender.enrolments:
        return Exchanged(Ending(Outcome.TRY_LATER, "This device was enrolled at another station meanwhile."))
    batch = Batch(
        batch=stamp.batch,
        device=sender.device,
        app=sender.app,
        sent_at=stamp.sent_at,
        monotonic_ms=stamp.monotonic_ms,
        boot=stamp.boot,
        sequence_last=known.sequence_last,
        records=plan.as_sent(records),
        ready=known.ready,
        epoch=known.epoch,
        receipt_last=known.receipt_last,
        news=known.news,
        damage=known.damage,
    )
    ending = _send(station, batch, challenge, plan.packing)
    if ending.outcome is Outcome.CHALLENGE_STALE and ending.challenge is not None:
        ending = _send(station, batch, ending.challenge, plan.packing)
    if ending.receipt is not None:
        # A record that travelled wrapped has its id here only.
        judged = zip(ending.receipt.verdicts, records, strict=True)
        verdicts = tuple(replace(each, id=record["id"]) for each, record in judged)
        receipt = replace(ending.receipt, verdicts=verdicts)
        outbox.settle(receipt, known)
        ending = replace(ending, receipt=receipt)
    return Exchanged(ending, records)


def send_all(
    outbox: Outbox,
    station: Station,
    sender: Sender,
    challenge: str,
    on_receipt: Callable[[Receipt], None],
    plan: Plan,
) -> tuple[Ending, Plan]:
    """Exchange until nothing is ready or an exchange does not get further; gives the ending that stopped it.

    And the plan to begin the next send with: what was learnt of the line.
    """
    ending = Ending(Outcome.NOTHING_TO_SEND, "Nothing to send.", challenge=challenge)
    while (plan := in_turn(plan, outbox.ready(plan.wanted()))).batch_of(outbox.ready(plan.wanted())):
        stepped, receipt, plan, then = _step(outbox, station, sender, challenge, plan)
        if receipt is not None:
            on_receipt(receipt)
            challenge = receipt.challenge
        if stepped.receipt is not None and not _settles_any(stepped.receipt):
            ending = Ending(Outcome.TRY_LATER, "The station asks to send these again later.")
            break
        if then is Next.STOP:
            ending = stepped
            break
    if plan.failed and not plan.has_taken and not plan.is_well:
        # Records that nobody takes must not keep the news away, nor that the station was restored.
        receipt = ask(outbox, station, sender, challenge).receipt
        if receipt is not None:
            on_receipt(receipt)
    if found := parked(plan):
        outbox.park(found)
    return told(plan, ending), plan.for_next_time()


def _step(
    outbox: Outbox, station: Station, sender: Sender, challenge: str, plan: Plan
) -> tuple[Ending, Receipt | None, Plan, Next]:
    """One batch, and the question whether the station is well, if that is to be known; how the batch went, and the last receipt."""
    exchanged = exchange_once(outbox, station, sender, challenge, plan)
    ending, records = exchanged.ending, exchanged.records
    plan, then = after(plan, records, ending)
    if then is not Next.ASK:
        return ending, ending.receipt, plan, then
    answer = ask(outbox, station, sender, challenge)
    return ending, answer.receipt, *asked(plan, records, ending, answer)


def _settles_any(receipt: Receipt) -> bool:
    return any(MEANINGS[judged.verdict].is_settled for judged in receipt.verdicts)


def ask(outbox: Outbox, station: Station, sender: Sender, challenge: str) -> Ending:
    """One exchange without records: for news, and to learn whether the station was restored."""
    return exchange_once(outbox, station, sender, challenge, Plan(size=0)).ending


def keep_sending(
    send: Callable[[], Ending],
    wait: Callable[[float, Ending], None],
    jitter: Callable[[], float],
    patience_seconds: float,
) -> Ending:
    """Send, and while waiting helps, wait and send again; ends rather than wait longer than the patience in all.

    `wait` is told how long, and what it waits for.
    """
    failures = 0
    waited = 0.0
    while True:
        ending = send()
        failures += 1
        seconds = seconds_until_next(failures, jitter(), ending.retry_after_seconds)
        if ending.outcome not in WAITING_HELPS or waited + seconds > patience_seconds:
            return ending
        wait(seconds, ending)
        waited += seconds


def _send(station: Station, batch: Batch, challenge: str, packing: Packing) -> Ending:
    try:
        return ending_of(station.exchange(batch, challenge, packing), batch)
    except NotReachable as problem:
        return Ending(Outcome.NOT_REACHABLE, str(problem))
