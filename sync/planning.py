"""What to send next, and what an ending teaches: decisions of one send, without I/O. Nothing of it is kept on the disk.

The batch grows while the line is good and shrinks when it drops. When the station refuses a whole batch, or breaks down
over the same one twice, some record in it may be to blame: the batch is halved until that record stands alone. Alone and
refused again and again, it is handed in wrapped, so that the station keeps its bytes unread. If not even that is taken,
while others are, it is parked: it stays ready to send, behind all others, and is shown under *Needs attention*. If nothing
at all is taken, no record is to blame, and nobody is parked; but the next send begins with those behind, and comes back
to them when these are through: the station may be well again. A station that breaks down over a question without any
record is not well itself, and nothing is halved.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sync.canonical import JsonObject
from sync.limits import BATCH_RECORDS_MAX, BATCH_RECORDS_START
from sync.outcome import BLAMES_BATCH, Ending, Outcome
from sync.packing import Packing
from sync.wire import wrapped

# A batch that the line drops is halved, but not below this: a smaller one would hardly be shorter on the wire.
_LINE_RECORDS_MIN = 10
# After so many lone records in a row that the station does not take, it is the station that fails, not the records.
_ALONE_IN_VAIN_MAX = 3
# One refusal may be a slip of the station or of something between; a wrapped record needs a person to look at it.
_ALONE_TRIES_MAX = 3


class Next(StrEnum):
    """What to do after an exchange."""

    GO_ON = "go-on"
    ASK = "ask"  # whether the station is well: an exchange without records, then `asked`
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a send has learnt so far.

    `size` is how many records the next batch has at most, `suspects` are the ids of a refused batch, `unread` those to be
    handed in wrapped, `failed` those that failed even so, `in_vain` how many lone ones failed since the last receipt;
    `has_taken` is whether there was a receipt in this send, `tries` how often the lone suspect was refused in a row.
    `died` are the ids of the batch over which the station broke down the last time, `is_well` whether it has answered a
    question since it broke down over them again. `passed` are the ids of those that were passed over in sends before,
    `is_their_turn` whether nothing else is left to send.
    """

    size: int = BATCH_RECORDS_START
    records_max: int = BATCH_RECORDS_MAX
    packing: Packing = Packing.DICTIONARY
    suspects: tuple[str, ...] = ()
    unread: frozenset[str] = frozenset()
    failed: tuple[tuple[str, str], ...] = ()
    in_vain: int = 0
    has_taken: bool = False
    tries: int = 0
    died: frozenset[str] = frozenset()
    is_well: bool = False
    passed: frozenset[str] = frozenset()
    is_their_turn: bool = False

    def wanted(self) -> int:
        """How many of the oldest ready records to look at for the next batch."""
        return self.size + len(self.failed) + len(self.passed)

    def batch_of(self, ready: Sequence[JsonObject]) -> tuple[JsonObject, ...]:
        """The records to send next, of those that are ready, oldest first: as stored."""
        not_now = self.failed_ids() if self.is_their_turn else self.failed_ids() | self.passed
        left = [record for record in ready if record["id"] not in not_now]
        if self.suspects:
            suspected = [record for record in left if record["id"] in self.suspects]
            left = suspected or left
        chosen = left[: self.size]
        alone = next((place for place, record in enumerate(chosen) if record["id"] in self.unread), None)
        # A wrapped record travels alone: if it is refused, it is known which it was.
        return tuple(chosen if alone is None else chosen[alone : alone + 1] if alone == 0 else chosen[:alone])

    def as_sent(self, records: Sequence[JsonObject]) -> tuple[JsonObject, ...]:
        """The same records as they travel."""
        return tuple(wrapped(record) if record["id"] in self.unread else record for record in records)

    def for_next_time(self) -> "Plan":
        """What is worth remembering: of the line; of the records which ones failed, or died, until the send gave up."""
        size = self.size if self.size >= _LINE_RECORDS_MIN else BATCH_RECORDS_START
        passed = frozenset() if self.is_their_turn else self.passed
        if self.in_vain >= _ALONE_IN_VAIN_MAX:
            passed |= self.failed_ids()
        return Plan(size, packing=self.packing, passed=passed, died=self.died)

    def failed_ids(self) -> frozenset[str]:
        """The ids of the records that failed even alone and wrapped."""
        return frozenset(key for key, _ in self.failed)


