"""An outbox in memory and a station that answers from a list: both ends of an exchange without a store or a database."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from doubles import START
from examples import BATCH

from sync.canonical import JsonObject
from sync.exchange import Known, NotReachable, Sender, Stamp, Station, send_all
from sync.outcome import Answer, Ending, Outcome
from sync.packing import Packing
from sync.planning import Plan
from sync.verdicts import MEANINGS, Verdict
from sync.wire import Batch, Judged, Receipt, digest_of, receipt_to_json, unwrapped


def body(found: object) -> bytes:
    """JSON as it comes over the line."""
    return json.dumps(found).encode()


@dataclass
class Shelf:
    """An outbox in memory."""

    records: list[JsonObject]
    settled: list[Receipt] = field(default_factory=list)
    parked: dict[str, str] = field(default_factory=dict)

    def ready(self, limit: int) -> Sequence[JsonObject]:
        """The oldest records."""
        return self.records[:limit]

    def settle(self, receipt: Receipt, asked: Known | None = None) -> None:  # noqa: ARG002 - there is one station
        """Forget what the receipt settles."""
        self.settled.append(receipt)
        gone = {judged.id for judged in receipt.verdicts if MEANINGS[judged.verdict].is_settled}
        self.records = [record for record in self.records if record["id"] not in gone]

    def known(self) -> Known:
        """As many as there are."""
        return Known(len(self.records), len(self.records))

    def park(self, reasons: Mapping[str, str]) -> None:
        """Put these last."""
        self.parked |= reasons
        self.records.sort(key=lambda record: record["id"] in self.parked)


@dataclass
class Script:
    """A station that answers from a list: a verdict for every record, a finished answer, or an error."""

    answers: list[Verdict | Answer | NotReachable]
    challenges: list[str] = field(default_factory=list)
    packings: list[Packing] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    def exchange(self, batch: Batch, challenge: str, packing: Packing) -> Answer:
        """Give the next answer."""
        self.challenges.append(challenge)
        self.packings.append(packing)
        self.sizes.append(len(batch.records))
        answer = self.answers.pop(0)
        if isinstance(answer, NotReachable):
            raise answer
        if isinstance(answer, Answer):
            return answer
        verdicts = tuple(Judged(record.get("id"), answer) for record in batch.records)
        receipt = Receipt(1, batch.batch, "epoch", START, "fresh", verdicts, digest_of(batch.records))
        return Answer(200, {}, body(receipt_to_json(receipt)))


@dataclass
class Stumbling:
    """A station that gives the same answer to every batch with one of these records, wrapped too, and takes the others."""

    ids: set[str]
    answer: Answer

    def exchange(self, batch: Batch, challenge: str, packing: Packing) -> Answer:
        """Take the batch, or stumble."""
        read = [json.loads(unwrapped(record) or body(record))["id"] for record in batch.records]
        answers: list[Verdict | Answer | NotReachable] = [self.answer if self.ids & set(read) else Verdict.ACCEPTED]
        return Script(answers).exchange(batch, challenge, packing)


SENDER = Sender(BATCH.device, "0.1.0", lambda: Stamp(BATCH.batch, START, 1, "boot-1"))


def sent(outbox: Shelf, station: Station) -> Ending:
    """Send with a fresh plan; once more with what was learnt, if the station broke down."""
    ending, plan = send_all(outbox, station, SENDER, "first", lambda _: None, Plan())
    if ending.outcome is Outcome.FAULT:
        ending, _ = send_all(outbox, station, SENDER, "first", lambda _: None, plan)
    return ending


def shelf(count: int) -> Shelf:
    """An outbox of so many records."""
    return Shelf([{"id": str(number)} for number in range(count)])