def in_turn(plan: Plan, ready: Sequence[JsonObject]) -> Plan:
    """The plan for the next batch: if nothing is left but what failed in sends before, that has another try."""
    return plan if plan.batch_of(ready) else replace(plan, is_their_turn=True)


def after(plan: Plan, sent: Sequence[JsonObject], ending: Ending) -> tuple[Plan, Next]:
    """What is learnt from how the exchange of these records ended, and whether to go on at once."""
    if ending.outcome is Outcome.RECEIVED:
        return _received(plan, sent, ending), Next.GO_ON
    if ending.is_unpackable and plan.packing is not Packing.GZIP:
        return replace(plan, packing=Packing.GZIP), Next.GO_ON
    if ending.outcome is Outcome.FAULT and sent and not plan.is_well:
        return _died(plan, sent)
    if ending.outcome in BLAMES_BATCH and sent:
        return _blamed(plan, sent, ending)
    if ending.outcome is Outcome.NOT_REACHABLE:
        smaller = max(min(len(sent) // 2, plan.size), _LINE_RECORDS_MIN)
        return replace(plan, size=min(plan.size, smaller)), Next.STOP
    return plan, Next.STOP


def asked(plan: Plan, sent: Sequence[JsonObject], fault: Ending, answer: Ending) -> tuple[Plan, Next]:
    """What is learnt from asking a station, which broke down over these records, for news alone."""
    if answer.outcome is not Outcome.RECEIVED:
        return plan, Next.STOP
    return _blamed(replace(plan, is_well=True), sent, fault)


def told(plan: Plan, ending: Ending) -> Ending:
    """How a send ended, in view of what could not be handed in: that is never told as "Nothing to send"."""
    if ending.outcome is not Outcome.NOTHING_TO_SEND or not plan.failed:
        return ending
    return replace(ending, outcome=Outcome.BATCH_REFUSED, sentence=plan.failed[-1][1])


def parked(plan: Plan) -> dict[str, str]:
    """The records to park, with the reason of each: those that failed in this send, while the station took others.

    Where the last ones failed one after another it may be the station again: then only those that failed before as well.
    """
    is_in_vain = plan.in_vain >= _ALONE_IN_VAIN_MAX
    found = {key: reason for key, reason in plan.failed if not is_in_vain or key in plan.passed}
    return found if plan.has_taken else {}


def _received(plan: Plan, sent: Sequence[JsonObject], ending: Ending) -> Plan:
    ids = {record["id"] for record in sent}
    suspects = tuple(key for key in plan.suspects if key not in ids)
    records_max = plan.records_max if ending.receipt is None else min(ending.receipt.records_max, BATCH_RECORDS_MAX)
    # What is left of a refused batch holds the culprit; without suspects the line may carry more.
    size = max(1, len(suspects) // 2) if suspects else max(2 * len(sent), plan.size)
    return replace(
        plan,
        suspects=suspects,
        size=min(size, records_max),
        records_max=records_max,
        in_vain=0,
        has_taken=True,
        tries=0,
        died=frozenset(),
    )


def _died(plan: Plan, sent: Sequence[JsonObject]) -> tuple[Plan, Next]:
    """The station broke down: once may be a slip of its own, twice over the same records may be theirs."""
    ids = frozenset(record["id"] for record in sent)
    # More may have been logged meanwhile, and of those that died some may have been tried alone.
    if ids <= plan.passed or (plan.died and (plan.died <= ids or ids <= plan.died)):
        return plan, Next.ASK
    return replace(plan, died=ids), Next.STOP


def _blamed(plan: Plan, sent: Sequence[JsonObject], ending: Ending) -> tuple[Plan, Next]:
    ids = tuple(record["id"] for record in sent)
    if len(ids) > 1:
        return replace(plan, suspects=ids, size=len(ids) // 2, tries=0), Next.GO_ON
    (alone,) = ids
    if alone not in plan.unread and plan.tries + 1 < _ALONE_TRIES_MAX:
        return replace(plan, suspects=ids, size=1, tries=plan.tries + 1), Next.GO_ON
    if alone not in plan.unread:
        return replace(plan, suspects=ids, size=1, unread=plan.unread | {alone}), Next.GO_ON
    in_vain = plan.in_vain + 1
    failed = (*plan.failed, (alone, ending.sentence))
    found = replace(plan, suspects=(), size=1, failed=failed, in_vain=in_vain, tries=0)
    return found, Next.STOP if in_vain >= _ALONE_IN_VAIN_MAX else Next.GO_ON
